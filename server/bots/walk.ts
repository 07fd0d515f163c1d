/** Walks a behavior's tree, runs its actions as the bot and collects what they tell. */
import type { Knex } from 'knex';
import { type CerbResponse, toCerbResponse } from '../delivery/cerb-response.ts';
import type { Deliver } from '../delivery/delivery.ts';
import { HubError, traceOf } from '../errors.ts';
import { type Actor, mayUse, mayUseAccount } from '../people/actor.ts';
import { TemplateError } from '../templates/template-error.ts';
import { type Accounts, type Owners, refusedAccount } from './accounts.ts';
import type { ActionTools, PlainRequest, RunMode } from './action.ts';
import { actionTypes } from './actions/index.ts';
import { actionsOf, type BehaviorNode, type BehaviorRecord, type Placed } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import type { Channels, MessageOrigin } from './channels.ts';
import { below, type JsonObject, objectOf, textOf } from './json-value.ts';
import { titleOfAction } from './remarks.ts';
import type { RunError, TranscriptEntry } from './values.ts';

const maxActions = 1_000;
/** No run takes longer. */
export const maxWalkMs = 10 * 60_000;
/** An answer as large as the door lets in can be passed through a template. */
const renderLimits = { timeoutMs: 2_000, maxOutputBytes: 12_000_000 };

export interface Deps {
  db: Knex;
  deliver: Deliver;
  accounts: Accounts;
  channels: Channels;
  owners: Owners;
  templates: {
    render(
      template: string,
      context: JsonObject,
      options: { timeoutMs: number; maxOutputBytes: number },
    ): Promise<string>;
  };
  now(): number;
  log: { error(fields: object, message: string): void };
}

export interface WalkInput {
  runId: string;
  bot: BotRecord;
  behavior: BehaviorRecord;
  asker: Actor;
  mode: RunMode;
  /** Variables at the start. */
  values: JsonObject;
  /** Placeholders of the event; not among what the run hands out. */
  scope: JsonObject;
  /** The message the run answers. */
  origin: MessageOrigin | undefined;
}

/** What came of a walk, nothing masked yet. */
export interface Walk {
  /** Variables and every placeholder that was set. */
  values: JsonObject;
  transcript: TranscriptEntry[];
  error: RunError | null;
  /** Secrets of the accounts that were used. */
  secrets: readonly string[];
}

/** Walks to the end or to the first action that fails; never rejects. */
export async function walk(deps: Deps, input: WalkInput): Promise<Walk> {
  const values = new Map(Object.entries(input.values));
  const secrets: string[] = [];
  const transcript: TranscriptEntry[] = [];
  const endsAt = deps.now() + maxWalkMs;
  const nextToken = tokensOf(input);
  const ended = (error: Walk['error']): Walk => ({
    values: Object.fromEntries(values),
    transcript,
    error,
    secrets,
  });

  for (const { path, value: action, node, title } of actionsInOrder(input)) {
    const id = textOf(action.action) ?? '';
    const said: string[] = [];
    const entry = (status: TranscriptEntry['status']) =>
      transcript.push({ node, title, action: id, status, text: said.join('\n') });
    try {
      if (transcript.length >= maxActions || deps.now() > endsAt) {
        throw new HubError('busy', 'The run took longer than a run may: 1,000 actions or 10 minutes.');
      }
      const type = actionTypes.get(id);
      if (!type) throw new HubError('behavior_not_runnable', `The action "${id}" cannot run.`);
      entry(await type.run(action, toolsFor(deps, input, { values, secrets, said, nextToken })));
    } catch (error) {
      const { message, ...fault } = explain(deps, error, input.runId, path);
      said.push(`[ERROR] ${message}`);
      entry('failed');
      return ended({ ...fault, message: `${titleOfAction(id)}: ${message}`, node });
    }
  }
  return ended(null);
}

/** The actions of all nodes that this mode enters: `simulator` nodes in the simulator only, disabled ones never. */
function actionsInOrder({
  behavior,
  mode,
}: WalkInput): (Placed<JsonObject> & { node: string; title: string })[] {
  const enters = (node: BehaviorNode) =>
    node.status === 'live' || (node.status === 'simulator' && mode === 'simulate');
  return behavior.nodes.flatMap((node, index) => {
    const path = below('/nodes', index);
    if (!enters(node)) return [];
    return actionsOf({ path, value: node }).map((action) => ({ ...action, node: path, title: node.title }));
  });
}

interface WalkState {
  values: Map<string, unknown>;
  secrets: string[];
  said: string[];
  nextToken(): string;
}

/**
 * A name for each message the walk says, in its order. A message that is answered again, after a crash, gets the
 * same names, so that nothing is sent twice.
 */
function tokensOf({ runId, behavior, origin }: WalkInput): () => string {
  let count = 0;
  const stem = origin ? `run:${origin.eventKey}:${behavior.id}` : `run:${runId}`;
  return () => `${stem}:${++count}`;
}

function toolsFor(
  deps: Deps,
  { runId, bot, behavior, asker, mode, scope, origin }: WalkInput,
  { values, secrets, said, nextToken }: WalkState,
): ActionTools {
  const actor: Actor = { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner };
  const speaker = () => ({ bot: { id: bot.id, name: bot.name }, origin, token: nextToken() });
  return {
    mode,
    render: (template) =>
      template === ''
        ? Promise.resolve('')
        : deps.templates.render(
            template,
            { ...scopeOf(bot, behavior), ...scope, ...Object.fromEntries(values) },
            renderLimits,
          ),
    set: (name, value) => values.set(name, value),
    say: (text) => said.push(text),
    async account(idOrUri) {
      const account = await deps.accounts.find(idOrUri);
      if (!account) {
        throw new HubError(
          'not_found',
          `There is no connected account '${idOrUri}'. Choose one that exists.`,
        );
      }
      if (!mayUse(actor, account.owner)) {
        throw new HubError('forbidden', await refusedAccount(deps.owners, bot, account));
      }
      if (mode === 'simulate' && !mayUseAccount(asker, account)) {
        throw new HubError(
          'forbidden',
          `You may not use the account '${account.name}', so you cannot simulate with it.`,
        );
      }
      secrets.push(...(await deps.accounts.secrets(account.id)));
      return account;
    },
    send: (request, account) => send(deps, actor, runId, request, account),
    channels: {
      reply: (what) => deps.channels.reply(speaker(), what),
      directMessage: (what) => deps.channels.directMessage(speaker(), what),
      post: (what) => deps.channels.post(speaker(), what),
    },
  };
}

async function send(
  deps: Deps,
  actor: Actor,
  runId: string,
  { method, url, headers, body, raw, ignoreCertificate }: PlainRequest,
  account: string | undefined,
): Promise<CerbResponse> {
  const bytes = body === '' ? {} : { body: new TextEncoder().encode(body) };
  if (account !== undefined) {
    if (ignoreCertificate)
      throw new HubError('request_refused', 'A signed request always checks the certificate.');
    return deps.accounts.request({ actor, account, method, url, headers, raw, runId, ...bytes });
  }
  if (!URL.canParse(url))
    throw new HubError('request_refused', 'The URL came out as none: it needs https:// and a host.');
  const delivery = await deps.deliver(
    { method, url: new URL(url), headers, ...bytes },
    { allowedHosts: 'open', purpose: 'request', runId, ignoreCertificate },
  );
  return toCerbResponse(delivery, { raw });
}

/** What every template of the behavior sees beside variables and placeholders. */
function scopeOf(bot: BotRecord, behavior: BehaviorRecord): JsonObject {
  const about = { id: bot.id, name: bot.name, _context: 'cerberusweb.contexts.bot' };
  return {
    behavior_id: behavior.id,
    behavior_title: behavior.title,
    behavior_uri: behavior.uri,
    behavior_event_point: behavior.event.key,
    behavior_bot_id: bot.id,
    behavior_bot_name: bot.name,
    behavior_bot_config: bot.params.config ?? {},
    va_id: about.id,
    va_name: about.name,
    va__context: about._context,
    _trigger_va_id: bot.id,
  };
}

function explain(deps: Deps, error: unknown, runId: string, path: string): Omit<RunError, 'node'> {
  if (error instanceof HubError) return { code: error.code, message: error.message, ...refusedHost(error) };
  if (error instanceof TemplateError) return { code: 'behavior_not_runnable', message: error.message };
  deps.log.error({ ...traceOf(error), run: runId, path }, 'an action failed');
  return { code: 'internal', message: new HubError('internal').message };
}

/** Requests with an account name host and service in their refusal; others have no list that could grow. */
function refusedHost({ code, extra }: HubError): Pick<RunError, 'refused'> {
  const host = textOf(extra.host);
  const service_id = textOf(objectOf(extra.service)?.id);
  return code === 'host_not_allowed' && host && service_id ? { refused: { host, service_id } } : {};
}
