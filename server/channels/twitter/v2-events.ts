/** Direct messages and posts as version 2 lists them. Ids are text there; media stand apart, by key. Pure. */
import type { ChannelEvent, RemotePerson } from '../channel.ts';
import { type Attachment, attachmentsOf } from './media.ts';
import { type People, peopleInList } from './person.ts';
import { timeOfId } from './post.ts';
import { idAt, listAt, textAt, timeAt } from './reading.ts';
import { plainText, withoutLeadingHandles } from './text.ts';

/** Every event of a list of direct messages. Of a conversation of more than two people nothing is a message. */
export function readDirectMessageList(body: unknown, self: RemotePerson): ChannelEvent[] {
  const people = peopleInList(body);
  const media = mediaByKey(body);
  return listAt(body, 'data').flatMap((event) => readDirectMessage(event, self, people, media) ?? []);
}

/** Every event of a list of posts that address the account, or are its own. */
export function readPostList(body: unknown, self: RemotePerson): ChannelEvent[] {
  const people = peopleInList(body);
  const media = mediaByKey(body);
  return listAt(body, 'data').flatMap((post) => readPost(post, self, people, media) ?? []);
}

type MediaByKey = ReadonlyMap<string | undefined, unknown>;

function readDirectMessage(
  event: unknown,
  self: RemotePerson,
  people: People,
  media: MediaByKey,
): ChannelEvent | undefined {
  const id = idAt(event, 'id');
  const sender = idAt(event, 'sender_id');
  const at = timeAt(event, 'created_at');
  if (id === undefined || at === undefined) return undefined;
  // Two people's conversation is named after both, the smaller id first: "3001-4002".
  const pair = idAt(event, 'dm_conversation_id')?.split('-') ?? [];
  const peer = pair.length === 2 && pair.includes(self.id) ? pair.find((one) => one !== self.id) : undefined;
  const key = `dm:${id}`;
  if (textAt(event, 'event_type') !== 'MessageCreate' || sender === undefined || peer === undefined) {
    return { kind: 'other', key, type: 'direct message', at };
  }
  return {
    kind: 'message',
    key,
    remoteId: id,
    at,
    direction: sender === self.id ? 'out' : 'in',
    conversation: { kind: 'direct', key: peer },
    person: people(peer),
    text: textOf(event),
    payload: null,
    sentByApp: null,
    attachments: attachments(event, media),
    raw: event,
  };
}

function readPost(
  post: unknown,
  self: RemotePerson,
  people: People,
  media: MediaByKey,
): ChannelEvent | undefined {
  const id = idAt(post, 'id');
  const author = idAt(post, 'author_id');
  if (id === undefined || author === undefined) return undefined;
  const key = `tw:${id}`;
  const at = timeAt(post, 'created_at') ?? timeOfId(id);
  const references = listAt(post, 'referenced_tweets');
  if (references.some((one) => textAt(one, 'type') === 'retweeted')) {
    return { kind: 'other', key, type: 'retweet', at };
  }
  const answered = references
    .filter((one) => textAt(one, 'type') === 'replied_to')
    .map((one) => idAt(one, 'id'))[0];
  const direction = author === self.id ? 'out' : 'in';
  const peer = direction === 'in' ? author : (idAt(post, 'in_reply_to_user_id') ?? self.id);
  const text = textOf(post);
  return {
    kind: 'message',
    key,
    remoteId: id,
    at,
    direction,
    conversation: { kind: 'mention', key: answered ?? id },
    person: peer === self.id ? self : people(peer),
    text: direction === 'out' && answered !== undefined ? withoutLeadingHandles(text) : text,
    payload: null,
    sentByApp: null,
    attachments: attachments(post, media),
    raw: post,
  };
}

/** Here the link that stands for media is marked by the key of the media. */
function textOf(one: unknown): string {
  const links = listAt(one, 'entities', 'urls');
  const ofMedia = links.filter((link) => textAt(link, 'media_key') !== undefined);
  return plainText(textAt(one, 'note_tweet', 'text') ?? textAt(one, 'text') ?? '', links, ofMedia);
}

function mediaByKey(body: unknown): MediaByKey {
  return new Map(listAt(body, 'includes', 'media').map((one) => [textAt(one, 'media_key'), one]));
}

function attachments(one: unknown, media: MediaByKey): Attachment[] {
  const keys = listAt(one, 'attachments', 'media_keys');
  return attachmentsOf(keys.map((key) => (typeof key === 'string' ? media.get(key) : undefined)));
}
