/** Bots and behaviors as the package importer sees them. */
import type { Knex } from 'knex';
import { parseJson } from '../json.ts';
import type { PlannedFacts, RecordReading, RecordType, Remark } from '../packages/record-type.ts';
import { mayUse, type Owner } from '../people/actor.ts';
import { type Accounts, type Owners, refusedAccount } from './accounts.ts';
import { actionTypes } from './actions/index.ts';
import { type Behavior, behaviorContext, parseBehavior } from './behavior.ts';
import { type Bot, botContext, parseBot } from './bot.ts';
import { accountContext, accountsOf } from './bound-accounts.ts';
import { type Dependent, dependentsOf } from './dependents.ts';
import { describeBehavior, describeBot } from './describe.ts';
import { below, isObject, type JsonObject, textOf } from './json-value.ts';
import { remarksOnBehavior } from './remarks.ts';
import {
  deleteBehavior,
  deleteBot,
  findBehavior,
  findBot,
  insertBehavior,
  insertBot,
  listBehaviors,
  listBots,
  updateBehavior,
  updateBot,
} from './store.ts';

export interface Deps {
  accounts: Pick<Accounts, 'find'>;
  owners: Owners;
  /** Records of other features that hang on a bot. */
  otherDependents: { of(db: Knex, context: string, id: string): Promise<Dependent[]> };
  now(): number;
}

/** A bot; its behaviors are records of their own. `params` may come as JSON text. */
export function botType(deps: Deps): RecordType<Bot> {
  const read = (fields: JsonObject, path: string): RecordReading<Bot> => {
    const reading = parseBot({ ...fields, params: decoded(fields.params) }, path);
    const warnings: Remark[] = [];
    if (textOf(fields.mention_name)) {
      warnings.push({ path: below(path, 'mention_name'), message: 'A mention name is not kept.' });
    }
    const { name: label, owner } = reading.value;
    return { ...reading, label, warnings, hosts: [], references: [], owner };
  };
  return {
    context: botContext,
    aliases: ['bot', 'bots', 'virtual attendant', 'virtual attendants', 'virtual_attendant'],
    one: 'Bot',
    many: 'Bots',
    isBotTemplate: () => false,
    read,
    async check(db, bot, path, _planned, ownId) {
      const faults: Remark[] = [];
      const holder = bot.uri ? await findBot(db, bot.uri) : undefined;
      if (holder && holder.id !== ownId) faults.push(taken(path, holder.uri, 'bot'));
      if (!(await deps.owners.exists(bot.owner))) {
        faults.push({
          path: below(path, 'owner'),
          message: `The owner of the bot '${bot.name}' is not here.`,
        });
      }
      return { faults, warnings: [] };
    },
    insert: (db, id, bot) => insertBot(db, id, bot, deps.now()),
    fieldsOf: describeBot,
    async describe(db, id) {
      const bot = await findBot(db, id);
      return bot && { ...describeBot(bot), version: bot.updatedAt };
    },
    revise: async (_db, _id, fields, path) => read(fields, path),
    update: (db, id, bot, _by, version) => updateBot(db, id, bot, deps.now(), version),
    dependents: async (db, id) => [
      ...(await dependentsOf(db, botContext, id)),
      ...(await deps.otherDependents.of(db, botContext, id)),
    ],
    isGuarded: async () => false,
    remove: deleteBot,
    async list(db, query) {
      const bots = await listBots(db, 'all', listed);
      return bots.map(({ id, name }) => ({ id, label: name })).filter(matches(query));
    },
    async find(db, id) {
      const bot = await findBot(db, id);
      return bot && { id: bot.id, label: bot.name };
    },
  };
}

/** A behavior. What it uses and cannot run yet is a warning: it is stored, marked and refuses to run. */
export function behaviorType(deps: Deps): RecordType<Behavior> {
  const read = (fields: JsonObject, path: string): RecordReading<Behavior> => {
    const reading = parseBehavior(fields, path);
    const behavior = reading.value;
    const bot = { path: below(path, 'bot_id'), context: botContext, id: behavior.botId };
    const accounts = accountsOf(behavior).map((one) => ({
      path: path + one.path,
      context: accountContext,
      id: one.id,
    }));
    return {
      ...reading,
      label: behavior.title,
      warnings: remarksOnBehavior(behavior).map((remark) => ({ ...remark, path: path + remark.path })),
      hosts: [],
      references: behavior.botId === '' ? accounts : [bot, ...accounts],
    };
  };
  return {
    context: behaviorContext,
    aliases: ['behavior', 'behaviors', 'trigger_event', 'trigger event'],
    one: 'Behavior',
    many: 'Behaviors',
    isBotTemplate: isTemplatePath,
    read,
    async check(db, behavior, path, planned, ownId) {
      const faults: Remark[] = [];
      const holder = behavior.uri ? await findBehavior(db, behavior.uri) : undefined;
      if (holder && holder.id !== ownId) faults.push(taken(path, holder.uri, 'behavior'));
      return { faults, warnings: await accountWarnings(deps, db, behavior, path, planned) };
    },
    insert: (db, id, behavior) => insertBehavior(db, id, behavior, deps.now()),
    fieldsOf: describeBehavior,
    async describe(db, id) {
      const behavior = await findBehavior(db, id);
      return behavior && { ...describeBehavior(behavior), version: behavior.updatedAt };
    },
    revise: async (_db, _id, fields, path) => read(fields, path),
    update: (db, id, behavior, _by, version) => updateBehavior(db, id, behavior, deps.now(), version),
    async dependents(db, id) {
      const uri = (await findBehavior(db, id))?.uri ?? null;
      const others = await deps.otherDependents.of(db, behaviorContext, id);
      return [...(await dependentsOf(db, behaviorContext, id, uri)), ...others];
    },
    isGuarded: async () => false,
    remove: deleteBehavior,
    async list(db, query) {
      const behaviors = await listBehaviors(db, {}, listed);
      return behaviors.map(({ id, title }) => ({ id, label: title })).filter(matches(query));
    },
    async find(db, id) {
      const behavior = await findBehavior(db, id);
      return behavior && { id: behavior.id, label: behavior.title };
    },
  };
}

/**
 * Whether an action's parameter, or a loop's or condition's script, stands at this path of a behavior. Of actions
 * we do not know every text counts, but for ids and names that are none in any action.
 */
export function isTemplatePath(path: readonly (string | number)[]): boolean {
  if (path[0] !== 'nodes') return false;
  const key = path.slice(path.lastIndexOf('actions') + 2).join('.');
  if (path.includes('actions')) return key !== '' && !plainKeys.has(key);
  return path.at(-1) === 'foreach_json' || path.at(-1) === 'tpl';
}

const plainKeys = new Set([
  'action',
  'behavior_id',
  ...[...actionTypes.values()].flatMap((type) =>
    type.fields.filter((field) => field.kind !== 'template').map((field) => field.key),
  ),
]);

const listed = { limit: 200 };

async function accountWarnings(
  deps: Deps,
  db: Knex,
  behavior: Behavior,
  path: string,
  planned: ((id: string) => PlannedFacts | undefined) | undefined,
): Promise<Remark[]> {
  const bot = ownedBy(planned?.(behavior.botId)) ?? (await findBot(db, behavior.botId));
  const warnings: Remark[] = [];
  for (const bound of bot ? accountsOf(behavior) : []) {
    const facts = ownedBy(planned?.(bound.id));
    const account = facts ? { id: bound.id, uri: null, ...facts } : await deps.accounts.find(bound.id);
    if (!bot || !account) continue;
    if (mayUse({ kind: 'bot', id: behavior.botId, ...bot }, account.owner)) continue;
    warnings.push({ path: path + bound.path, message: await refusedAccount(deps.owners, bot, account) });
  }
  return warnings;
}

function ownedBy(facts: PlannedFacts | undefined): { name: string; owner: Owner } | undefined {
  return facts?.owner && { name: facts.label, owner: facts.owner };
}

function taken(path: string, uri: string | null, kind: string): Remark {
  return { path: below(path, 'uri'), message: `The URI '${uri}' is taken by another ${kind}.` };
}

function decoded(params: unknown): unknown {
  if (typeof params !== 'string' || params === '') return params;
  try {
    const value = parseJson(params);
    return isObject(value) ? value : params;
  } catch {
    return params;
  }
}

/** Cerb's search text, of which `name:` and bare words are understood: each word must be in the label. */
function matches(query: string): (record: { label: string }) => boolean {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .flatMap((word) => (word.includes(':') && !word.startsWith('name:') ? [] : word.replace(/^name:/, '')))
    .map((word) => word.replaceAll(/["*]/g, ''));
  return ({ label }) => words.every((word) => label.toLowerCase().includes(word));
}
