/** Pages that list, create and delete connected accounts, and an account's card. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import type { Remark } from '../packages/record-type.ts';
import { readPaging } from '../paging.ts';
import { application, isAdmin, mayGiveTo, mayUseAccount, ownersSeen } from '../people/actor.ts';
import { accessLevelWords, type ConnectedAccount, identityName } from './account.ts';
import {
  type AccountChangeDeps,
  createAccount,
  dependentsOfAccount,
  removeAccount,
} from './account-changes.ts';
import { foundIdentity, stateOf } from './account-state.ts';
import { getUsableAccount, getVisibleAccount, type Owners, whyNotUsable } from './accounts.ts';
import type { CredentialDeps } from './credentials.ts';
import { type Dependents, dependentModel } from './dependents.ts';
import { faultAt, formText } from './form.ts';
import type { LinkDeps } from './link.ts';
import { findWaitingPin } from './link-pin.ts';
import { formFaults, idOf, signedIn } from './pages-visit.ts';
import { getService, openServiceOf } from './services.ts';
import { listAccounts } from './store-accounts.ts';
import { listServices } from './store-services.ts';

export interface AccountPageDeps extends AccountChangeDeps, CredentialDeps, LinkDeps {
  owners: Owners;
  dependents: Dependents;
  eraseDeliveriesOf(db: AccountChangeDeps['db'], accountId: string): Promise<void>;
}

export function accountPages(deps: AccountPageDeps): PageRoute[] {
  return [
    worker('GET', '/connected-accounts', (visit, me) => list(deps, visit, me)),
    worker('GET', '/connected-accounts/new', (visit, me) =>
      newForm(deps, me, { name: '', uri: '', serviceId: visit.query.get('service') ?? '', owner: '' }, []),
    ),
    worker('POST', '/connected-accounts/new', (visit, me) => create(deps, visit, me)),
    worker('GET', '/connected-accounts/:id', (visit, me) => card(deps, visit, me)),
    worker('GET', '/connected-accounts/:id/delete', (visit, me) => askToDelete(deps, visit, me, '')),
    worker('POST', '/connected-accounts/:id/delete', (visit, me) => remove(deps, visit, me)),
  ];
}

/** A page for whoever is signed in. */
export function worker(
  method: 'GET' | 'POST',
  path: string,
  handle: (visit: Visit, me: WorkerActor) => Promise<PageAnswer>,
): PageRoute {
  return { method, path, access: 'worker', handle: (visit) => handle(visit, signedIn(visit)) };
}

/** An account as its pages show it. */
export async function accountModel(deps: AccountPageDeps, account: ConnectedAccount) {
  const state = stateOf(account, deps.now());
  return {
    id: account.id,
    name: account.name,
    uri: account.uri,
    ownerLabel: await deps.owners.label(account.owner),
    status: state.text,
    badge: state.badge,
    endsAt: state.endsAt,
    found: foundIdentity(account),
    isLinked: account.sealedCredentials !== null,
    identity: identityName(account.identity),
    extra: Object.entries(account.extra).map(([name, value]) => ({ name, value })),
    access: accessLevelWords(account.accessLevel),
    mayOnlyRead: account.accessLevel === 'read',
    linkedAt: account.linkedAt,
    expiresAt: account.expiresAt,
    renewsAt: account.life.renewAt,
    consentEndsAt: account.life.renewAt === null ? null : account.life.consentEndsAt,
    renewedAt: account.life.renewedAt,
    checkedAt: account.life.checkedAt,
    lastError: account.lastError,
  };
}

/** Owners that this worker may give an account to, for a select. */
export async function ownerOptions(deps: AccountPageDeps, me: WorkerActor, selected: string) {
  const owners = await deps.owners.list();
  return owners
    .filter((owner) => mayGiveTo(me, owner))
    .map(({ context, id, label }) => ({
      value: `${context}:${id}`,
      label,
      selected: `${context}:${id}` === selected,
    }));
}

/** A select's owner as the fields of packages; nothing when the form had none. */
export function ownerFields(text: string): { owner__context?: string; owner_id?: string } {
  const [context, id] = text.split(':');
  return context && id ? { owner__context: context, owner_id: id } : {};
}

async function list(deps: AccountPageDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const owners = ownersSeen(me);
  // Workers see that the application's accounts exist, without being allowed to use them.
  const filter = owners === 'all' ? owners : { owners: [application, ...owners] };
  const page = await listAccounts(deps.db, filter, readPaging(visit.query));
  const accounts = await Promise.all(
    page.items.map(async (account) => ({
      ...(await accountModel(deps, account)),
      service: (await getService(deps.db, account.serviceId)).name,
      mayUse: mayUseAccount(me, account),
    })),
  );
  const next = page.next === null ? null : `/connected-accounts?after=${page.next}`;
  return { view: 'connections/accounts', model: { title: 'Connected Accounts', accounts, next } };
}

async function card(deps: AccountPageDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const account = await getVisibleAccount(deps.db, me, idOf(visit));
  const opened = await openServiceOf(deps, account.serviceId);
  const { service } = opened;
  const holder = { worker: me, browserHash: visit.browserHash };
  return {
    view: 'connections/account',
    model: {
      title: account.name,
      account: await accountModel(deps, account),
      pinFlowId: (await findWaitingPin(deps, account, opened, holder))?.id ?? null,
      whoMayUse: await deps.owners.whoMayUse(account.owner),
      service: { id: service.id, name: service.name },
      isExplainable: opened.provider.explainSignature !== undefined,
      isAdmin: isAdmin(me),
      reason: (await whyNotUsable(deps.owners, me, account)) ?? null,
    },
  };
}

interface TypedAccount {
  name: string;
  uri: string;
  serviceId: string;
  owner: string;
}

async function newForm(
  deps: AccountPageDeps,
  me: WorkerActor,
  typed: TypedAccount,
  faults: readonly Remark[],
  failure?: { message: string; status: number },
): Promise<PageAnswer> {
  const { items } = await listServices(deps.db, { limit: 200 });
  const services = items.filter(({ extensionId }) => !deps.providers.get(extensionId)?.whyNotForRequests);
  return {
    view: 'connections/account-new',
    ...(failure && { status: failure.status }),
    model: {
      title: 'New connected account',
      ...typed,
      services: services.map(({ id, name }) => ({
        value: id,
        label: name,
        selected: id === typed.serviceId,
      })),
      owners: await ownerOptions(deps, me, typed.owner || `worker:${me.id}`),
      isAdmin: isAdmin(me),
      errors: {
        name: faultAt(faults, '/name'),
        uri: faultAt(faults, '/uri'),
        service: faultAt(faults, '/service_id'),
        owner: faultAt(faults, '/owner_id'),
      },
      failure: failure?.message ?? null,
    },
  };
}

async function create(deps: AccountPageDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const text = (name: string) => formText(visit.form, name);
  const typed = { name: text('name'), uri: text('uri'), serviceId: text('service_id'), owner: text('owner') };
  try {
    const { name, uri, serviceId: service_id } = typed;
    const account = await createAccount(deps, me, { name, uri, service_id, ...ownerFields(typed.owner) });
    return { redirect: `/connected-accounts/${account.id}/edit`, notice: `${account.name} was created.` };
  } catch (error) {
    const failure = formFaults(error);
    return newForm(deps, me, typed, failure.faults, failure);
  }
}

async function askToDelete(
  deps: AccountPageDeps,
  visit: Visit,
  me: WorkerActor,
  error: string,
): Promise<PageAnswer> {
  const account = await getUsableAccount(deps, me, idOf(visit));
  return {
    view: 'connections/delete',
    ...(error !== '' && { status: 409 }),
    model: {
      title: `Delete ${account.name}`,
      name: account.name,
      what: 'connected account',
      back: `/connected-accounts/${account.id}/edit`,
      action: `/connected-accounts/${account.id}/delete`,
      dependents: (await dependentsOfAccount(deps, account)).map(dependentModel),
      asksName: account.sealedCredentials !== null,
      error,
    },
  };
}

async function remove(deps: AccountPageDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const account = await getUsableAccount(deps, me, idOf(visit));
  const isLinked = account.sealedCredentials !== null;
  if (isLinked && formText(visit.form, 'confirm') !== account.name) {
    return askToDelete(deps, visit, me, 'Type the name exactly as it stands above.');
  }
  try {
    await removeAccount(deps, me, account.id, {
      withDependents: formText(visit.form, 'with') === 'dependents',
    });
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'in_use') throw error;
    return askToDelete(deps, visit, me, error.message);
  }
  return { redirect: '/connected-accounts', notice: `${account.name} was deleted.` };
}
