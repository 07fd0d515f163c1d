/** Tweets and users as the two versions of the API show them. Pure. */
import type { User } from './consumer.ts';
import type { Tweet } from './timeline.ts';
import type { WireJson } from './wire-json.ts';
import { wireText, wireTextV2 } from './wire-text.ts';

/** Version 1.1: `id` as bare digits, `id_str` beside it. */
export function userV1(user: User): { readonly [name: string]: WireJson } {
  return {
    id: BigInt(user.id),
    id_str: user.id,
    name: user.name,
    screen_name: user.screenName,
    description: user.description ?? '',
    location: '',
    protected: false,
    verified: false,
    followers_count: 2,
    friends_count: 2,
    created_at: dateV1(joinedAt),
  };
}

/** Version 1.1. `users` are those that a mention can mean. */
export function tweetV1(tweet: Tweet, users: readonly User[]): { readonly [name: string]: WireJson } {
  const { replyTo, retweetOf } = tweet;
  const { text, entities } = wireText(tweet.text, users, true);
  return {
    created_at: dateV1(tweet.createdAt),
    id: tweet.id,
    id_str: String(tweet.id),
    text,
    truncated: false,
    source: '<a href="https://example.org" rel="nofollow">Sandbox</a>',
    in_reply_to_status_id: replyTo?.id ?? null,
    in_reply_to_status_id_str: replyTo ? String(replyTo.id) : null,
    in_reply_to_user_id: replyTo ? BigInt(replyTo.user.id) : null,
    in_reply_to_user_id_str: replyTo?.user.id ?? null,
    in_reply_to_screen_name: replyTo?.user.screenName ?? null,
    user: userV1(tweet.user),
    entities,
    is_quote_status: false,
    retweet_count: 0,
    favorite_count: 0,
    favorited: false,
    retweeted: false,
    lang: 'en',
    ...(retweetOf && { retweeted_status: tweetV1(retweetOf, users) }),
  };
}

/** The same with `tweet_mode=extended`: the whole text under another name. */
export function extendedTweetV1(tweet: Tweet, users: readonly User[]): { readonly [name: string]: WireJson } {
  const { text, ...others } = tweetV1(tweet, users);
  const length = typeof text === 'string' ? [...text].length : 0;
  return { ...others, full_text: text ?? '', display_text_range: [0, length] };
}

/** Version 2: ids are text; more than the least only when `user.fields` asks for it. */
export function userV2(user: User, fields: readonly string[]): { readonly [name: string]: WireJson } {
  const more: Record<string, WireJson> = {
    created_at: new Date(joinedAt).toISOString(),
    description: user.description ?? '',
    protected: false,
    verified: false,
    public_metrics: { followers_count: 2, following_count: 2, tweet_count: 0, listed_count: 0 },
  };
  return { id: user.id, name: user.name, username: user.screenName, ...pick(more, fields) };
}

/** Version 2; more than the least only when `tweet.fields` asks for it. */
export function tweetV2(
  tweet: Tweet,
  users: readonly User[],
  fields: readonly string[],
): { readonly [name: string]: WireJson } {
  const id = String(tweet.id);
  const { text, entities } = wireTextV2(tweet.text, users);
  const more: Record<string, WireJson> = {
    author_id: tweet.user.id,
    created_at: new Date(tweet.createdAt).toISOString(),
    conversation_id: String(rootOf(tweet).id),
    entities,
    lang: 'en',
    source: 'Sandbox',
    public_metrics: { retweet_count: 0, reply_count: 0, like_count: 0, quote_count: 0 },
  };
  if (tweet.replyTo) {
    more.in_reply_to_user_id = tweet.replyTo.user.id;
    more.referenced_tweets = [{ type: 'replied_to', id: String(tweet.replyTo.id) }];
  }
  return { id, text, edit_history_tweet_ids: [id], ...pick(more, fields) };
}

const joinedAt = Date.UTC(2015, 0, 1);

function rootOf(tweet: Tweet): Tweet {
  return tweet.replyTo ? rootOf(tweet.replyTo) : tweet;
}

function pick(from: Record<string, WireJson>, names: readonly string[]): Record<string, WireJson> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)));
}

/** As in "Thu Jan 01 00:00:00 +0000 2026". */
export function dateV1(at: number): string {
  const [day, date, month, year, time] = new Date(at).toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${date} ${time} +0000 ${year}`;
}
