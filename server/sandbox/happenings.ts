/** Everything that webhooks can be told of: who hears of it, and in which words. Pure. */
import type { Consumer, User } from './consumer.ts';
import type { Envelope } from './delivery-log.ts';
import { appsOf, messageUser, messageV1 } from './message-shapes.ts';
import type { Message } from './messages.ts';
import type { Relation, Relations } from './relations.ts';
import { dateV1, tweetV1, userV1 } from './shapes.ts';
import { mentionsIn, type Tweet } from './timeline.ts';
import type { Webhook } from './webhooks.ts';
import { shortLink, wireText } from './wire-text.ts';

/** `envelope` without a person: what is said to the app itself. */
export interface Happening {
  audience: readonly User[];
  envelope(forUser: User | undefined): Envelope;
  /** Who did it by way of the API. */
  via?: User;
  /** Said to these webhooks of an app instead of an audience. */
  app?: { webhooks: readonly Webhook[] };
}

/** A direct message was sent. */
export function messageSent(message: Message, users: readonly User[]): Happening {
  return {
    audience: [message.from, message.to],
    envelope: (forUser) => ({
      for_user_id: forUser?.id,
      direct_message_events: [messageV1(message, users)],
      apps: appsOf([message]),
      users: usersOf(message.from, message.to),
    }),
    ...(message.via && { via: message.from }),
  };
}

/** A tweet was posted, be it an answer or one passed on. `isByApi`: by way of the API. */
export function tweetPosted(
  tweet: Tweet,
  users: readonly User[],
  relations: Relations,
  isByApi: boolean,
): Happening {
  return {
    audience: audienceOf(tweet, users),
    envelope: (forUser) => ({
      for_user_id: forUser?.id,
      user_has_blocked:
        forUser && forUser !== tweet.user ? relations.has('block', forUser, tweet.user) : undefined,
      tweet_create_events: [{ ...streamed(tweet, users), timestamp_ms: String(tweet.createdAt) }],
    }),
    ...(isByApi && { via: tweet.user }),
  };
}

export function tweetDeleted(tweet: Tweet, users: readonly User[], now: number): Happening {
  const status = { id: String(tweet.id), user_id: tweet.user.id };
  return toAll(audienceOf(tweet, users), { tweet_delete_events: [{ status, timestamp_ms: String(now) }] });
}

export function tweetLiked(
  tweet: Tweet,
  by: User,
  users: readonly User[],
  id: string,
  now: number,
): Happening {
  const event = {
    id,
    created_at: dateV1(now),
    timestamp_ms: now,
    favorited_status: tweetV1(tweet, users),
    user: userV1(by),
  };
  return toAll([by, tweet.user], { favorite_events: [event] });
}

/** Somebody follows, blocks or mutes somebody, or no longer; the undoing goes by the same list. */
export function relationChanged(
  relation: Relation,
  { from, to, isOn }: { from: User; to: User; isOn: boolean },
  now: number,
): Happening {
  const event = {
    type: isOn ? relation : `un${relation}`,
    created_timestamp: String(now),
    source: messageUser(from),
    target: messageUser(to),
  };
  // Nobody is told that they are blocked or muted.
  return toAll(relation === 'follow' ? [from, to] : [from], { [`${relation}_events`]: [event] });
}

export function typingStarted(from: User, to: User, now: number): Happening {
  const event = {
    created_timestamp: String(now),
    sender_id: from.id,
    target: { recipient_id: to.id },
  };
  return toAll([to], { direct_message_indicate_typing_events: [event], users: usersOf(from, to) });
}

export function messagesRead(from: User, to: User, last: Message, now: number): Happening {
  const event = {
    created_timestamp: String(now),
    sender_id: from.id,
    target: { recipient_id: to.id },
    last_read_event_id: String(last.id),
  };
  return toAll([to], { direct_message_mark_read_events: [event], users: usersOf(from, to) });
}

/** A person took an app's permission away. */
export function permissionRevoked(
  consumer: Consumer,
  user: User,
  webhooks: readonly Webhook[],
  now: number,
): Happening {
  const revoke = {
    date_time: new Date(now).toISOString().replace(/\.\d+Z$/, '+00:00'),
    target: { app_id: consumer.appId },
    source: { user_id: user.id },
  };
  return { audience: [], envelope: () => ({ user_event: { revoke } }), app: { webhooks } };
}

function toAll(people: readonly User[], events: Envelope): Happening {
  return {
    audience: [...new Set(people)],
    envelope: (forUser) => ({ for_user_id: forUser?.id, ...events }),
  };
}

// Author, who is answered or passed on, and who is mentioned.
function audienceOf(tweet: Tweet, users: readonly User[]): User[] {
  const names = tweet.retweetOf ? [] : mentionsIn(tweet.text);
  const mentioned = users.filter(({ screenName }) => names.includes(screenName.toLowerCase()));
  const others = [tweet.replyTo?.user, tweet.retweetOf?.user].filter((user) => user !== undefined);
  return [...new Set([tweet.user, ...others, ...mentioned])];
}

const shortTextLength = 140;

// A long text is cut, and the whole of it stands beside.
function streamed(tweet: Tweet, users: readonly User[]) {
  const whole = tweetV1(tweet, users);
  const { text, entities } = wireText(tweet.text, users, true);
  const characters = [...text];
  if (characters.length <= shortTextLength) return { ...whole, filter_level: 'low' };
  const link = shortLink(`https://x.example/i/web/status/${tweet.id}`);
  return {
    ...whole,
    filter_level: 'low',
    text: `${characters.slice(0, 110).join('')}… ${link}`,
    truncated: true,
    extended_tweet: { full_text: text, display_text_range: [0, characters.length], entities },
  };
}

function usersOf(...people: readonly User[]) {
  return Object.fromEntries(people.map((user) => [user.id, messageUser(user)]));
}
