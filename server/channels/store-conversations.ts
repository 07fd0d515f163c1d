/** Rows of conversations. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';
import { openKeyOf } from './conversation.ts';
import type { Conversation, ConversationKind } from './records.ts';

interface ConversationRow {
  id: string;
  channel_id: string;
  contact_id: string;
  kind: string;
  external_key: string;
  open_key: string | null;
  state: string;
  answers_left: number;
  answers_until: number | null;
  bot_paused_until: number | null;
  last_inbound_at: number | null;
  last_message_at: number;
  closed_at: number | null;
  created_at: number;
  updated_at: number;
}

/** False when a conversation with this key is open already. */
export async function insertConversation(db: Knex, conversation: Conversation): Promise<boolean> {
  try {
    await db('conversations').insert(toRow(conversation));
    return true;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return false;
  }
}

export async function findConversation(db: Knex, id: string): Promise<Conversation | undefined> {
  const row: ConversationRow | undefined = await db('conversations').where({ id }).first();
  return row && fromRow(row);
}

/** The open one with this key, else the one closed last. */
export async function findLatestConversation(
  db: Knex,
  key: Pick<Conversation, 'channelId' | 'kind' | 'externalKey'>,
): Promise<Conversation | undefined> {
  const open: ConversationRow | undefined = await db('conversations')
    .where({ open_key: openKeyOf(key) })
    .first();
  if (open) return fromRow(open);
  const closed: ConversationRow | undefined = await db('conversations')
    .where({ channel_id: key.channelId, kind: key.kind, external_key: key.externalKey })
    .orderBy('closed_at', 'desc')
    .first();
  return closed && fromRow(closed);
}

/** The conversation spoken in last comes first; behind `after`, the last one of the page before. */
export async function listConversations(
  db: Knex,
  filter: { channelIds?: readonly string[]; state?: Conversation['state']; changedSince?: number },
  page: { limit: number; after?: Pick<Conversation, 'id' | 'lastMessageAt'> },
): Promise<Conversation[]> {
  const query = db('conversations')
    .orderBy([
      { column: 'last_message_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(page.limit);
  const { channelIds, state, changedSince } = filter;
  const { after } = page;
  if (channelIds) query.whereIn('channel_id', [...channelIds]);
  if (state !== undefined) query.where({ state });
  if (changedSince !== undefined) query.where('updated_at', '>', changedSince);
  if (after) {
    query.where((where) =>
      where
        .where('last_message_at', '<', after.lastMessageAt)
        .orWhere((same) => same.where('last_message_at', after.lastMessageAt).andWhere('id', '<', after.id)),
    );
  }
  const rows: ConversationRow[] = await query;
  return rows.map(fromRow);
}

/** False when it is open already, or another one with its key is. */
export async function reopenConversation(
  db: Knex,
  conversation: Conversation,
  now: number,
): Promise<boolean> {
  try {
    const changed = await db('conversations')
      .where({ id: conversation.id, state: 'closed' })
      .update({ state: 'open', open_key: openKeyOf(conversation), closed_at: null, updated_at: now });
    return changed === 1;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return false;
  }
}

export async function closeConversation(db: Knex, id: string, now: number): Promise<boolean> {
  const changed = await db('conversations')
    .where({ id, state: 'open' })
    .update({ state: 'closed', open_key: null, closed_at: now, updated_at: now });
  return changed === 1;
}

/** Something was received: the answers it allows are there anew. */
export async function noteInbound(
  db: Knex,
  id: string,
  {
    at,
    answersLeft,
    answersUntil,
    now,
  }: { at: number; answersLeft: number; answersUntil: number; now: number },
): Promise<void> {
  await db('conversations')
    .where({ id })
    .update({
      answers_left: answersLeft,
      answers_until: latest(db, 'answers_until', answersUntil),
      last_inbound_at: latest(db, 'last_inbound_at', at),
      last_message_at: latest(db, 'last_message_at', at),
      updated_at: now,
    });
}

/** Something was said in it, or a message of it changed. */
export async function touchConversation(
  db: Knex,
  id: string,
  { at, now }: { at?: number; now: number },
): Promise<void> {
  const changes = at === undefined ? {} : { last_message_at: latest(db, 'last_message_at', at) };
  await db('conversations')
    .where({ id })
    .update({ ...changes, updated_at: now });
}

/** Takes one of the answers that are left, after their time too; false when there is none. */
export async function takeAnswer(db: Knex, id: string): Promise<boolean> {
  const taken = await db('conversations')
    .where({ id })
    .where('answers_left', '>', 0)
    .update({ answers_left: db.raw('answers_left - 1') });
  return taken === 1;
}

/** Silences the bot at least until then. */
export async function pauseBot(db: Knex, id: string, until: number, now: number): Promise<void> {
  await db('conversations')
    .where({ id })
    .update({ bot_paused_until: latest(db, 'bot_paused_until', until), updated_at: now });
}

export async function resumeBot(db: Knex, id: string, now: number): Promise<boolean> {
  const changed = await db('conversations')
    .where({ id })
    .whereNotNull('bot_paused_until')
    .update({ bot_paused_until: null, updated_at: now });
  return changed === 1;
}

/** The later of what stands in the column and a time; the same whichever event comes first. */
function latest(db: Knex, column: string, at: number): Knex.Raw {
  return db.raw('case when ?? is null or ?? < ? then ? else ?? end', [column, column, at, at, column]);
}

function toRow(conversation: Conversation): ConversationRow {
  return {
    id: conversation.id,
    channel_id: conversation.channelId,
    contact_id: conversation.contactId,
    kind: conversation.kind,
    external_key: conversation.externalKey,
    open_key: conversation.state === 'open' ? openKeyOf(conversation) : null,
    state: conversation.state,
    answers_left: conversation.answersLeft,
    answers_until: conversation.answersUntil,
    bot_paused_until: conversation.botPausedUntil,
    last_inbound_at: conversation.lastInboundAt,
    last_message_at: conversation.lastMessageAt,
    closed_at: conversation.closedAt,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
  };
}

function fromRow(row: ConversationRow): Conversation {
  return {
    id: row.id,
    channelId: row.channel_id,
    contactId: row.contact_id,
    // Both columns hold only what toRow wrote.
    kind: row.kind as ConversationKind,
    externalKey: row.external_key,
    state: row.state as Conversation['state'],
    answersLeft: row.answers_left,
    answersUntil: timeOf(row.answers_until),
    botPausedUntil: timeOf(row.bot_paused_until),
    lastInboundAt: timeOf(row.last_inbound_at),
    lastMessageAt: Number(row.last_message_at),
    closedAt: timeOf(row.closed_at),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

function timeOf(value: number | null): number | null {
  return value === null ? null : Number(value);
}
