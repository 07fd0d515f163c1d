/** Setup > Notices: addresses that are told what happens here, and what they were told. */
import { HubError } from '../errors.ts';
import { type HappeningKind, happeningKinds } from '../happenings.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import {
  type AddressChanges,
  changeAddress,
  createAddress,
  type AddressDeps as Deps,
  getAddress,
  repeatNotice,
  rotateSecret,
  testAddress,
} from './addresses.ts';
import { mostTries, type NoticeAddress } from './notice.ts';
import { deleteAddress, listAddresses } from './store.ts';
import { listNotices } from './store-notices.ts';

const shownNotices = 50;

export function noticesPages(deps: Deps): PageRoute[] {
  const idOf = (visit: Visit) => visit.params.id ?? '';
  const route = (method: 'GET' | 'POST', path: string, handle: PageRoute['handle']): PageRoute => ({
    method,
    path: `/setup/notices${path}`,
    access: 'admin',
    handle,
  });
  const back = (id: string, notice: string): PageAnswer => ({ redirect: `/setup/notices/${id}`, notice });
  return [
    route('GET', '', (visit) => listPage(deps, visit, {})),
    route('POST', '', (visit) => create(deps, visit)),
    route('GET', '/:id', (visit) => cardPage(deps, idOf(visit), {})),
    route('POST', '/:id', (visit) => save(deps, visit)),
    route('POST', '/:id/state', async (visit) => {
      const isOn = visit.form.get('on') === 'yes';
      const { name } = await changeAddress(deps, idOf(visit), { isOn });
      return back(idOf(visit), isOn ? `${name} is told again.` : `${name} is told nothing now.`);
    }),
    route('POST', '/:id/secret', async (visit) => {
      const { secret } = await rotateSecret(deps, idOf(visit));
      return cardPage(deps, idOf(visit), { secret });
    }),
    route('POST', '/:id/test', async (visit) => {
      await testAddress(deps, idOf(visit));
      return back(idOf(visit), 'A notice of the kind test is on its way; look at the log below.');
    }),
    route('POST', '/:id/repeat', async (visit) => {
      await repeatNotice(deps, String(visit.form.get('notice') ?? ''));
      return back(idOf(visit), 'The notice is sent again.');
    }),
    route('POST', '/:id/delete', async (visit) => {
      const { id, name } = await getAddress(deps.db, idOf(visit));
      await deleteAddress(deps.db, id);
      return { redirect: '/setup/notices', notice: `${name} is told nothing any more.` };
    }),
  ];
}

async function create(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const typed = readForm(visit.form);
  try {
    const { address, secret } = await createAddress(deps, typed);
    return { ...(await cardPage(deps, address.id, { secret })), status: 201 };
  } catch (error) {
    return { ...(await listPage(deps, visit, { typed, errors: errorsOf(error) })), status: 422 };
  }
}

async function save(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const typed = readForm(visit.form);
  const id = visit.params.id ?? '';
  try {
    await changeAddress(deps, id, typed);
    return { redirect: `/setup/notices/${id}`, notice: 'The address was saved.' };
  } catch (error) {
    return { ...(await cardPage(deps, id, { typed, errors: errorsOf(error) })), status: 422 };
  }
}

interface Shown {
  typed?: AddressChanges;
  errors?: Readonly<Record<string, string>>;
  /** On this one page only. */
  secret?: string;
}

async function listPage(deps: Deps, visit: Visit, { typed = {}, errors = {} }: Shown) {
  const { items, next } = await listAddresses(deps.db, readPaging(visit.query));
  return {
    view: 'notices/addresses',
    model: {
      title: 'Notices',
      addresses: items.map((address) => ({ ...address, ...stateOf(address) })),
      next: next === null ? null : `/setup/notices?after=${next}`,
      typed,
      errors,
      kinds: kindChoices(typed.kinds ?? []),
    },
  };
}

async function cardPage(deps: Deps, id: string, { typed, errors = {}, secret }: Shown) {
  const address = await getAddress(deps.db, id);
  const notices = await listNotices(deps.db, id, { limit: shownNotices });
  return {
    view: 'notices/address',
    model: {
      title: address.name,
      address,
      ...stateOf(address),
      secret,
      errors,
      typed: typed ?? address,
      kinds: kindChoices((typed ?? address).kinds ?? []),
      mostTries,
      notices: notices.map((notice) => ({
        ...notice,
        isWaiting: notice.state === 'waiting',
        isSent: notice.state === 'sent',
      })),
    },
  };
}

function stateOf({ state }: NoticeAddress) {
  return { isOn: state === 'on', isStopped: state === 'stopped' };
}

function kindChoices(chosen: readonly string[]) {
  // The table is closed, so its keys are the kinds.
  const kinds = Object.keys(happeningKinds) as HappeningKind[];
  return kinds.map((kind) => ({
    kind,
    label: `${happeningKinds[kind]} (${kind})`,
    checked: chosen.includes(kind),
  }));
}

function readForm(form: FormData): AddressChanges {
  const kinds = form.getAll('kinds').filter((value) => typeof value === 'string');
  return { name: String(form.get('name') ?? ''), url: String(form.get('url') ?? ''), kinds };
}

function errorsOf(error: unknown): Record<string, string> {
  if (!(error instanceof HubError) || error.code !== 'bad_request') throw error;
  const faults = Array.isArray(error.extra.faults) ? error.extra.faults : [];
  return Object.fromEntries(faults.map(({ path, message }) => [String(path).slice(1), message]));
}
