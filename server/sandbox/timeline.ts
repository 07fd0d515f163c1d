/** Every tweet of the sandbox, in memory, newest first when asked. Gets its clock from the caller. */
import type { User } from './consumer.ts';

export interface Tweet {
  /** Above 2^53, and odd steps apart, so that rounding makes two of them equal. */
  id: bigint;
  user: User;
  text: string;
  createdAt: number;
  replyTo?: Tweet;
  retweetOf?: Tweet;
}

/** Which part of a list is wanted: ids after `sinceId`, up to and with `maxId`. */
export interface Page {
  count: number;
  sinceId?: bigint;
  maxId?: bigint;
}

export type Timeline = ReturnType<typeof createTimeline>;

/** Begins with a few tweets, so that a search and the mentions find something. */
export function createTimeline(users: readonly User[], now: number) {
  const tweets: Tweet[] = [];
  let nextId = 1_990_000_000_000_000_201n;

  function post(user: User, text: string, createdAt: number, replyTo?: Tweet, retweetOf?: Tweet): Tweet {
    const tweet = {
      id: nextId,
      user,
      text,
      createdAt,
      ...(replyTo && { replyTo }),
      ...(retweetOf && { retweetOf }),
    };
    nextId += 2n;
    tweets.push(tweet);
    return tweet;
  }
  function take(page: Page, matches: (tweet: Tweet) => boolean): Tweet[] {
    const { count, sinceId = -1n, maxId } = page;
    const inside = (id: bigint) => id > sinceId && (maxId === undefined || id <= maxId);
    return tweets
      .filter((tweet) => inside(tweet.id) && matches(tweet))
      .reverse()
      .slice(0, count);
  }

  const [first, second = first] = users;
  if (first && second) {
    post(first, 'Our support desk is open. Ask away!', now - 3_600_000);
    post(second, `@${first.screenName} is the shop down?`, now - 1_800_000);
    post(second, `@${first.screenName} my order has not arrived, can you help?`, now - 600_000);
  }

  return {
    post,
    find: (id: string): Tweet | undefined => tweets.find((tweet) => String(tweet.id) === id),
    remove(tweet: Tweet): void {
      tweets.splice(tweets.indexOf(tweet), 1);
    },
    recent: (count: number): Tweet[] => take({ count }, () => true),
    mentions: (user: User, page: Page): Tweet[] => take(page, (tweet) => isMentioned(user, tweet)),
    by: (user: User, page: Page): Tweet[] => take(page, (tweet) => tweet.user === user),
    search: (query: string, page: Page): Tweet[] => take(page, (tweet) => matchesQuery(tweet, query)),
    /** The same person's same text among the last ten is a duplicate. */
    isDuplicate: (user: User, text: string): boolean =>
      take({ count: 10 }, (tweet) => tweet.user === user).some((tweet) => tweet.text === text),
  };
}

// What is only passed on mentions nobody anew.
function isMentioned(user: User, { text, retweetOf }: Tweet): boolean {
  return !retweetOf && mentionsIn(text).includes(user.screenName.toLowerCase());
}

/** Screen names that a text addresses, in lower case. */
export function mentionsIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w@])@(\w{1,15})/g)].map(([, name = '']) => name.toLowerCase());
}

// Every word has to occur; `from:` and `-is:retweet`-like operators are known as far as they can say something here.
function matchesQuery(tweet: Tweet, query: string): boolean {
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((word) => {
      if (word.startsWith('from:'))
        return tweet.user.screenName.toLowerCase() === word.slice(5).replace(/^@/, '');
      if (word === '-is:retweet' || word.startsWith('lang:')) return true;
      return tweet.text.toLowerCase().includes(word.replaceAll('"', ''));
    });
}
