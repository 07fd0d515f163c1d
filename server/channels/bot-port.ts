/** What bots say on channels: the port that `bots` asks for. */
import type { ChannelOutcome, ChannelRun, Channels, Said } from '../bots/channels.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { ChannelAnswer } from './channel.ts';
import { outgoingIn, type QueueInput, queueMessage } from './outbox.ts';
import type { Channel, Conversation, Message } from './records.ts';
import { type Deps as SendDeps, sendMessage } from './send.ts';
import { findChannel, listChannels } from './store-channels.ts';
import { findContact, keepContact } from './store-contacts.ts';
import { findConversation, findLatestConversation, insertConversation } from './store-conversations.ts';
import { findMessage, findMessageByRemoteId } from './store-messages.ts';

/** This process sends at once itself; the job is for the case that it dies before. */
const jobDelayMs = 15_000;

export type Deps = SendDeps;

export function channelsForBots(deps: Deps): Channels {
  const { db } = deps;
  return {
    async reply(run, said) {
      if (!run.origin) {
        return refused('no_message', 'There is no received message here that could be answered.');
      }
      const { conversationId, eventKey } = run.origin;
      const place = await placeOfReply(deps, conversationId, eventKey);
      return 'ok' in place ? place : speak(deps, run, outgoingTo(place, said));
    },
    async directMessage(run, { account, to, ...said }) {
      const channel = await channelOf(deps, run, account);
      if (!channel) return noChannel();
      const conversation = await conversationWith(deps, channel, to);
      const outgoing = { kind: 'direct', to, ...said } as const;
      return speak(deps, run, { channel, conversation, outgoing });
    },
    async post(run, { account, text, inReplyTo }) {
      const channel = await channelOf(deps, run, account);
      if (!channel) return noChannel();
      const answered =
        inReplyTo === null ? undefined : await findMessageByRemoteId(db, channel.id, inReplyTo);
      const conversation = answered?.conversationId && (await findConversation(db, answered.conversationId));
      return speak(deps, run, {
        channel,
        conversation: conversation || null,
        outgoing: { kind: 'post', text, inReplyTo },
      });
    },
  };
}

/** Where an answer goes: the conversation, and in public the post that is answered. */
export interface ReplyPlace {
  channel: Channel;
  conversation: Conversation;
  to: string;
  inReplyTo: string | null;
}

/** Of the message with this id. A refusal where the conversation or its channel is gone. */
export async function placeOfReply(
  { db }: Pick<Deps, 'db'>,
  conversationId: string,
  messageId: string,
): Promise<ReplyPlace | (ChannelOutcome & { ok: false })> {
  const conversation = await findConversation(db, conversationId);
  const channel = conversation && (await findChannel(db, conversation.channelId));
  const contact = conversation && (await findContact(db, conversation.contactId));
  const message = await findMessage(db, messageId);
  if (!conversation || !channel || !contact || !message) {
    return refused('no_conversation', 'The conversation, or its channel, is not there any more.');
  }
  return { channel, conversation, to: contact.remoteId, inReplyTo: message.remoteId };
}

type Speech = Pick<QueueInput, 'channel' | 'conversation' | 'outgoing'>;

export function outgoingTo({ channel, conversation, to, inReplyTo }: ReplyPlace, said: Said): Speech {
  return { channel, conversation, outgoing: outgoingIn(conversation, said, { to, inReplyTo }) };
}

/** Queues a message and sends it at once; answers how it stands then. Content refused here throws. */
export async function sayAndSend(
  deps: Deps,
  {
    speech,
    author = 'bot',
    authorName,
    token,
    onAnswer,
  }: {
    speech: Speech;
    author?: 'bot' | 'agent';
    authorName: string;
    token: string;
    onAnswer?: (answer: ChannelAnswer) => void;
  },
): Promise<Message> {
  const queued = await inTransaction(deps.db, (trx) =>
    queueMessage(deps, trx, {
      ...speech,
      author,
      authorName,
      clientToken: token,
      sendAt: deps.now() + jobDelayMs,
    }),
  );
  return (await sendMessage(deps, queued.id, onAnswer)) ?? queued;
}

async function speak(deps: Deps, run: ChannelRun, speech: Speech): Promise<ChannelOutcome> {
  try {
    const message = await sayAndSend(deps, { speech, authorName: run.bot.name, token: run.token });
    return outcomeOf(message);
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'request_refused') throw error;
    return refused(String(error.extra.problem ?? error.code), error.message);
  }
}

function outcomeOf(message: Message): ChannelOutcome {
  const { id: messageId, heldUntil, heldReason } = message;
  switch (message.state) {
    case 'failed':
      return refused(message.errorCode ?? 'failed', message.error ?? 'The message could not be sent.');
    case 'sent':
      return { ok: true, status: 'sent', messageId, text: 'Sent.' };
    case 'held': {
      const when = heldUntil === null ? '' : ` It goes at ${new Date(heldUntil).toISOString()}.`;
      return { ok: true, status: 'held', messageId, text: `Held: ${heldReason ?? ''}${when}` };
    }
    case 'unknown':
      return {
        ok: true,
        status: 'unknown',
        messageId,
        text: 'Sent, but no answer came: it may have arrived.',
      };
    default:
      return { ok: true, status: 'queued', messageId, text: 'Queued.' };
  }
}

/** The run's own bot's channel goes first, then one that is enabled. */
async function channelOf({ db }: Deps, run: ChannelRun, account: string): Promise<Channel | undefined> {
  const channels = await listChannels(db, { accountId: account });
  const rank = (channel: Channel) => (channel.botId === run.bot.id ? 2 : 0) + (channel.isEnabled ? 1 : 0);
  return channels.sort((a, b) => rank(b) - rank(a))[0];
}

/** The conversation with a person, begun if there is none. A closed one stays closed: nobody wrote in it. */
export async function conversationWith(deps: Deps, channel: Channel, to: string): Promise<Conversation> {
  const { db, newId } = deps;
  const key = { channelId: channel.id, kind: 'direct', externalKey: to } as const;
  const found = await findLatestConversation(db, key);
  if (found) return found;
  const now = deps.now();
  return inTransaction(db, async (trx) => {
    const person = { id: to, name: null, handle: null, imageUrl: null };
    const contact = await keepContact(trx, person, { id: newId(), type: channel.type, at: 0 });
    const conversation: Conversation = {
      id: newId(),
      ...key,
      contactId: contact.id,
      state: 'open',
      answersLeft: 0,
      answersUntil: null,
      botPausedUntil: null,
      lastInboundAt: null,
      lastMessageAt: now,
      closedAt: null,
      createdAt: now,
      updatedAt: now,
    };
    if (await insertConversation(trx, conversation)) return conversation;
    return (await findLatestConversation(trx, key)) ?? conversation;
  });
}

function noChannel(): ChannelOutcome {
  return refused('no_channel', 'No channel uses this account. Make a channel with it, on the page of a bot.');
}

function refused(code: string, message: string): ChannelOutcome & { ok: false } {
  return { ok: false, code, message };
}
