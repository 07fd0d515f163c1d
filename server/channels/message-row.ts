/** How messages lie in the database. Pure. */
import { parseJson, writeJson } from '../json.ts';
import type { Outgoing } from './channel.ts';
import type { Attachment, Message, MessageAuthor, MessageState } from './records.ts';

export interface MessageRow {
  id: string;
  channel_id: string;
  conversation_id: string | null;
  contact_id: string | null;
  direction: string;
  author: string;
  author_name: string;
  text: string;
  outgoing: string | null;
  payload: string | null;
  attachments: string;
  raw: string | null;
  state: string;
  held_until: number | null;
  held_reason: string | null;
  error_code: string | null;
  error: string | null;
  remote_id: string | null;
  client_token: string;
  is_counted: number;
  is_echoed: number;
  tries: number;
  at: number;
  sent_at: number | null;
  created_at: number;
}

/** What may change of a message once it is stored, beside its state. */
export type MessageChanges = Partial<
  Pick<
    Message,
    | 'heldUntil'
    | 'heldReason'
    | 'errorCode'
    | 'error'
    | 'remoteId'
    | 'isCounted'
    | 'isEchoed'
    | 'tries'
    | 'sentAt'
  >
>;

export function toRow(message: Message): MessageRow {
  return {
    id: message.id,
    channel_id: message.channelId,
    conversation_id: message.conversationId,
    contact_id: message.contactId,
    direction: message.direction,
    author: message.author,
    author_name: message.authorName.slice(0, 255),
    text: message.text,
    outgoing: message.outgoing === null ? null : writeJson(message.outgoing),
    payload: message.payload,
    attachments: writeJson(message.attachments),
    raw: message.raw === null ? null : writeJson(message.raw),
    state: message.state,
    held_until: message.heldUntil,
    held_reason: message.heldReason,
    error_code: message.errorCode,
    error: message.error,
    remote_id: message.remoteId,
    client_token: message.clientToken,
    is_counted: message.isCounted ? 1 : 0,
    is_echoed: message.isEchoed ? 1 : 0,
    tries: message.tries,
    at: message.at,
    sent_at: message.sentAt,
    created_at: message.createdAt,
  };
}

/** The columns of what a change names. */
export function toColumns(changes: MessageChanges): Partial<MessageRow> {
  return {
    ...(changes.heldUntil !== undefined && { held_until: changes.heldUntil }),
    ...(changes.heldReason !== undefined && { held_reason: changes.heldReason }),
    ...(changes.errorCode !== undefined && { error_code: changes.errorCode }),
    ...(changes.error !== undefined && { error: changes.error }),
    ...(changes.remoteId !== undefined && { remote_id: changes.remoteId }),
    ...(changes.isCounted !== undefined && { is_counted: changes.isCounted ? 1 : 0 }),
    ...(changes.isEchoed !== undefined && { is_echoed: changes.isEchoed ? 1 : 0 }),
    ...(changes.tries !== undefined && { tries: changes.tries }),
    ...(changes.sentAt !== undefined && { sent_at: changes.sentAt }),
  };
}

export function fromRow(row: MessageRow): Message {
  return {
    id: row.id,
    channelId: row.channel_id,
    conversationId: row.conversation_id,
    contactId: row.contact_id,
    // The columns of closed words, and the texts of JSON, hold only what toRow wrote.
    direction: row.direction as Message['direction'],
    author: row.author as MessageAuthor,
    authorName: row.author_name,
    text: row.text,
    outgoing: row.outgoing === null ? null : (parseJson(row.outgoing) as Outgoing),
    payload: row.payload,
    attachments: parseJson(row.attachments) as Attachment[],
    raw: row.raw === null ? null : parseJson(row.raw),
    state: row.state as MessageState,
    heldUntil: timeOf(row.held_until),
    heldReason: row.held_reason,
    errorCode: row.error_code,
    error: row.error,
    remoteId: row.remote_id,
    clientToken: row.client_token,
    isCounted: row.is_counted === 1,
    isEchoed: row.is_echoed === 1,
    tries: row.tries,
    at: Number(row.at),
    sentAt: timeOf(row.sent_at),
    createdAt: Number(row.created_at),
  };
}

function timeOf(value: number | null): number | null {
  return value === null ? null : Number(value);
}
