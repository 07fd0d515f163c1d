/** What happened at the remote service, applied: each event once, with all its effects or none, in any order. */
import type { Knex } from 'knex';
import { revokeAccount } from '../connections/store-accounts.ts';
import { inTransaction } from '../db/transaction.ts';
import { enqueueJob } from '../jobs.ts';
import { enqueueActivity } from './activity.ts';
import { answerJob } from './answer.ts';
import type { ChannelEvent } from './channel.ts';
import { placeOf } from './conversation.ts';
import { isEchoOf } from './echo.ts';
import { afterInbound } from './limits.ts';
import { type Channel, type Conversation, inboundToken, limitsOf, type Message } from './records.ts';
import { moveChannel, noteOnChannel } from './store-channels.ts';
import { keepContact } from './store-contacts.ts';
import * as conversations from './store-conversations.ts';
import { insertEvent } from './store-hooks.ts';
import {
  findMessageByRemoteId,
  insertMessage,
  listUnsettled,
  markEchoed,
  moveMessage,
  parkQueued,
} from './store-messages.ts';
import { type ChannelTypes, typeOf } from './type-of.ts';

export interface Deps {
  db: Knex;
  types: ChannelTypes;
  now(): number;
  newId(): string;
}

type MessageEvent = Extract<ChannelEvent, { kind: 'message' }>;

/**
 * Applies events of a channel, from a webhook or a poll, and tells how many were new. What was seen before has no
 * effect; one that fails leaves those before it applied, and may be applied again.
 */
export async function applyEvents(
  deps: Deps,
  channel: Channel,
  events: readonly ChannelEvent[],
): Promise<number> {
  let applied = 0;
  for (const event of events) {
    const isNew = await inTransaction(deps.db, async (trx) => {
      const { key, kind, at } = event;
      if (!(await insertEvent(trx, { channelId: channel.id, key, kind, at }))) return false;
      await applyEvent(deps, trx, channel, event);
      return true;
    });
    if (isNew) applied++;
  }
  if (applied > 0) await noteOnChannel(deps.db, channel.id, { lastEventAt: deps.now() });
  return applied;
}

async function applyEvent(
  deps: Deps,
  trx: Knex.Transaction,
  channel: Channel,
  event: ChannelEvent,
): Promise<void> {
  if (event.kind === 'revoked') await revoke(deps, trx, channel, event.at);
  if (event.kind === 'other') await enqueueActivity(deps, trx, channel, event);
  if (event.kind !== 'message') return;
  if (event.direction === 'in') await receive(deps, trx, channel, event);
  else await recogniseEcho(deps, trx, channel, event);
}

/** A message of somebody else: stored, its answers granted, and the job that answers it. */
async function receive(
  deps: Deps,
  trx: Knex.Transaction,
  channel: Channel,
  event: MessageEvent,
): Promise<void> {
  const { conversation, message } = await place(deps, trx, channel, event);
  if (!(await insertMessage(trx, { ...message, direction: 'in', author: 'contact', state: 'received' })))
    return;
  const answers = afterInbound(limitsOf(channel, typeOf(deps.types, channel).limits), event.at);
  const now = deps.now();
  await conversations.noteInbound(trx, conversation.id, {
    at: event.at,
    answersLeft: answers.left,
    answersUntil: answers.until,
    now,
  });
  // Whether the bot is silent is asked when the job runs: what waited for this message goes in any case.
  if (!channel.isEnabled || conversation.state === 'closed') return;
  await enqueueJob(trx, {
    id: deps.newId(),
    kind: answerJob,
    payload: { messageId: message.id },
    runAt: now,
    now,
  });
}

/**
 * A message the account itself sent: known already, or one of ours whose sending is not settled, or by a person
 * from another client, who thereby takes over from the bot. No echo reaches a bot or opens a conversation again.
 */
async function recogniseEcho(
  deps: Deps,
  trx: Knex.Transaction,
  channel: Channel,
  event: MessageEvent,
): Promise<void> {
  if (await markEchoed(trx, channel.id, event.remoteId)) return;
  const now = deps.now();
  const unsettled = await listUnsettled(trx, channel.id, event.at);
  for (const ours of unsettled.filter((message) => isEchoOf(message, event))) {
    const told = { remoteId: event.remoteId, sentAt: event.at, isEchoed: true, errorCode: null, error: null };
    if (!(await moveMessage(trx, ours.id, ['sending', 'unknown'], 'sent', told))) continue;
    if (ours.conversationId !== null)
      await conversations.touchConversation(trx, ours.conversationId, { now });
    return;
  }
  // A post that answers nobody opens no conversation: the account is not its own contact.
  if (event.person.id === channel.remoteUserId) return;
  const { conversation, message } = await place(deps, trx, channel, event);
  const isStored = await insertMessage(trx, {
    ...message,
    direction: 'out',
    author: 'external',
    authorName: channel.remoteUserName ?? 'another client',
    state: 'sent',
    sentAt: event.at,
    isEchoed: true,
  });
  if (!isStored) return;
  await conversations.touchConversation(trx, conversation.id, { at: event.at, now });
  await conversations.pauseBot(trx, conversation.id, event.at + channel.settings.botPauseMs, now);
}

/** The permission is over: nothing is sent until the account is linked, or the keys are entered, anew. */
async function revoke(deps: Deps, trx: Knex.Transaction, channel: Channel, at: number): Promise<void> {
  const { title } = typeOf(deps.types, channel);
  const message = `The permission was revoked at ${title}. Link the account again, or enter new keys, then press Authorize.`;
  // Told late, of a permission that was given anew since: nothing is over.
  if (channel.accountId === null || !(await revokeAccount(trx, channel.accountId, at, message))) return;
  const now = deps.now();
  await moveChannel(trx, channel.id, 'any', 'needs_authorize', now);
  await noteOnChannel(trx, channel.id, { lastError: message, lastErrorAt: now });
  await parkQueued(trx, channel.id, message);
}

/** The conversation an event belongs to, found, opened again or begun; and the message as it will be stored. */
async function place(
  deps: Deps,
  trx: Knex.Transaction,
  channel: Channel,
  event: MessageEvent,
): Promise<{ conversation: Conversation; message: Omit<Message, 'direction' | 'author' | 'state'> }> {
  const contact = await keepContact(trx, event.person, {
    id: deps.newId(),
    type: channel.type,
    at: event.at,
  });
  const conversation = await findOrBegin(deps, trx, channel, contact.id, event);
  const message = {
    id: deps.newId(),
    channelId: channel.id,
    conversationId: conversation.id,
    contactId: contact.id,
    authorName: contact.name ?? contact.handle ?? contact.remoteId,
    text: event.text,
    outgoing: null,
    payload: event.payload,
    attachments: event.attachments,
    raw: event.raw,
    heldUntil: null,
    heldReason: null,
    errorCode: null,
    error: null,
    remoteId: event.remoteId,
    clientToken: inboundToken(channel.id, event.key),
    isCounted: false,
    isEchoed: false,
    tries: 0,
    at: event.at,
    sentAt: null,
    createdAt: deps.now(),
  };
  return { conversation, message };
}

async function findOrBegin(
  deps: Deps,
  trx: Knex.Transaction,
  channel: Channel,
  contactId: string,
  event: MessageEvent,
): Promise<Conversation> {
  const key = {
    channelId: channel.id,
    kind: event.conversation.kind,
    externalKey: await externalKeyOf(trx, channel, event),
  };
  const now = deps.now();
  const latest = await conversations.findLatestConversation(trx, key);
  const where = placeOf(latest, event, channel.settings.reopenMs);
  if (latest && where === 'append') return latest;
  if (latest && where === 'reopen' && (await conversations.reopenConversation(trx, latest, now))) {
    return { ...latest, state: 'open', closedAt: null };
  }
  const begun: Conversation = {
    ...key,
    id: deps.newId(),
    contactId,
    state: 'open',
    answersLeft: 0,
    answersUntil: null,
    botPausedUntil: null,
    lastInboundAt: null,
    lastMessageAt: event.at,
    closedAt: null,
    createdAt: now,
    updatedAt: now,
  };
  if (await conversations.insertConversation(trx, begun)) return begun;
  // Another process began or opened one just before; its key is unique, so there it is.
  const other = await conversations.findLatestConversation(trx, key);
  if (other) return other;
  throw new Error(`conversation ${key.externalKey} vanished`);
}

/** A public answer belongs where the message it answers stands, so that a thread stays one conversation. */
async function externalKeyOf(
  trx: Knex.Transaction,
  channel: Channel,
  { conversation: { kind, key } }: MessageEvent,
): Promise<string> {
  const answered = kind === 'mention' ? await findMessageByRemoteId(trx, channel.id, key) : undefined;
  const conversationId = answered?.conversationId ?? null;
  const known =
    conversationId === null ? undefined : await conversations.findConversation(trx, conversationId);
  return known?.externalKey ?? key;
}
