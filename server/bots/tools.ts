/** What actions of a run may do, each bound to the run, its bot and who asked. */
import { type CerbResponse, toCerbResponse } from '../delivery/cerb-response.ts';
import type { Deliver } from '../delivery/delivery.ts';
import type { MailRequest } from '../delivery/mail-message.ts';
import type { MailRun, SentMail } from '../delivery/send-mail.ts';
import { HubError } from '../errors.ts';
import { type Actor, mayUse, mayUseAccount } from '../people/actor.ts';
import { type Accounts, type Owners, refusedAccount } from './accounts.ts';
import type { ActionResult, ActionTools, CallRequest, PlainRequest, RunMode } from './action.ts';
import type { Behavior } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import type { Channels, MessageOrigin } from './channels.ts';
import type { JsonObject } from './json-value.ts';
import { kindOf, type RecordKind } from './record-kinds.ts';
import { boundRecords } from './record-tools.ts';
import type { Frame, RunState } from './run-state.ts';
import type { Schedules } from './schedules.ts';
import { readVariable } from './variable.ts';

export interface Deps {
  deliver: Deliver;
  accounts: Accounts;
  channels: Channels;
  owners: Owners;
  keys: BotKeys;
  schedules: Schedules;
  now(): number;
  records: readonly RecordKind[];
  sendMail(run: MailRun, request: MailRequest): Promise<SentMail>;
}

/** What bots keep between runs. */
export interface BotKeys {
  get(botId: string, key: string): Promise<string | null>;
  set(botId: string, key: string, value: string, expiresAt: number | null): Promise<void>;
}

/** The run that acts. */
export interface RunContext {
  runId: string;
  asker: Actor;
  mode: RunMode;
  origin: MessageOrigin | undefined;
  state: RunState;
  /** Secrets of accounts that were used; grows. */
  secrets: string[];
  /** Keys that a simulation wrote. */
  simulatedKeys: Map<string, string>;
  render(
    frame: Frame,
    bot: BotRecord,
    behavior: Behavior & { id: string },
    template: string,
  ): Promise<string>;
  call(bot: BotRecord, request: CallRequest, say: (text: string) => void): Promise<ActionResult>;
}

/** Where in the tree an action stands. */
export interface ActionPlace {
  frame: Frame;
  bot: BotRecord;
  behavior: Behavior & { id: string };
  /** JSON pointers of the action and its node. */
  action: string;
  node: string;
}

/** `said` collects what the action tells of itself. */
export function toolsFor(deps: Deps, run: RunContext, place: ActionPlace, said: string[]): ActionTools {
  const { frame, bot, behavior } = place;
  const actor: Actor = { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner };
  const speaker = () => ({
    bot: { id: bot.id, name: bot.name },
    origin: run.origin,
    token: nextToken(run, behavior.id),
  });
  const { answer } = run.state;
  return {
    mode: run.mode,
    render: (template) =>
      template === '' ? Promise.resolve('') : run.render(frame, bot, behavior, template),
    values: () => ({ ...scopeOf(bot, behavior), ...frame.scope, ...frame.values }),
    set: (name, value) => {
      frame.values = { ...frame.values, [name]: value };
    },
    setVariable: (key, given) => {
      const variable = behavior.variables.find((one) => one.key === key);
      if (!variable) throw new HubError('behavior_not_runnable', `The behavior has no variable ${key}.`);
      const reading = readVariable(variable, given, deps.now());
      if ('problem' in reading) throw new HubError('bad_request', reading.problem);
      frame.values = { ...frame.values, [key]: reading.value };
      return reading.value;
    },
    say: (text) => said.push(text),
    account: (idOrUri) => usableAccount(deps, run, actor, bot, idOrUri),
    send: (request, account) => send(deps, actor, run.runId, request, account),
    call: (request) => run.call(bot, request, (text) => said.push(text)),
    ask: (type, params) => ({
      go: 'wait',
      prompt: { type, params, action: place.action, node: place.node },
    }),
    keys: keysOf(deps, run, bot.id),
    schedules: {
      add: (request) => deps.schedules.add(bot, request),
      remove: (request) => deps.schedules.remove(bot, request),
    },
    records: (type) => boundRecords(kindOf(deps.records, type), actor),
    mail: (request) => deps.sendMail({ runId: run.runId, botId: bot.id }, request),
    show: (message) => run.state.shown.push(message),
    answer: {
      status: (code) => {
        answer.status = code;
      },
      header: (name, value) => {
        const others = answer.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
        answer.headers = [...others, [name, value]];
      },
      body: (text) => {
        answer.body = text;
      },
    },
    channels: {
      reply: (what) => deps.channels.reply(speaker(), what),
      directMessage: (what) => deps.channels.directMessage(speaker(), what),
      post: (what) => deps.channels.post(speaker(), what),
    },
  };
}

/**
 * A name for each message the run says, in its order. A message that is answered again, after a crash, gets the
 * same names, so that nothing is sent twice.
 */
function nextToken({ runId, origin, state }: RunContext, behaviorId: string): string {
  const stem = origin ? `run:${origin.eventKey}:${behaviorId}` : `run:${runId}`;
  return `${stem}:${++state.tokens}`;
}

function keysOf({ keys }: Deps, { mode, simulatedKeys }: RunContext, botId: string): ActionTools['keys'] {
  if (mode === 'live') {
    return {
      get: (key) => keys.get(botId, key),
      set: (key, value, expiresAt) => keys.set(botId, key, value, expiresAt),
    };
  }
  return {
    get: async (key) => simulatedKeys.get(`${botId} ${key}`) ?? (await keys.get(botId, key)),
    set: async (key, value) => void simulatedKeys.set(`${botId} ${key}`, value),
  };
}

async function usableAccount(
  deps: Deps,
  { mode, asker, secrets }: RunContext,
  actor: Actor,
  bot: BotRecord,
  idOrUri: string,
): Promise<{ id: string; name: string }> {
  const account = await deps.accounts.find(idOrUri);
  if (!account) {
    throw new HubError('not_found', `There is no connected account '${idOrUri}'. Choose one that exists.`);
  }
  if (!mayUse(actor, account.owner)) {
    throw new HubError('forbidden', await refusedAccount(deps.owners, bot, account));
  }
  if (mode === 'simulate' && !mayUseAccount(asker, account)) {
    const message = `You may not use the account '${account.name}', so you cannot simulate with it.`;
    throw new HubError('forbidden', message);
  }
  secrets.push(...(await deps.accounts.secrets(account.id)));
  return account;
}

async function send(
  deps: Deps,
  actor: Actor,
  runId: string,
  { method, url, headers, body, raw, ignoreCertificate, timeoutMs }: PlainRequest,
  account: string | undefined,
): Promise<CerbResponse> {
  const bytes = body === '' ? {} : { body: new TextEncoder().encode(body) };
  const limit = timeoutMs === undefined ? {} : { timeoutMs };
  if (account !== undefined) {
    if (ignoreCertificate)
      throw new HubError('request_refused', 'A signed request always checks the certificate.');
    return deps.accounts.request({ actor, account, method, url, headers, raw, runId, ...limit, ...bytes });
  }
  if (!URL.canParse(url))
    throw new HubError('request_refused', 'The URL came out as none: it needs https:// and a host.');
  const delivery = await deps.deliver(
    { method, url: new URL(url), headers, ...bytes },
    { allowedHosts: 'open', purpose: 'request', runId, ignoreCertificate, ...limit },
  );
  return toCerbResponse(delivery, { raw });
}

/** What every template of a behavior sees beside variables and placeholders. */
export function scopeOf(bot: BotRecord, behavior: Behavior & { id: string }): JsonObject {
  return {
    behavior_id: behavior.id,
    behavior_title: behavior.title,
    behavior_uri: behavior.uri,
    behavior_event_point: behavior.event.key,
    behavior_bot_id: bot.id,
    behavior_bot_name: bot.name,
    behavior_bot_config: bot.params.config ?? {},
    va_id: bot.id,
    va_name: bot.name,
    va__context: 'cerberusweb.contexts.bot',
    _trigger_va_id: bot.id,
  };
}
