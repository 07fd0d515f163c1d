/** Posting, with the rules that both versions of the API share. */
import type { User } from './consumer.ts';
import { Refusal } from './refusal.ts';
import type { Tweet } from './timeline.ts';
import { maxTweetLength, tweetLength } from './tweet-length.ts';
import type { World } from './world.ts';

export interface Post {
  user: User;
  text: string;
  replyTo: string | undefined;
  now: number;
  /** Put in front of the text without counting. */
  prefix?: string;
}

/** Posts a text as a person. Refuses an empty, too long or repeated one and an answer to a tweet that is not there. */
export function postTweet(world: World, { user, text, replyTo, now, prefix = '' }: Post): Tweet {
  const whole = prefix + text;
  if (text.trim() === '') throw new Refusal('missingStatus', 'status');
  if (tweetLength(text) > maxTweetLength) throw new Refusal('tooLong', 'length');
  if (world.timeline.isDuplicate(user, whole)) throw new Refusal('duplicate', 'duplicate');
  const parent = replyTo === undefined ? undefined : world.timeline.find(replyTo);
  if (replyTo !== undefined && !parent) throw new Refusal('noSuchTweet', 'in reply to');
  return world.timeline.post(user, whole, now, parent);
}
