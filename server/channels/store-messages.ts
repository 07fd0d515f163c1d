/** Rows of messages: what came in, and the outbox. Every change of state is one conditional update. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';
import { echoWindowMs } from './echo.ts';
import { fromRow, type MessageChanges, type MessageRow, toColumns, toRow } from './message-row.ts';
import type { Message, MessageState } from './records.ts';

/** False when its client token, or its remote id on the channel, is there already. */
export async function insertMessage(db: Knex, message: Message): Promise<boolean> {
  try {
    await db('messages').insert(toRow(message));
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return false;
  }
}

export async function findMessage(db: Knex, id: string): Promise<Message | undefined> {
  const row: MessageRow | undefined = await db('messages').where({ id }).first();
  return row && fromRow(row);
}

export async function findMessageByToken(db: Knex, clientToken: string): Promise<Message | undefined> {
  const row: MessageRow | undefined = await db('messages').where({ client_token: clientToken }).first();
  return row && fromRow(row);
}

export async function findMessageByRemoteId(
  db: Knex,
  channelId: string,
  remoteId: string,
): Promise<Message | undefined> {
  const row: MessageRow | undefined = await db('messages')
    .where({ channel_id: channelId, remote_id: remoteId })
    .first();
  return row && fromRow(row);
}

/** Newest first, by the remote clock, then id; behind `after`, the last one of the page before. */
export async function listMessages(
  db: Knex,
  conversationId: string,
  page: { limit: number; after?: Pick<Message, 'id' | 'at'> },
): Promise<Message[]> {
  const query = db('messages')
    .where({ conversation_id: conversationId })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(page.limit);
  const { after } = page;
  if (after) {
    query.where((where) =>
      where
        .where('at', '<', after.at)
        .orWhere((same) => same.where('at', after.at).andWhere('id', '<', after.id)),
    );
  }
  const rows: MessageRow[] = await query;
  return rows.map(fromRow);
}

/** Moves a message to another state with what belongs to it; false when it was in none of `from`. */
export async function moveMessage(
  db: Knex,
  id: string,
  from: readonly MessageState[],
  to: MessageState,
  changes: MessageChanges = {},
): Promise<boolean> {
  const moved = await db('messages')
    .where({ id })
    .whereIn('state', [...from])
    .update({ ...toColumns(changes), state: to });
  return moved === 1;
}

/**
 * The remote service took the message under this id, which its answer proves. An echo that came first and was not
 * recognised gives way to our message; one that was taken for another message of the same text is given back, and
 * the fate of that one is open again. False when the message was not being sent any more; then an echo has told
 * already.
 */
export async function markSent(
  trx: Knex.Transaction,
  message: Pick<Message, 'id' | 'channelId'>,
  { remoteId, at }: { remoteId: string; at: number },
): Promise<boolean> {
  const state = (await findMessage(trx, message.id))?.state;
  if (state !== 'sending' && state !== 'unknown') return false;
  const others = () =>
    trx('messages')
      .where({ channel_id: message.channelId, remote_id: remoteId, direction: 'out' })
      .whereNot({ id: message.id });
  const removed = await others().where({ author: 'external' }).delete();
  const reopened = await others().update({ remote_id: null, state: 'unknown', is_echoed: 0 });
  return moveMessage(trx, message.id, ['sending', 'unknown'], 'sent', {
    remoteId,
    sentAt: at,
    heldUntil: null,
    heldReason: null,
    errorCode: null,
    error: null,
    ...(removed + reopened > 0 && { isEchoed: true }),
  });
}

/** What is being sent, or may have been, around a time; oldest first. */
export async function listUnsettled(db: Knex, channelId: string, at: number): Promise<Message[]> {
  const rows: MessageRow[] = await db('messages')
    .where({ channel_id: channelId })
    .whereIn('state', ['sending', 'unknown'])
    .whereRaw('coalesce(sent_at, at) between ? and ?', [at - echoWindowMs, at + echoWindowMs])
    .orderBy(['created_at', 'id']);
  return rows.map(fromRow);
}

/** The echo of one of our messages came; true also where it came before. */
export async function markEchoed(db: Knex, channelId: string, remoteId: string): Promise<boolean> {
  const echoed = await db('messages')
    .where({ channel_id: channelId, remote_id: remoteId, direction: 'out' })
    .update({ is_echoed: 1 });
  return echoed === 1;
}

/** Holds everything that waits on a channel until `releaseParked`; tells how many. */
export function parkQueued(db: Knex, channelId: string, reason: string): Promise<number> {
  return db('messages')
    .where({ channel_id: channelId, state: 'queued' })
    .update({ state: 'held', held_until: null, held_reason: reason.slice(0, 255) });
}

/** Nothing of a channel that is going is sent any more. */
export async function failPending(db: Knex, channelId: string, error: string): Promise<void> {
  await db('messages')
    .where({ channel_id: channelId })
    .whereIn('state', ['queued', 'held'])
    .update({ state: 'failed', error_code: 'channel_deleted', error, held_until: null, held_reason: null });
}

/** What was parked waits to be sent again; the ids, oldest first. */
export async function releaseParked(trx: Knex.Transaction, channelId: string): Promise<string[]> {
  const rows: { id: string }[] = await trx('messages')
    .where({ channel_id: channelId, state: 'held' })
    .whereNull('held_until')
    .orderBy(['created_at', 'id'])
    .select('id');
  const released: string[] = [];
  for (const { id } of rows) {
    if (await moveMessage(trx, id, ['held'], 'queued', { heldReason: null })) released.push(id);
  }
  return released;
}

/** Messages that are held until a time that has come; oldest first. */
export async function listHeldDue(db: Knex, now: number, limit: number): Promise<Message[]> {
  const rows: MessageRow[] = await db('messages')
    .where({ state: 'held' })
    .where('held_until', '<=', now)
    .orderBy(['held_until', 'id'])
    .limit(limit);
  return rows.map(fromRow);
}

/** Messages in a state for at least as long as since `before`, oldest first. */
export async function listMessagesIn(
  db: Knex,
  state: MessageState,
  before: number,
  limit: number,
): Promise<Message[]> {
  const rows: MessageRow[] = await db('messages')
    .where({ state })
    .whereRaw('coalesce(sent_at, at) <= ?', [before])
    .orderBy(['created_at', 'id'])
    .limit(limit);
  return rows.map(fromRow);
}

/** When the counted messages of an account's channels went out since a time, oldest first. */
export async function listCountedTimes(db: Knex, accountId: string, since: number): Promise<number[]> {
  const rows: { sent_at: number }[] = await db('messages')
    .whereIn('channel_id', db('channels').where({ account_id: accountId }).select('id'))
    .where({ is_counted: 1 })
    .where('sent_at', '>', since)
    .orderBy('sent_at')
    .select('sent_at');
  return rows.map((row) => Number(row.sent_at));
}
