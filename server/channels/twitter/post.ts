/** Posts (tweets) of version 1.1, from webhooks and from timelines alike. Pure. */
import type { ChannelEvent, RemotePerson } from '../channel.ts';
import { attachmentsOf } from './media.ts';
import { personOf } from './person.ts';
import { idAt, listAt, member, textAt, timeAt } from './reading.ts';
import { plainText, withoutLeadingHandles } from './text.ts';

/**
 * The event in a post; undefined for what has no id or author. A conversation is named after the post that is
 * answered, else after the post itself. Retweets, and posts that do not address the account, are no messages.
 * Of the account's own posts the other person is the one answered, or the account itself where nobody is.
 */
export function readPost(post: unknown, self: RemotePerson): ChannelEvent | undefined {
  const id = idAt(post, 'id_str');
  const author = idAt(post, 'user', 'id_str');
  if (id === undefined || author === undefined) return undefined;
  const key = `tw:${id}`;
  const at = timeAt(post, 'timestamp_ms') ?? timeAt(post, 'created_at') ?? timeOfId(id);
  if (isObject(member(post, 'retweeted_status'))) return { kind: 'other', key, type: 'retweet', at };
  const direction = author === self.id ? 'out' : 'in';
  if (direction === 'in' && !addresses(post, self)) return { kind: 'other', key, type: 'post', at };
  const whole = member(post, 'extended_tweet') ?? post;
  const media = mediaOf(whole, post);
  const written = textAt(whole, 'full_text') ?? textAt(post, 'full_text') ?? textAt(post, 'text') ?? '';
  const text = plainText(written, listAt(whole, 'entities', 'urls'), media);
  const answered = idAt(post, 'in_reply_to_status_id_str');
  return {
    kind: 'message',
    key,
    remoteId: id,
    at,
    direction,
    conversation: { kind: 'mention', key: answered ?? id },
    person: direction === 'in' ? personOf(member(post, 'user'), author) : (answeredPerson(post) ?? self),
    text: direction === 'out' && answered !== undefined ? withoutLeadingHandles(text) : text,
    payload: null,
    sentByApp: null,
    attachments: attachmentsOf(media),
    raw: post,
  };
}

/** Time in the id itself: its upper bits are milliseconds since the service's own epoch. */
export function timeOfId(id: string): number {
  return /^\d{1,19}$/.test(id) ? Number((BigInt(id) >> 22n) + 1_288_834_974_657n) : 0;
}

function addresses(post: unknown, self: RemotePerson): boolean {
  const mentions = [
    ...listAt(post, 'entities', 'user_mentions'),
    ...listAt(post, 'extended_tweet', 'entities', 'user_mentions'),
  ];
  return (
    idAt(post, 'in_reply_to_user_id_str') === self.id ||
    mentions.some((mention) => idAt(mention, 'id_str') === self.id)
  );
}

function answeredPerson(post: unknown): RemotePerson | undefined {
  const id = idAt(post, 'in_reply_to_user_id_str');
  if (id === undefined) return undefined;
  return { id, name: null, handle: textAt(post, 'in_reply_to_screen_name') ?? null, imageUrl: null };
}

/** All media stand in `extended_entities`; `entities` holds the first one only. */
function mediaOf(whole: unknown, post: unknown): readonly unknown[] {
  const lists = [
    listAt(whole, 'extended_entities', 'media'),
    listAt(post, 'extended_entities', 'media'),
    listAt(whole, 'entities', 'media'),
  ];
  return lists.find((list) => list.length > 0) ?? [];
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
