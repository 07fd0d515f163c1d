/** The outbox: a message is stored with the job that sends it, in the transaction of what caused it. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { enqueueJob } from '../jobs.ts';
import type { Button, ChannelType, Outgoing } from './channel.ts';
import { checkContent, withNumberedButtons } from './limits.ts';
import { type Channel, type Conversation, limitsOf, type Message } from './records.ts';
import { touchConversation } from './store-conversations.ts';
import { findMessageByToken, insertMessage } from './store-messages.ts';
import { type ChannelTypes, typeOf } from './type-of.ts';

export const sendJob = 'send message';

export interface Deps {
  types: ChannelTypes;
  now(): number;
  newId(): string;
}

export interface QueueInput {
  channel: Pick<Channel, 'id' | 'type' | 'name' | 'settings'>;
  /** Null for what answers nobody. */
  conversation: Pick<Conversation, 'id' | 'contactId'> | null;
  outgoing: Outgoing;
  author: 'agent' | 'bot';
  authorName: string;
  /** What was queued under it before is not queued again. */
  clientToken: string;
  /** When the job looks after it; later than now where the caller itself sends at once. */
  sendAt?: number;
}

/**
 * Stores a message to be sent, and its job. Under a known token it answers the message of then, and stores nothing.
 * Throws `request_refused` with the number that is exceeded; nothing is stored then.
 */
export async function queueMessage(deps: Deps, trx: Knex.Transaction, input: QueueInput): Promise<Message> {
  const { channel, conversation, outgoing, author, authorName, clientToken } = input;
  const before = await findMessageByToken(trx, clientToken);
  if (before) return before;
  refuseContent(typeOf(deps.types, channel), channel, outgoing);
  const now = deps.now();
  const message: Message = {
    id: deps.newId(),
    channelId: channel.id,
    conversationId: conversation?.id ?? null,
    contactId: conversation?.contactId ?? null,
    direction: 'out',
    author,
    authorName,
    text: outgoing.text,
    outgoing,
    payload: null,
    attachments: [],
    raw: null,
    state: 'queued',
    heldUntil: null,
    heldReason: null,
    errorCode: null,
    error: null,
    remoteId: null,
    clientToken,
    isCounted: false,
    isEchoed: false,
    tries: 0,
    at: now,
    sentAt: null,
    createdAt: now,
  };
  if (!(await insertMessage(trx, message))) {
    const other = await findMessageByToken(trx, clientToken);
    if (other) return other;
    throw new HubError('conflict', 'The message could not be stored. Try again.');
  }
  if (conversation) await touchConversation(trx, conversation.id, { at: now, now });
  await enqueueSending(deps, trx, message.id, input.sendAt ?? now);
  return message;
}

/** The job that sends a message which is queued. */
export function enqueueSending(
  deps: Pick<Deps, 'now' | 'newId'>,
  trx: Knex,
  messageId: string,
  runAt: number,
): Promise<void> {
  return enqueueJob(trx, { id: deps.newId(), kind: sendJob, payload: { messageId }, runAt, now: deps.now() });
}

/**
 * What to send in a conversation: a direct message, or a public answer to the post that was received, with its
 * buttons as numbered lines.
 */
export function outgoingIn(
  conversation: Pick<Conversation, 'kind'>,
  said: { text: string; buttons: readonly Button[] },
  { to, inReplyTo }: { to: string; inReplyTo: string | null },
): Outgoing {
  const { text, buttons } = said;
  if (conversation.kind === 'direct') return { kind: 'direct', to, text, buttons };
  const post = { kind: 'post', text: withNumberedButtons(text, buttons), inReplyTo } as const;
  return buttons.length === 0 ? post : { ...post, buttons };
}

function refuseContent(type: ChannelType, channel: Pick<Channel, 'settings'>, outgoing: Outgoing): void {
  const problem = checkContent(outgoing, limitsOf(channel, type.limits), type.measure);
  if (!problem) return;
  throw new HubError('request_refused', problem.message, { extra: { problem: problem.code } });
}
