/** The page of a channel: Configurations with Authorize, Enable Channel and Save; its address; deleting it. */
import { listUsableAccounts } from '../connections/account-facts.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { isAdmin } from '../people/actor.ts';
import { type Authorization, authorizeChannel, type ForeignChoice } from './authorize.ts';
import {
  type ChannelDeps,
  disableChannel,
  enableChannel,
  getBotOf,
  getChannel,
  pauseStream,
  replaceStream,
} from './channels.ts';
import { deleteChannel } from './delete.ts';
import { overviewOf } from './overview.ts';
import { formModel, readChannelForm } from './pages-form.ts';
import { type Failure, failureOf, formText, headOf, idOf, worker } from './pages-visit.ts';
import type { Step } from './release.ts';
import { type Saved, saveChannel } from './save.ts';
import { typeOf } from './type-of.ts';

export function channelPages(deps: ChannelDeps): PageRoute[] {
  const path = '/channels/:id';
  return [
    worker('GET', path, (visit, me) => show(deps, visit, me)),
    worker('POST', path, (visit, me) => save(deps, visit, me)),
    worker('POST', `${path}/authorize`, (visit, me) => authorize(deps, visit, me)),
    worker('POST', `${path}/pause`, async (visit, me) => {
      const isPaused = formText(visit.form, 'paused') === 'yes';
      await pauseStream(deps, me, idOf(visit), isPaused);
      const notice = isPaused ? 'The address is paused.' : 'The address accepts again.';
      return { redirect: `/channels/${idOf(visit)}`, notice };
    }),
    worker('POST', `${path}/replace`, async (visit, me) => {
      const { report } = await replaceStream(deps, me, idOf(visit));
      const notice = 'The channel has a new address. Press Authorize to register it.';
      return { redirect: `/channels/${idOf(visit)}`, notice: withReport(notice, report) };
    }),
    worker('GET', `${path}/delete`, (visit, me) => askToDelete(deps, visit, me)),
    worker('POST', `${path}/delete`, (visit, me) => remove(deps, visit, me)),
  ];
}

/** What a form of the page led to, to be shown on it. */
interface Shown {
  failure?: Failure;
  /** What was typed, where it could not be saved. */
  typed?: FormData;
  authorization?: Authorization;
  told?: readonly string[];
}

async function show(
  deps: ChannelDeps,
  visit: Visit,
  me: WorkerActor,
  { failure, typed, authorization, told = [] }: Shown = {},
): Promise<PageAnswer> {
  const overview = await overviewOf(deps, await getChannel(deps.db, me, idOf(visit)));
  const { channel, type, bot, address } = overview;
  const runAs = { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner } as const;
  const usable = await listUsableAccounts(deps, runAs);
  const accounts = usable.filter(({ id }) => !channel.ownsAccount || id !== channel.accountId);
  return {
    view: 'channels/channel',
    ...(failure && { status: failure.status }),
    model: {
      ...headOf(overview, 'Configurations'),
      title: `${type.title} Channel`,
      type: { title: type.title, honesty: type.honesty, buttons: type.capabilities.buttons },
      form: formModel(overview, accounts, typed, failure?.faults ?? {}),
      failure: failure?.message ?? null,
      told,
      authorization: authorization && {
        ...authorization,
        isDone: authorization.state === 'active',
        hasForeign: authorization.foreign.length > 0,
      },
      callbackUrl: address?.url ?? null,
      oauthCallbackUrl: `${deps.config.url.origin}/oauth/callback`,
      isAdmin: isAdmin(me),
      status: {
        valid: channel.isValid === null ? 'not known yet' : channel.isValid ? 'yes' : 'no',
        isPolling: channel.transport === 'polling',
        account: channel.remoteUserName,
        accessLevel: channel.accessLevel,
        lastCrcAt: channel.lastCrcAt,
        lastEventAt: channel.lastEventAt,
        lastErrorAt: channel.lastErrorAt,
        lastError: channel.lastError,
        accepted: address?.stream.accepted ?? 0,
        refused: address?.stream.refused ?? 0,
        isPaused: address?.stream.isPaused ?? false,
      },
    },
  };
}

/** Save; or Authorize, which saves before: the guide enters the keys, authorizes, and saves after enabling. */
async function save(deps: ChannelDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const { form } = visit;
  const before = await getChannel(deps.db, me, idOf(visit));
  let saved: Saved;
  try {
    saved = await saveChannel(deps, me, before.id, readChannelForm(form, typeOf(deps.types, before)));
  } catch (error) {
    return show(deps, visit, me, { failure: failureOf(error), typed: form });
  }
  if (formText(form, 'step') === 'authorize') return authorize(deps, visit, me, toldOf(saved));
  const isEnabled = form.has('enabled');
  try {
    if (isEnabled !== saved.channel.isEnabled)
      await (isEnabled ? enableChannel : disableChannel)(deps, me, before.id);
  } catch (error) {
    return show(deps, visit, me, { failure: failureOf(error), told: toldOf(saved) });
  }
  const notice = ['The changes were saved.', ...toldOf(saved)].join(' ');
  return { redirect: `/channels/${before.id}`, notice };
}

async function authorize(
  deps: ChannelDeps,
  visit: Visit,
  me: WorkerActor,
  told: readonly string[] = [],
): Promise<PageAnswer> {
  try {
    const foreign = readForeign(formText(visit.form, 'foreign'));
    const authorization = await authorizeChannel(deps, me, idOf(visit), { foreign });
    return await show(deps, visit, me, { authorization, told });
  } catch (error) {
    return show(deps, visit, me, { failure: failureOf(error), told });
  }
}

async function askToDelete(deps: ChannelDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const channel = await getChannel(deps.db, me, idOf(visit));
  const bot = await getBotOf(deps.db, channel);
  return {
    view: 'channels/delete',
    model: {
      title: 'Delete Confirmation',
      channel: { id: channel.id, name: channel.name },
      bot: { id: bot.id, name: bot.name },
    },
  };
}

async function remove(deps: ChannelDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const channel = await getChannel(deps.db, me, idOf(visit));
  const conversations = formText(visit.form, 'conversations') === 'erase' ? 'erase' : 'keep';
  const { report } = await deleteChannel(deps, me, channel.id, { conversations });
  const notice = withReport(`The channel '${channel.name}' was deleted.`, report);
  return { redirect: `/bots/${channel.botId}/channels`, notice };
}

function readForeign(text: string): ForeignChoice {
  return text === 'keep' || text === 'replace' ? text : 'ask';
}

function toldOf({ notices, report }: Saved): string[] {
  return [...notices, ...failuresOf(report)];
}

function withReport(notice: string, report: readonly Step[]): string {
  return [notice, ...failuresOf(report)].join(' ');
}

function failuresOf(report: readonly Step[]): string[] {
  return report.filter(({ ok }) => !ok).map(({ text }) => text);
}
