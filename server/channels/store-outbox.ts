/** Reads of the outbox that look across messages: order within a conversation, what waits, what counts. */
import type { Knex } from 'knex';
import { fromRow, type MessageRow, toColumns } from './message-row.ts';
import type { Message } from './records.ts';

/** The oldest outgoing message of a conversation that is still to be sent or is being sent. */
export async function findNextOut(db: Knex, conversationId: string): Promise<Message | undefined> {
  const row: MessageRow | undefined = await db('messages')
    .where({ conversation_id: conversationId, direction: 'out' })
    .whereIn('state', ['queued', 'held', 'sending'])
    .orderBy(['created_at', 'id'])
    .first();
  return row && fromRow(row);
}

/** Error code of a message that is held until the other person writes again. */
export const waitsForAnswer = 'answers';

/** What waits in a conversation for the other person to write again; oldest first. */
export async function listWaitingForAnswer(db: Knex, conversationId: string): Promise<Message[]> {
  const rows: MessageRow[] = await db('messages')
    .where({ conversation_id: conversationId, state: 'held', error_code: waitsForAnswer })
    .orderBy(['created_at', 'id']);
  return rows.map(fromRow);
}

/** What is queued in a conversation waits behind a message that is held, for the same time and reason. */
export async function holdQueued(
  db: Knex,
  conversationId: string,
  hold: Pick<Message, 'heldUntil' | 'heldReason' | 'errorCode'>,
): Promise<void> {
  await db('messages')
    .where({ conversation_id: conversationId, direction: 'out', state: 'queued' })
    .update({ ...toColumns(hold), state: 'held' });
}

/** What was parked on channels that can send again; oldest first. */
export async function listParkedFree(db: Knex, limit: number): Promise<Message[]> {
  const rows: MessageRow[] = await db('messages')
    .where({ state: 'held' })
    .whereNull('held_until')
    .whereNull('error_code')
    .whereIn('channel_id', db('channels').where({ state: 'active', is_enabled: 1 }).select('id'))
    .orderBy(['created_at', 'id'])
    .limit(limit);
  return rows.map(fromRow);
}

/** What waits for the other person, in conversations where that person wrote meanwhile; oldest first. */
export async function listAnswerable(db: Knex, now: number, limit: number): Promise<Message[]> {
  const answered = db('conversations').where('answers_left', '>', 0).where('answers_until', '>', now);
  const rows: MessageRow[] = await db('messages')
    .where({ state: 'held', error_code: waitsForAnswer })
    .whereIn('conversation_id', answered.select('id'))
    .orderBy(['created_at', 'id'])
    .limit(limit);
  return rows.map(fromRow);
}

/** The newest message of a conversation with this direction, at or before a time. */
export async function findLastMessage(
  db: Knex,
  conversationId: string,
  { direction, until }: { direction: Message['direction']; until?: number },
): Promise<Message | undefined> {
  const query = db('messages')
    .where({ conversation_id: conversationId, direction })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ]);
  if (until !== undefined) query.where('at', '<=', until);
  const row: MessageRow | undefined = await query.first();
  return row && fromRow(row);
}

/** Makes other processes wait that want to send with the same account, until the transaction ends. */
export async function lockAccount(trx: Knex.Transaction, accountId: string): Promise<void> {
  const channels = trx('channels').where({ account_id: accountId }).orderBy('id');
  // SQLite's transactions exclude each other anyway, and it has no word for this.
  await (trx.client.driverName === 'mysql2' ? channels.forUpdate() : channels).select('id');
}

/** Gives back an answer that was taken and not used. */
export async function returnAnswer(db: Knex, conversationId: string): Promise<void> {
  await db('conversations')
    .where({ id: conversationId })
    .update({ answers_left: db.raw('answers_left + 1') });
}

/** Messages whose fate is open and of which nobody was told yet, oldest first. */
export async function listUnknown(db: Knex, limit: number): Promise<Message[]> {
  const rows: MessageRow[] = await db('messages')
    .where({ state: 'unknown' })
    .whereNull('error')
    .orderBy(['created_at', 'id'])
    .limit(limit);
  return rows.map(fromRow);
}
