/** Conversations as people work with them: list, thread, reply, close, reopen, and the bot's turn. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import type { Button, ChannelLimits } from './channel.ts';
import { listSeenChannels } from './channels.ts';
import { type Deps as OutboxDeps, outgoingIn, queueMessage } from './outbox.ts';
import { type Channel, type Contact, type Conversation, limitsOf, type Message } from './records.ts';
import { findChannel, findChannelName } from './store-channels.ts';
import { findContact, listContacts } from './store-contacts.ts';
import * as store from './store-conversations.ts';
import { findMessage, listCountedTimes, listMessages } from './store-messages.ts';
import { findLastMessage } from './store-outbox.ts';
import { typeOf } from './type-of.ts';

const dayMs = 86_400_000;

export interface Deps extends OutboxDeps {
  db: Knex;
  /** Has the jobs looked at now. */
  wake(): void;
}

export interface ConversationSummary {
  conversation: Conversation;
  contact: Contact | undefined;
  channelName: string;
}

/** A conversation with what a reply box needs. */
export interface ConversationView extends ConversationSummary {
  /** Undefined where the channel was deleted: nothing can be sent any more. */
  channel: Channel | undefined;
  allowance: Allowance | undefined;
}

/** What may still be sent, and where it ends. */
export interface Allowance {
  limits: ChannelLimits;
  replyPolicy: Channel['settings']['replyPolicy'];
  /** Answers left of those the last received message allows. */
  answersLeft: number;
  answersUntil: number | null;
  /** Messages left in the rolling day of the channel's account. */
  dayLeft: number;
}

/** Those the actor may see, spoken in last first: all, of a channel, in a state. */
export async function listConversations(
  deps: Pick<Deps, 'db'>,
  {
    actor,
    channelId,
    state,
    limit,
    after,
  }: {
    actor: Actor;
    channelId?: string | undefined;
    state?: Conversation['state'] | undefined;
    limit: number;
    after?: string | undefined;
  },
): Promise<ConversationSummary[]> {
  const { db } = deps;
  const channelIds = await seenChannelIds(db, actor, channelId);
  const last = after === undefined ? undefined : await store.findConversation(db, after);
  const conversations = await store.listConversations(
    db,
    { ...(channelIds && { channelIds }), ...(state !== undefined && { state }) },
    { limit, ...(last && { after: last }) },
  );
  const contacts = await listContacts(
    db,
    conversations.map((conversation) => conversation.contactId),
  );
  return Promise.all(
    conversations.map(async (conversation) => ({
      conversation,
      contact: contacts.find((contact) => contact.id === conversation.contactId),
      channelName: (await findChannelName(db, conversation.channelId)) ?? '',
    })),
  );
}

/** Throws `not_found`, also for what the actor may not see. */
export async function getConversation(
  deps: Deps,
  { actor, id }: { actor: Actor; id: string },
): Promise<ConversationView> {
  const { db } = deps;
  const conversation = await store.findConversation(db, id);
  const channelIds = conversation && (await seenChannelIds(db, actor, conversation.channelId));
  if (!conversation || channelIds?.includes(conversation.channelId) === false) {
    throw new HubError('not_found', 'There is no such conversation, or you may not see it.');
  }
  const channel = await findChannel(db, conversation.channelId);
  return {
    conversation,
    contact: await findContact(db, conversation.contactId),
    channelName: (await findChannelName(db, conversation.channelId)) ?? '',
    channel,
    allowance: channel && (await allowanceOf(deps, channel, conversation)),
  };
}

/** Messages of a conversation, newest first, behind the one with the id `after`. */
export async function listThread(
  deps: Deps,
  { actor, id, limit, after }: { actor: Actor; id: string; limit: number; after?: string | undefined },
): Promise<Message[]> {
  await getConversation(deps, { actor, id });
  const last = after === undefined ? undefined : await findMessage(deps.db, after);
  return listMessages(deps.db, id, { limit, ...(last && { after: last }) });
}

/**
 * A person answers: the message is queued and the bot is silent for a time. A closed conversation is opened again.
 * Throws `request_refused` with the limit that is exceeded, `conflict` where nothing can be sent any more.
 */
export async function replyAsWorker(
  deps: Deps,
  {
    actor,
    id,
    text,
    buttons = [],
    clientToken,
  }: {
    actor: Actor;
    id: string;
    text: string;
    buttons?: readonly Button[];
    /** The same for repetitions of the same reply. */
    clientToken?: string;
  },
): Promise<Message> {
  const { conversation, contact, channel } = await getConversation(deps, { actor, id });
  if (!channel || !contact) {
    throw new HubError(
      'conflict',
      'The channel of this conversation was deleted: nothing can be sent on it.',
    );
  }
  const answered = await findLastMessage(deps.db, id, { direction: 'in' });
  const place = { to: contact.remoteId, inReplyTo: answered?.remoteId ?? null };
  const outgoing = outgoingIn(conversation, { text, buttons }, place);
  const now = deps.now();
  const message = await inTransaction(deps.db, async (trx) => {
    if (conversation.state === 'closed') await openAgain(trx, conversation, now);
    await store.pauseBot(trx, id, now + channel.settings.botPauseMs, now);
    return queueMessage(deps, trx, {
      channel,
      conversation,
      outgoing,
      author: 'agent',
      authorName: actor.name,
      clientToken: clientToken ?? `agent:${deps.newId()}`,
    });
  });
  deps.wake();
  return message;
}

/** Done with: what is written next opens it again, or begins a new one once some time has passed. */
export async function closeConversation(
  deps: Deps,
  { actor, id }: { actor: Actor; id: string },
): Promise<void> {
  await getConversation(deps, { actor, id });
  await store.closeConversation(deps.db, id, deps.now());
}

/** Throws `conflict` while another conversation with the same person is open. */
export async function reopenConversation(
  deps: Deps,
  { actor, id }: { actor: Actor; id: string },
): Promise<void> {
  const { conversation } = await getConversation(deps, { actor, id });
  if (conversation.state === 'closed') await openAgain(deps.db, conversation, deps.now());
}

/** Lets the bot answer again after a person did. */
export async function resumeBot(deps: Deps, { actor, id }: { actor: Actor; id: string }): Promise<void> {
  await getConversation(deps, { actor, id });
  await store.resumeBot(deps.db, id, deps.now());
}

async function openAgain(db: Knex, conversation: Conversation, now: number): Promise<void> {
  if (await store.reopenConversation(db, conversation, now)) return;
  const other = await store.findLatestConversation(db, conversation);
  if (other?.id === conversation.id) return;
  throw new HubError('conflict', 'A newer conversation with the same person is open. Answer there.');
}

async function allowanceOf(deps: Deps, channel: Channel, conversation: Conversation): Promise<Allowance> {
  const limits = limitsOf(channel, typeOf(deps.types, channel).limits);
  const now = deps.now();
  const counted = channel.accountId ? await listCountedTimes(deps.db, channel.accountId, now - dayMs) : [];
  return {
    limits,
    replyPolicy: channel.settings.replyPolicy,
    answersLeft: conversation.answersLeft,
    answersUntil: conversation.answersUntil,
    dayLeft: Math.max(0, limits.messagesPerDay - counted.length),
  };
}

/** Channels whose conversations an actor sees; undefined: everybody's, those of deleted channels included. */
async function seenChannelIds(
  db: Knex,
  actor: Actor,
  channelId: string | undefined,
): Promise<readonly string[] | undefined> {
  if (isAdmin(actor)) return channelId === undefined ? undefined : [channelId];
  const seen = (await listSeenChannels(db, actor)).map((channel) => channel.id);
  return channelId === undefined ? seen : seen.filter((id) => id === channelId);
}
