/** A received message with what surrounds it, as behaviors and handlers see it. */
import type { Knex } from 'knex';
import type { JsonObject } from '../bots/json-value.ts';
import { matchAnswer } from './limits.ts';
import type { Channel, Contact, Conversation, Message } from './records.ts';
import { findChannel } from './store-channels.ts';
import { findContact } from './store-contacts.ts';
import { findConversation } from './store-conversations.ts';
import { findMessage } from './store-messages.ts';
import { findLastMessage } from './store-outbox.ts';

export interface Received {
  message: Message;
  conversation: Conversation;
  contact: Contact;
  channel: Channel;
  /** Of the button that was pressed, or that the text names where buttons were numbered. */
  payload: string | null;
}

/** Undefined where any part of it is gone. */
export async function findReceived(db: Knex, messageId: string): Promise<Received | undefined> {
  const message = await findMessage(db, messageId);
  const conversation = message?.conversationId
    ? await findConversation(db, message.conversationId)
    : undefined;
  if (message?.direction !== 'in' || !conversation) return undefined;
  const channel = await findChannel(db, message.channelId);
  const contact = await findContact(db, message.contactId ?? conversation.contactId);
  if (!channel || !contact) return undefined;
  return { message, conversation, contact, channel, payload: await payloadOf(db, message, conversation.id) };
}

/** Placeholders of the event, as `bots/event.ts` documents them. */
export function scopeOf({ message, conversation, contact, channel, payload }: Received): JsonObject {
  return {
    message_id: message.remoteId ?? '',
    message_text: message.text,
    message_payload: payload ?? '',
    message_at: Math.floor(message.at / 1000),
    conversation_id: conversation.id,
    conversation_kind: conversation.kind,
    channel_id: channel.id,
    channel_name: channel.name,
    sender_id: contact.remoteId,
    sender_name: contact.name ?? contact.handle ?? '',
    sender_handle: contact.handle ?? '',
  };
}

/** What the remote service tells of the button, else what the text means of the buttons that were shown last. */
async function payloadOf(db: Knex, message: Message, conversationId: string): Promise<string | null> {
  if (message.payload !== null) return message.payload;
  const shown = await findLastMessage(db, conversationId, { direction: 'out', until: message.at });
  return matchAnswer(message.text, shown?.outgoing?.buttons ?? []) ?? null;
}
