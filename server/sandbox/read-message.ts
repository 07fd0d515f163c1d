/** Reads the body of a new direct message and refuses what breaks a limit. Pure. */
import { readMembers } from './json-body.ts';
import type { CallToAction, QuickReplyOption } from './messages.ts';
import { Refusal } from './refusal.ts';

/** What a body asks to be sent. */
export interface MessageRequest {
  recipientId: string;
  text: string;
  options?: QuickReplyOption[];
  ctas?: CallToAction[];
}

const limits = { text: 10_000, options: 20, label: 36, description: 72, metadata: 1000, ctas: 3 };

/** Version 1.1: `{event: {type, message_create: {target, message_data}}}`. */
export function readEventBody(body: Record<string, unknown>): MessageRequest {
  const { type, message_create: create } = readMembers(body.event);
  if (type !== 'message_create') throw new Refusal('badRequest', 'event type');
  const { target, message_data: data } = readMembers(create);
  const { recipient_id: recipientId } = readMembers(target);
  if (typeof recipientId !== 'string') throw new Refusal('badRequest', 'recipient');
  const { text, quick_reply: quickReply, ctas, attachment } = readMembers(data);
  if (attachment !== undefined) throw new Refusal('badMedia', 'attachment');
  return {
    recipientId,
    text: readText(text),
    ...(quickReply !== undefined && { options: readOptions(quickReply) }),
    ...(ctas !== undefined && { ctas: readCtas(ctas) }),
  };
}

/** Version 2: `{text}`; the schema is closed, so that buttons are refused. */
export function readMessageBody(body: Record<string, unknown>): { text: string } {
  const { text, attachments, ...rest } = body;
  if (Object.keys(rest).length > 0) throw new Refusal('badRequest', 'body');
  if (attachments !== undefined) throw new Refusal('badMedia', 'attachments');
  return { text: readText(text) };
}

function readText(text: unknown): string {
  if (typeof text !== 'string' || text.trim() === '') throw new Refusal('badRequest', 'text');
  if (lengthOf(text) > limits.text) throw new Refusal('messageTooLong', 'length');
  return text;
}

function readOptions(quickReply: unknown): QuickReplyOption[] {
  const { type, options } = readMembers(quickReply);
  if (type !== 'options') throw new Refusal('badRequest', 'quick reply type');
  const read = readList(options, 1, limits.options, 'options').map((option) => {
    const { label, description, metadata, ...rest } = readMembers(option);
    if (Object.keys(rest).length > 0) throw new Refusal('badRequest', 'option');
    return {
      label: readLabel(label),
      ...(description !== undefined && {
        description: readShort(description, limits.description, 'description'),
      }),
      ...(metadata !== undefined && { metadata: readShort(metadata, limits.metadata, 'metadata') }),
    };
  });
  const described = read.filter(({ description }) => description !== undefined).length;
  if (described !== 0 && described !== read.length) throw new Refusal('badRequest', 'descriptions');
  return read;
}

function readCtas(ctas: unknown): CallToAction[] {
  return readList(ctas, 1, limits.ctas, 'ctas').map((cta) => {
    const { type, label, url } = readMembers(cta);
    const isWeb = type === 'web_url' && typeof url === 'string' && /^https?:\/\/[^\s]+$/.test(url);
    if (!isWeb) throw new Refusal('badRequest', 'cta');
    return { label: readLabel(label), url };
  });
}

function readLabel(label: unknown): string {
  const text = readShort(label, limits.label, 'label');
  if (text.trim() === '' || /https?:\/\//i.test(text)) throw new Refusal('badRequest', 'label');
  return text;
}

function readShort(value: unknown, most: number, name: string): string {
  if (typeof value !== 'string' || lengthOf(value) > most) throw new Refusal('badRequest', name);
  return value;
}

function readList(value: unknown, least: number, most: number, name: string): unknown[] {
  if (!Array.isArray(value) || value.length < least || value.length > most)
    throw new Refusal('badRequest', name);
  return value;
}

// Code points after NFC.
function lengthOf(text: string): number {
  return [...text.normalize('NFC')].length;
}
