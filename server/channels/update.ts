/** A received message as programs get it: the shape that Botmaster gave its updates. Pure. */
import type { Attachment, Channel, Contact, Message } from './records.ts';

/** What was received. Ids are text. */
export interface Update {
  /** The event as the remote service wrote it. */
  raw: unknown;
  sender: { id: string };
  recipient: { id: string };
  /** UTC milliseconds. */
  timestamp: number;
  message: {
    mid: string;
    seq: null;
    text?: string;
    attachments?: { type: Attachment['type']; payload: { url: string } }[];
    /** The button that was pressed. */
    quick_reply?: { payload: string };
  };
}

/** `payload`: of the button the message means, if it means one. */
export function toUpdate(
  message: Pick<Message, 'raw' | 'at' | 'remoteId' | 'text' | 'attachments'>,
  {
    contact,
    channel,
    payload,
  }: {
    contact: Pick<Contact, 'remoteId'>;
    channel: Pick<Channel, 'remoteUserId'>;
    payload: string | null;
  },
): Update {
  const attachments = message.attachments.map(({ type, url }) => ({ type, payload: { url } }));
  return {
    raw: message.raw,
    sender: { id: contact.remoteId },
    recipient: { id: channel.remoteUserId ?? '' },
    timestamp: message.at,
    message: {
      mid: message.remoteId ?? '',
      seq: null,
      ...(message.text !== '' && { text: message.text }),
      ...(attachments.length > 0 && { attachments }),
      ...(payload !== null && { quick_reply: { payload } }),
    },
  };
}
