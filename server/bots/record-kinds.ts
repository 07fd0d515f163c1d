/** Records of this hub as behaviors reach them: the contract, and bots and behaviors themselves. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import type { Cursor } from '../paging.ts';
import { type Actor, type Owner, ownerContexts } from '../people/actor.ts';
import { type BehaviorRecord, behaviorContext } from './behavior.ts';
import {
  changeBehavior,
  createBehavior,
  findSeen,
  listSeenBehaviors,
  type RemovalDeps,
  removeBehavior,
} from './behaviors.ts';
import { type BotRecord, botContext } from './bot.ts';
import { type Deps as BotDeps, changeBot, createBot, getBot, listSeenBots, removeBot } from './bots.ts';
import { eventMacroBot } from './event.ts';
import type { JsonObject } from './json-value.ts';
import { isAskedFor, type RecordQuery } from './record-query.ts';

/** Who asks is the bot; each kind gives what the bot's owner may use, and throws `not_found` for the rest. */
export interface RecordKind {
  /** Cerb's full id, and its short names. */
  context: string;
  names: readonly string[];
  /** As in sentences: 'bot'. */
  one: string;
  /** Words that a search may use. */
  words: readonly string[];
  search(actor: Actor, query: RecordQuery): Promise<JsonObject[]>;
  find(actor: Actor, idOrUri: string): Promise<JsonObject>;
  /** Kinds without are only read. Gives the new record's id. */
  create?(actor: Actor, fields: JsonObject): Promise<string>;
  update?(actor: Actor, id: string, fields: JsonObject): Promise<void>;
  remove?(actor: Actor, id: string): Promise<void>;
}

export type Deps = BotDeps & RemovalDeps & { db: Knex };

/** The kind of a name as packages write it. Throws `bad_request` with those there are. */
export function kindOf(kinds: readonly RecordKind[], name: string): RecordKind {
  const wanted = name.trim().toLowerCase();
  const kind = kinds.find((one) => one.context === wanted || one.names.includes(wanted));
  if (kind) return kind;
  const known = kinds.map(({ names }) => names[0]).join(', ');
  throw new HubError('bad_request', `Records of the type '${name}' are not here. There are: ${known}.`);
}

/** Goes through a list in pages, by label and id, until enough is found. */
export async function searchPages(
  query: RecordQuery,
  read: (page: { limit: number; after: Cursor | undefined }) => Promise<JsonObject[]>,
): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  for (let after: Cursor | undefined; ; ) {
    const page = await read({ limit: pageSize, after });
    found.push(...page.filter((record) => isAskedFor(record, query)));
    const last = page.at(-1);
    if (found.length >= query.limit || page.length < pageSize || !last) return found.slice(0, query.limit);
    after = { name: String(last._label), id: String(last.id) };
  }
}

const pageSize = 200;

/** Keys that every owned record has, in Cerb's words. */
export function ownerKeys({ context, id }: Owner): JsonObject {
  return { owner__context: ownerContexts[context], owner_id: id };
}

/** Seconds since 1970, as templates take times. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}

export function botKind(deps: Deps): RecordKind {
  return {
    context: botContext,
    names: ['bot', 'bots'],
    one: 'bot',
    words: ['id', 'uri', 'name', 'owner'],
    search: (actor, query) =>
      searchPages(query, async (page) => (await listSeenBots(deps.db, actor, page)).map(botRecord)),
    find: async (actor, ref) => botRecord(await getBot(deps.db, actor, ref)),
    // A bot that makes one gives it to its own owner unless it says otherwise.
    create: (actor, fields) =>
      createBot(deps, { actor, fields: { ...(actor.kind === 'bot' && ownerKeys(actor.owner)), ...fields } }),
    update: (actor, bot, fields) => changeBot(deps, { actor, bot, fields }),
    remove: (actor, bot) => removeBot(deps, { actor, bot, withDependents: false }),
  };
}

export function behaviorKind(deps: Deps): RecordKind {
  return {
    context: behaviorContext,
    names: ['behavior', 'behaviors'],
    one: 'behavior',
    words: ['id', 'uri', 'title', 'name', 'bot'],
    search: (actor, query) =>
      searchPages(query, async (page) =>
        (await listSeenBehaviors(deps.db, actor, undefined, page)).map(behaviorRecord),
      ),
    find: async (actor, ref) => behaviorRecord((await findSeen(deps.db, actor, ref)).behavior),
    create: (actor, fields) => createBehavior(deps, { actor, fields: { event: eventMacroBot, ...fields } }),
    update: (actor, behavior, fields) => changeBehavior(deps, { actor, behavior, fields }),
    remove: (actor, behavior) => removeBehavior(deps, { actor, behavior, withDependents: false }),
  };
}

function botRecord(bot: BotRecord): JsonObject {
  return {
    _context: botContext,
    _label: bot.name,
    id: bot.id,
    uri: bot.uri,
    name: bot.name,
    ...ownerKeys(bot.owner),
    is_disabled: bot.isDisabled ? 1 : 0,
    created_at: seconds(bot.createdAt),
    updated_at: seconds(bot.updatedAt),
  };
}

function behaviorRecord(behavior: BehaviorRecord): JsonObject {
  return {
    _context: behaviorContext,
    _label: behavior.title,
    id: behavior.id,
    uri: behavior.uri,
    title: behavior.title,
    name: behavior.title,
    bot_id: behavior.botId,
    event_point: behavior.event.key,
    is_disabled: behavior.isDisabled ? 1 : 0,
    is_private: behavior.isPrivate ? 1 : 0,
    priority: behavior.priority,
    created_at: seconds(behavior.createdAt),
    updated_at: seconds(behavior.updatedAt),
  };
}
