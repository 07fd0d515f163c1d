/** Rows of chats and chat_messages; what was said lies sealed. */
import type { Knex } from 'knex';
import { parseJson, writeJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import type { Chat, ChatMessage, ChatState, Interaction, NewMessage, Question } from './chat.ts';

export interface StoreDeps {
  db: Knex;
  vault: Vault;
}

interface ChatRow {
  id: string;
  bot_id: string;
  behavior_id: string;
  worker_id: string | null;
  portal_id: string | null;
  token_hash: string | null;
  title: string;
  bot_name: string;
  state: string;
  turn: number;
  busy_until: number | null;
  run_id: string | null;
  sealed_question: string | null;
  sealed_interaction: string | null;
  created_at: number;
  updated_at: number;
  expires_at: number;
}

interface MessageRow {
  chat_id: string;
  position: number;
  sealed_content: string;
  created_at: number;
}

export async function insertChat({ db, vault }: StoreDeps, chat: Chat): Promise<void> {
  await db<ChatRow>('chats').insert({
    id: chat.id,
    bot_id: chat.botId,
    behavior_id: chat.behaviorId,
    worker_id: chat.workerId,
    portal_id: chat.portalId,
    token_hash: chat.tokenHash,
    title: chat.title.slice(0, 255),
    bot_name: chat.botName.slice(0, 255),
    state: chat.state,
    turn: chat.turn,
    busy_until: chat.busyUntil,
    run_id: chat.runId,
    sealed_question: null,
    sealed_interaction: sealed(vault, chat.id, 'sealed_interaction', chat.interaction),
    created_at: chat.createdAt,
    updated_at: chat.updatedAt,
    expires_at: chat.expiresAt,
  });
}

export async function findChat(
  { db, vault }: StoreDeps,
  by: { id: string; worker_id: string } | { token_hash: string; portal_id: string },
  now: number,
): Promise<Chat | undefined> {
  const row = await db<ChatRow>('chats').where(by).where('expires_at', '>', now).first();
  return row && toChat(vault, row);
}

/** A worker's conversations, the latest first. */
export async function listChats(
  { db, vault }: StoreDeps,
  where: { worker_id: string; bot_id: string },
  now: number,
): Promise<Chat[]> {
  const query = db<ChatRow>('chats').where(where).where('expires_at', '>', now);
  const rows = await query.orderBy('updated_at', 'desc').limit(20);
  return rows.map((row) => toChat(vault, row));
}

/** Takes the next turn for one who answers; false when another has, or the conversation does not wait. */
export async function takeTurn(
  db: Knex,
  { id, turn }: { id: string; turn: number },
  { now, busyUntil, expiresAt }: { now: number; busyUntil: number; expiresAt: number },
): Promise<boolean> {
  const taken = { state: 'thinking', turn: turn + 1, busy_until: busyUntil, sealed_question: null };
  const times = { updated_at: now, expires_at: expiresAt };
  const waits = db<ChatRow>('chats').where({ id, turn, state: 'waiting' });
  return (await waits.update({ ...taken, ...times })) === 1;
}

/** Ends a turn, unless it was given up or taken by another meanwhile. */
export async function endTurn(
  { db, vault }: StoreDeps,
  { id, turn }: { id: string; turn: number },
  to: { state: ChatState; runId: string | null; question: Question | null; botName: string; now: number },
): Promise<boolean> {
  const ended = {
    state: to.state,
    busy_until: null,
    run_id: to.runId,
    sealed_question: sealed(vault, id, 'sealed_question', to.question),
    bot_name: to.botName.slice(0, 255),
    updated_at: to.now,
  };
  return (await db<ChatRow>('chats').where({ id, turn, state: 'thinking' }).update(ended)) === 1;
}

/** The person leaves; whoever thinks about an answer finds nobody. */
export async function closeChat(db: Knex, id: string, now: number): Promise<void> {
  const ended = { state: 'ended', busy_until: null, run_id: null, sealed_question: null, updated_at: now };
  await db<ChatRow>('chats').where({ id }).update(ended);
}

/** Ends what a process left thinking that is gone; says which. */
export async function takeAbandoned(db: Knex, now: number): Promise<string[]> {
  const rows = await db<ChatRow>('chats')
    .where({ state: 'thinking' })
    .where('busy_until', '<=', now)
    .limit(100)
    .select('id');
  const ended = { state: 'ended', busy_until: null, run_id: null, sealed_question: null, updated_at: now };
  const taken: string[] = [];
  for (const { id } of rows) {
    const still = db<ChatRow>('chats').where({ id, state: 'thinking' }).where('busy_until', '<=', now);
    if ((await still.update(ended)) === 1) taken.push(id);
  }
  return taken;
}

export async function deleteExpiredChats(db: Knex, now: number): Promise<number> {
  return db<ChatRow>('chats').where('expires_at', '<=', now).delete();
}

/** In the order they were said, from behind `after` on; the last so many. */
export async function listChatMessages(
  { db, vault }: StoreDeps,
  chatId: string,
  limit: number,
): Promise<ChatMessage[]> {
  const rows = await db<MessageRow>('chat_messages')
    .where({ chat_id: chatId })
    .orderBy('position', 'desc')
    .limit(limit);
  return rows.reverse().map((row) => {
    const text = vault.open(row.sealed_content, contentAt(chatId, Number(row.position)));
    // Sealed by appendMessages, of a message.
    const content = parseJson(text) as NewMessage;
    return { ...content, position: Number(row.position), at: Number(row.created_at) };
  });
}

/** Adds messages at the end. Only who holds the turn says something, so nobody takes the same place. */
export async function appendMessages(
  { db, vault }: StoreDeps,
  chatId: string,
  messages: readonly NewMessage[],
  now: number,
): Promise<void> {
  if (messages.length === 0) return;
  const [row] = await db<MessageRow>('chat_messages').where({ chat_id: chatId }).max({ last: 'position' });
  const last = Number(row?.last ?? 0);
  await db<MessageRow>('chat_messages').insert(
    messages.map((message, index) => ({
      chat_id: chatId,
      position: last + index + 1,
      sealed_content: vault.seal(writeJson(message), contentAt(chatId, last + index + 1)),
      created_at: now,
    })),
  );
}

function contentAt(chatId: string, position: number) {
  return { table: 'chat_messages', field: 'sealed_content', id: `${chatId} ${position}` };
}

function sealed(vault: Vault, id: string, field: string, value: unknown): string | null {
  return value === null ? null : vault.seal(writeJson(value), { table: 'chats', field, id });
}

function opened(vault: Vault, id: string, field: string, text: string | null): unknown {
  return text === null ? null : parseJson(vault.open(text, { table: 'chats', field, id }));
}

function toChat(vault: Vault, row: ChatRow): Chat {
  return {
    id: row.id,
    botId: row.bot_id,
    behaviorId: row.behavior_id,
    workerId: row.worker_id,
    portalId: row.portal_id,
    tokenHash: row.token_hash,
    title: row.title,
    botName: row.bot_name,
    // These columns hold only what this file wrote.
    state: row.state as ChatState,
    turn: Number(row.turn),
    busyUntil: row.busy_until === null ? null : Number(row.busy_until),
    runId: row.run_id,
    question: opened(vault, row.id, 'sealed_question', row.sealed_question) as Question | null,
    interaction: opened(vault, row.id, 'sealed_interaction', row.sealed_interaction) as Interaction | null,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
    expiresAt: Number(row.expires_at),
  };
}
