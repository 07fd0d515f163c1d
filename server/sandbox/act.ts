/** Plays a person at the service itself: a customer who writes, presses a button, follows, takes back. */
import type { User } from './consumer.ts';
import { tell } from './deliver.ts';
import {
  type Happening,
  messageSent,
  messagesRead,
  permissionRevoked,
  relationChanged,
  tweetDeleted,
  tweetLiked,
  tweetPosted,
  typingStarted,
} from './happenings.ts';
import type { Message } from './messages.ts';
import { postTweet } from './post-tweet.ts';
import { Refusal } from './refusal.ts';
import type { Relation } from './relations.ts';
import { sendMessage } from './send-message.ts';
import type { Tweet } from './timeline.ts';
import { findUser, findUserById, type World } from './world.ts';

/** What somebody does. People by screen name or id, tweets by id, an app by its consumer key. */
export type Act =
  | { type: 'dm'; from: string; to: string; text: string }
  /** `label`: of an option that `to` offered since `from` wrote last. */
  | { type: 'tap_quick_reply'; from: string; to: string; label: string }
  | { type: 'typing' | 'read'; from: string; to: string }
  | { type: 'post'; from: string; text: string }
  | { type: 'reply'; from: string; tweet: string; text: string }
  | { type: 'retweet' | 'like' | 'delete'; from: string; tweet: string }
  | {
      type: 'follow' | 'unfollow' | 'block' | 'unblock' | 'mute' | 'unmute';
      from: string;
      to: string;
    }
  | { type: 'revoke'; from: string; app: string };

/** The members of each act besides `type`. */
export const actMembers: Readonly<Record<Act['type'], readonly string[]>> = {
  dm: ['from', 'to', 'text'],
  tap_quick_reply: ['from', 'to', 'label'],
  typing: ['from', 'to'],
  read: ['from', 'to'],
  post: ['from', 'text'],
  reply: ['from', 'tweet', 'text'],
  retweet: ['from', 'tweet'],
  like: ['from', 'tweet'],
  delete: ['from', 'tweet'],
  follow: ['from', 'to'],
  unfollow: ['from', 'to'],
  block: ['from', 'to'],
  unblock: ['from', 'to'],
  mute: ['from', 'to'],
  unmute: ['from', 'to'],
  revoke: ['from', 'app'],
};

/**
 * Does it and tells the webhooks; done once they were tried the first time. Answers the id of the message or tweet
 * that came of it. Throws a Refusal where the service would refuse.
 */
export async function perform(world: World, act: Act): Promise<{ id: string | null }> {
  const { id, happening } = plan(world, act, getUser(world, act.from));
  if (happening) await tell(world, happening);
  return { id: id === undefined ? null : String(id) };
}

interface Plan {
  id?: bigint;
  happening?: Happening;
}

function plan(world: World, act: Act, from: User): Plan {
  const now = world.now();
  const { users, timeline } = world;
  switch (act.type) {
    case 'dm':
      return sent(world, sendMessage(world, { from, to: getUser(world, act.to), text: act.text }, now));
    case 'tap_quick_reply':
      return sent(world, tap(world, from, getUser(world, act.to), act.label));
    case 'typing':
      return { happening: typingStarted(from, getUser(world, act.to), now) };
    case 'read':
      return read(world, from, getUser(world, act.to));
    case 'post':
      return posted(world, postTweet(world, { user: from, text: act.text, replyTo: undefined, now }));
    case 'reply':
      return posted(world, postTweet(world, { user: from, text: act.text, replyTo: act.tweet, now }));
    case 'retweet': {
      const original = getTweet(world, act.tweet);
      const text = `RT @${original.user.screenName}: ${original.text}`;
      return posted(world, timeline.post(from, text, now, undefined, original));
    }
    case 'like': {
      const id = Buffer.from(world.randomBytes(16)).toString('hex');
      return { happening: tweetLiked(getTweet(world, act.tweet), from, users, id, now) };
    }
    case 'delete': {
      const tweet = getTweet(world, act.tweet);
      if (tweet.user !== from) throw new Refusal('forbidden', 'author');
      timeline.remove(tweet);
      return { happening: tweetDeleted(tweet, users, now) };
    }
    case 'revoke':
      return revoke(world, from, act.app);
    default:
      return relate(world, act.type, from, getUser(world, act.to));
  }
}

function sent(world: World, message: Message): Plan {
  return { id: message.id, happening: messageSent(message, world.users) };
}

function posted(world: World, tweet: Tweet): Plan {
  return { id: tweet.id, happening: tweetPosted(tweet, world.users, world.relations, false) };
}

/** The options that a person can press now: the newest offered since they wrote last. */
export function offeredOptions(world: World, from: User, to: User) {
  const { messages } = world.messages.page(from, { count: 50, peer: to }, world.now());
  const answered = messages.findIndex((message) => message.from === from);
  const unanswered = answered < 0 ? messages : messages.slice(0, answered);
  return unanswered.find((message) => message.options)?.options ?? [];
}

function tap(world: World, from: User, to: User, label: string): Message {
  const option = offeredOptions(world, from, to).find((one) => one.label === label);
  if (!option) throw new Refusal('badRequest', 'option');
  const message = { from, to, text: option.label, tapped: option.metadata ?? '' };
  return sendMessage(world, message, world.now());
}

function read(world: World, from: User, to: User): Plan {
  const { messages } = world.messages.page(from, { count: 50, peer: to }, world.now());
  const last = messages.find((message) => message.from === to);
  return last ? { happening: messagesRead(from, to, last, world.now()) } : {};
}

function relate(world: World, type: string, from: User, to: User): Plan {
  const isOn = !type.startsWith('un');
  // Every act that is left is a relation or its undoing.
  const relation = (isOn ? type : type.slice(2)) as Relation;
  if (!world.relations.set(relation, from, to, isOn)) return {};
  return { happening: relationChanged(relation, { from, to, isOn }, world.now()) };
}

// The app loses tokens and subscriptions, and is told last.
function revoke(world: World, from: User, key: string): Plan {
  const consumer = world.consumers.get(key);
  if (!consumer) throw new Refusal('badRequest', 'app');
  world.tokens.revokeAll(consumer, from);
  const told = world.webhooks.list(consumer).filter((webhook) => world.webhooks.unsubscribe(webhook, from));
  return { happening: permissionRevoked(consumer, from, told, world.now()) };
}

function getUser(world: World, name: string): User {
  const user = findUser(world, name.replace(/^@/, '')) ?? findUserById(world, name);
  if (!user) throw new Refusal('noSuchUser', 'user');
  return user;
}

function getTweet(world: World, id: string): Tweet {
  const tweet = world.timeline.find(id);
  if (!tweet) throw new Refusal('noSuchTweet', 'tweet');
  return tweet;
}
