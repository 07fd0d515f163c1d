/** SQL of bots and behaviors. Flags, JSON and absences are mapped here. See also `store-runs.ts`. */
import type { Knex } from 'knex';
import { ownedByAny } from '../connections/store-accounts.ts';
import { isDuplicate } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { isId } from '../id.ts';
import type { Cursor } from '../paging.ts';
import type { Owner } from '../people/actor.ts';
import type { Behavior, BehaviorRecord } from './behavior.ts';
import type { Bot, BotRecord } from './bot.ts';
import { type BehaviorRow, type BotRow, behaviorColumns, botColumns, toBehavior, toBot } from './row.ts';

/** Which rows of a list: at most `limit`, behind the place `after` in its order. */
export interface ListPage {
  limit: number;
  after?: Cursor | undefined;
}

/** A bot by id or uri. */
export async function findBot(db: Knex, idOrUri: string): Promise<BotRecord | undefined> {
  const row: BotRow | undefined = await db('bots').where(nameOf(idOrUri)).first();
  return row && toBot(row);
}

/** By name, then id; all, or those of one owner. */
export async function listBots(
  db: Knex,
  owners: readonly Owner[] | 'all',
  page: ListPage,
): Promise<BotRecord[]> {
  const query = db('bots').orderBy(['name', 'id']).limit(page.limit);
  if (owners !== 'all') query.where(ownedByAny(owners));
  if (page.after) query.where(behind('name', page.after));
  const rows: BotRow[] = await query;
  return rows.map(toBot);
}

/** Throws `conflict` when the uri is taken; so do the other writing functions. */
export async function insertBot(db: Knex, id: string, bot: Bot, now: number): Promise<void> {
  await refuseTaken('bot', bot.uri, () =>
    db('bots').insert({ id, ...botColumns(bot), created_at: now, updated_at: now }),
  );
}

/** False when the bot is gone, or, with `version`, was changed since that time. */
export async function updateBot(
  db: Knex,
  id: string,
  bot: Bot,
  now: number,
  version?: number,
): Promise<boolean> {
  return refuseTaken('bot', bot.uri, async () => {
    const changed = { ...botColumns(bot), updated_at: later(now, version) };
    return (await db('bots').where(sameAs(id, version)).update(changed)) === 1;
  });
}

export async function deleteBot(db: Knex, id: string): Promise<void> {
  await db('bots').where({ id }).delete();
}

/** A behavior by id or uri. */
export async function findBehavior(db: Knex, idOrUri: string): Promise<BehaviorRecord | undefined> {
  const row: BehaviorRow | undefined = await db('behaviors').where(nameOf(idOrUri)).first();
  return row && toBehavior(row);
}

/** By title, then id; all, of one bot, or of the bots of one owner. */
export async function listBehaviors(
  db: Knex,
  filter: { botId?: string | undefined; owners?: readonly Owner[] | 'all' | undefined },
  page: ListPage,
): Promise<BehaviorRecord[]> {
  const query = db('behaviors').orderBy(['title', 'id']).limit(page.limit);
  if (filter.botId !== undefined) query.where({ bot_id: filter.botId });
  if (filter.owners && filter.owners !== 'all') {
    query.whereIn('bot_id', db('bots').where(ownedByAny(filter.owners)).select('id'));
  }
  if (page.after) query.where(behind('title', page.after));
  const rows: BehaviorRow[] = await query;
  return rows.map(toBehavior);
}

/** Behaviors whose tree holds the text somewhere; the caller looks closer. */
export async function listBehaviorsNaming(db: Knex, text: string): Promise<BehaviorRecord[]> {
  const rows: BehaviorRow[] = await db('behaviors')
    .where('nodes', 'like', `%${text}%`)
    .orderBy(['title', 'id']);
  return rows.map(toBehavior);
}

export async function insertBehavior(db: Knex, id: string, behavior: Behavior, now: number): Promise<void> {
  await refuseTaken('behavior', behavior.uri, () =>
    db('behaviors').insert({ id, ...behaviorColumns(behavior), created_at: now, updated_at: now }),
  );
}

/** False when the behavior is gone, or, with `version`, was changed since that time. */
export async function updateBehavior(
  db: Knex,
  id: string,
  behavior: Behavior,
  now: number,
  version?: number,
): Promise<boolean> {
  return refuseTaken('behavior', behavior.uri, async () => {
    const changed = { ...behaviorColumns(behavior), updated_at: later(now, version) };
    return (await db('behaviors').where(sameAs(id, version)).update(changed)) === 1;
  });
}

/** Its runs go with it. */
export async function deleteBehavior(db: Knex, id: string): Promise<void> {
  await db('behaviors').where({ id }).delete();
}

export async function deleteBehaviorsOf(db: Knex, botId: string): Promise<void> {
  await db('behaviors').where({ bot_id: botId }).delete();
}

function nameOf(idOrUri: string): { id: string } | { uri: string } {
  return isId(idOrUri) ? { id: idOrUri } : { uri: idOrUri };
}

function behind(column: string, { name, id }: Cursor): (query: Knex.QueryBuilder) => void {
  return (query) =>
    query.where(column, '>', name).orWhere((same) => same.where(column, name).andWhere('id', '>', id));
}

function sameAs(id: string, version: number | undefined): { id: string; updated_at?: number } {
  return version === undefined ? { id } : { id, updated_at: version };
}

/** Two changes within one millisecond give two versions. */
function later(now: number, version = 0): number {
  return Math.max(now, version + 1);
}

async function refuseTaken<T>(kind: string, uri: string | null, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new HubError('conflict', `The URI '${uri}' is taken by another ${kind}. Choose another one.`);
  }
}
