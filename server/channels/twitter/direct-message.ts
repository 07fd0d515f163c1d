/** Direct messages of version 1.1, from webhooks and from the list alike. Pure. */
import type { ChannelEvent, RemotePerson } from '../channel.ts';
import { attachmentsOf } from './media.ts';
import type { People } from './person.ts';
import { idAt, listAt, member, textAt, timeAt } from './reading.ts';
import { plainText } from './text.ts';

/** The event in a direct message; undefined for what has no id or no time, or is no message of this account. */
export function readDirectMessage(
  event: unknown,
  self: RemotePerson,
  people: People,
): ChannelEvent | undefined {
  const id = idAt(event, 'id');
  const at = timeAt(event, 'created_timestamp');
  if (id === undefined || at === undefined) return undefined;
  const key = `dm:${id}`;
  const sender = idAt(event, 'message_create', 'sender_id');
  const recipient = idAt(event, 'message_create', 'target', 'recipient_id');
  const isOurs = sender === self.id || recipient === self.id;
  if (
    textAt(event, 'type') !== 'message_create' ||
    sender === undefined ||
    recipient === undefined ||
    !isOurs
  ) {
    return { kind: 'other', key, type: 'direct message', at };
  }
  const direction = sender === self.id ? 'out' : 'in';
  const peer = direction === 'out' ? recipient : sender;
  const data = member(event, 'message_create', 'message_data');
  const media = member(data, 'attachment', 'media');
  const medias = media === undefined ? [] : [media];
  return {
    kind: 'message',
    key,
    remoteId: id,
    at,
    direction,
    conversation: { kind: 'direct', key: peer },
    person: people(peer),
    text: plainText(textAt(data, 'text') ?? '', listAt(data, 'entities', 'urls'), medias),
    payload: textAt(data, 'quick_reply_response', 'metadata') ?? null,
    sentByApp: idAt(event, 'message_create', 'source_app_id') ?? null,
    attachments: attachmentsOf(medias),
    raw: event,
  };
}
