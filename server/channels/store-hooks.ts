/** Rows of hook_requests and channel_events: what came in on an address, and which events were seen. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';
import type { HookOutcome, HookRequest } from './records.ts';

interface HookRow {
  id: string;
  stream_id: string;
  channel_id: string | null;
  address: string;
  outcome: string;
  body: string | null;
  tries: number;
  last_error: string | null;
  received_at: number;
  processed_at: number | null;
}

export async function insertHook(
  db: Knex,
  hook: Pick<HookRequest, 'id' | 'streamId' | 'channelId' | 'address' | 'outcome' | 'body' | 'receivedAt'>,
): Promise<void> {
  await db('hook_requests').insert({
    id: hook.id,
    stream_id: hook.streamId,
    channel_id: hook.channelId,
    address: hook.address.slice(0, 255),
    outcome: hook.outcome,
    body: hook.body,
    tries: 0,
    last_error: null,
    received_at: hook.receivedAt,
    processed_at: null,
  });
}

export async function findHook(db: Knex, id: string): Promise<HookRequest | undefined> {
  const row: HookRow | undefined = await db('hook_requests').where({ id }).first();
  return row && fromRow(row);
}

/** Newest first, behind the one with the id `after`; without bodies. */
export async function listHooks(
  db: Knex,
  streamId: string,
  page: { limit: number; after?: string },
): Promise<HookRequest[]> {
  const query = db('hook_requests').where({ stream_id: streamId }).orderBy('id', 'desc').limit(page.limit);
  if (page.after !== undefined) query.where('id', '<', page.after);
  const rows: HookRow[] = await query;
  return rows.map((row) => ({ ...fromRow(row), body: null }));
}

/** Counts a try before it begins; false when the request was dealt with, or tried as often as it may be. */
export async function takeHook(db: Knex, id: string, maxTries: number): Promise<boolean> {
  const taken = await db('hook_requests')
    .where({ id, outcome: 'new' })
    .where('tries', '<', maxTries)
    .update({ tries: db.raw('tries + 1') });
  return taken === 1;
}

/** False when another process ended it before. */
export async function finishHook(
  db: Knex,
  id: string,
  outcome: HookOutcome,
  now: number,
  lastError: string | null = null,
): Promise<boolean> {
  const finished = await db('hook_requests')
    .where({ id, outcome: 'new' })
    .update({ outcome, processed_at: now, last_error: lastError });
  return finished === 1;
}

export async function noteHookFault(db: Knex, id: string, lastError: string): Promise<void> {
  await db('hook_requests').where({ id, outcome: 'new' }).update({ last_error: lastError });
}

/** A request that failed five times, or was kept while the channel was disabled, waits again. */
export async function renewHook(db: Knex, id: string): Promise<boolean> {
  const renewed = await db('hook_requests')
    .where({ id })
    .whereIn('outcome', ['poison', 'disabled'])
    .whereNotNull('body')
    .update({ outcome: 'new', tries: 0, last_error: null, processed_at: null });
  return renewed === 1;
}

/** How many requests wait for their job, of all addresses; counted up to `limit`. */
export async function countWaitingHooks(db: Knex, limit: number): Promise<number> {
  const rows = await db('hook_requests').where({ outcome: 'new' }).limit(limit).select('id');
  return rows.length;
}

/** Deletes at most `limit` requests and as many events from before a time; tells how many. */
export async function deleteOldHooks(db: Knex, before: number, limit: number): Promise<number> {
  const hooks: { id: string }[] = await db('hook_requests')
    .where('received_at', '<', before)
    .whereNot('outcome', 'new')
    .limit(limit)
    .select('id');
  const events: { channel_id: string; event_key: string }[] = await db('channel_events')
    .where('at', '<', before)
    .limit(limit)
    .select('channel_id', 'event_key');
  await db('hook_requests')
    .whereIn(
      'id',
      hooks.map(({ id }) => id),
    )
    .delete();
  if (events.length > 0) {
    await db('channel_events')
      .whereIn(
        ['channel_id', 'event_key'],
        events.map((event) => [event.channel_id, event.event_key]),
      )
      .where('at', '<', before)
      .delete();
  }
  return Math.max(hooks.length, events.length);
}

export async function eraseHooksOf(db: Knex, channelId: string): Promise<void> {
  await db('hook_requests').where({ channel_id: channelId }).delete();
  await db('channel_events').where({ channel_id: channelId }).delete();
}

/** False when the channel saw this event before. */
export async function insertEvent(
  db: Knex,
  event: { channelId: string; key: string; kind: string; at: number },
): Promise<boolean> {
  try {
    await db('channel_events').insert({
      channel_id: event.channelId,
      event_key: event.key,
      kind: event.kind,
      at: event.at,
    });
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return false;
  }
}

function fromRow(row: HookRow): HookRequest {
  return {
    id: row.id,
    streamId: row.stream_id,
    channelId: row.channel_id,
    address: row.address,
    // The column holds only what is written above.
    outcome: row.outcome as HookOutcome,
    body: row.body,
    tries: row.tries,
    lastError: row.last_error,
    receivedAt: Number(row.received_at),
    processedAt: row.processed_at === null ? null : Number(row.processed_at),
  };
}
