/** Version 2 of the API, as far as the packages call it. Ids are text. */
import { Router } from '@koa/router';
import { authenticateCall } from './authenticate.ts';
import type { User } from './consumer.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { tellAfterAnswer } from './deliver.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { tweetDeleted, tweetPosted } from './happenings.ts';
import { readJsonBody, readMembers } from './json-body.ts';
import { first, list, type Parameters, readPage } from './parameters.ts';
import { postTweet } from './post-tweet.ts';
import { Refusal } from './refusal.ts';
import { tweetV2, userV2 } from './shapes.ts';
import type { Page, Tweet } from './timeline.ts';
import type { WireRequest } from './wire-request.ts';
import { findUser, findUserById, type World } from './world.ts';

export function v2Routes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>({ prefix: '/2' });

  router.get('/users/me', (ctx) => {
    const { token, parameters } = authenticateCall(world, ctx);
    answerJson(ctx, { data: userV2(token.user, list(parameters, 'user.fields')) });
  });

  router.get('/users/by/username/:username', (ctx) => {
    const { parameters } = authenticateCall(world, ctx);
    const { username = '' } = ctx.params;
    answerUser(ctx, parameters, findUser(world, username), { parameter: 'username', value: username });
  });

  const timelines = { mentions: world.timeline.mentions, tweets: world.timeline.by };
  for (const [name, read] of Object.entries(timelines)) {
    router.get(`/users/:id/${name}`, (ctx) => {
      const { parameters } = authenticateCall(world, ctx);
      const user = findUserById(world, ctx.params.id);
      if (!user) throw new Refusal('noSuchUser', 'user');
      answerTweets(world, ctx, parameters, { least: 5, read: (page) => read(user, page) });
    });
  }

  router.get('/users/:id', (ctx) => {
    const { parameters } = authenticateCall(world, ctx);
    const { id = '' } = ctx.params;
    answerUser(ctx, parameters, findUserById(world, id), { parameter: 'id', value: id });
  });

  router.get('/tweets/search/recent', (ctx) => {
    const { parameters } = authenticateCall(world, ctx);
    const query = first(parameters, 'query');
    if (!query) throw new Refusal('missingParameters', 'query');
    answerTweets(world, ctx, parameters, { least: 10, read: (page) => world.timeline.search(query, page) });
  });

  router.get('/tweets/:id', (ctx) => {
    const { parameters } = authenticateCall(world, ctx);
    const { id = '' } = ctx.params;
    const tweet = world.timeline.find(id);
    if (tweet)
      return answerJson(ctx, { data: tweetV2(tweet, world.users, list(parameters, 'tweet.fields')) });
    answerNone(ctx, 'tweet', { parameter: 'id', value: id });
  });

  router.post('/tweets', async (ctx) => {
    const { token } = authenticateCall(world, ctx, 'read-write');
    const { now, wire } = ctx.state.exchange;
    const tweet = postTweet(world, { user: token.user, now, ...readPost(wire) });
    answerJson(ctx, { data: tweetV2(tweet, world.users, []) }, 201);
    await tellAfterAnswer(world, ctx, tweetPosted(tweet, world.users, world.relations, true));
  });

  router.delete('/tweets/:id', async (ctx) => {
    const { token } = authenticateCall(world, ctx, 'read-write');
    const tweet = world.timeline.find(ctx.params.id ?? '');
    if (tweet?.user !== token.user) throw new Refusal('noSuchTweet', 'tweet');
    world.timeline.remove(tweet);
    answerJson(ctx, { data: { deleted: true } });
    await tellAfterAnswer(world, ctx, tweetDeleted(tweet, world.users, ctx.state.exchange.now));
  });

  return router;
}

/** Body of a post: JSON with `text` and perhaps `reply.in_reply_to_tweet_id`; a member that is not known is refused. */
function readPost(wire: WireRequest): { text: string; replyTo: string | undefined } {
  const { text, reply, ...rest } = readJsonBody(wire);
  const { in_reply_to_tweet_id: replyTo, ...replyRest } = reply === undefined ? {} : readMembers(reply);
  const isKnown = Object.keys(rest).length === 0 && Object.keys(replyRest).length === 0;
  if (!isKnown || typeof text !== 'string' || (reply !== undefined && typeof replyTo !== 'string')) {
    throw new Refusal('badRequest', 'body');
  }
  return { text, replyTo: typeof replyTo === 'string' ? replyTo : undefined };
}

function pageOf(parameters: Parameters, least: number): Page {
  const names = { count: 'max_results', sinceId: 'since_id', maxId: 'until_id' };
  return readPage(parameters, names, { least, most: 100, default: 10 });
}

function answerTweets(
  world: World,
  ctx: SandboxContext,
  parameters: Parameters,
  { least, read }: { least: number; read: (page: Page) => readonly Tweet[] },
) {
  const page = pageOf(parameters, least);
  const before = readCursor(first(parameters, 'pagination_token'));
  // One more than asked for shows whether another page follows.
  const found = read({ ...page, count: page.count + 1, ...(before !== undefined && { maxId: before - 1n }) });
  const tweets = found.slice(0, page.count);
  const fields = list(parameters, 'tweet.fields');
  const meta = {
    newest_id: tweets.length ? String(tweets[0]?.id) : undefined,
    oldest_id: tweets.length ? String(tweets.at(-1)?.id) : undefined,
    result_count: tweets.length,
    next_token: found.length > tweets.length ? writeCursor(tweets.at(-1)?.id ?? 0n) : undefined,
  };
  if (tweets.length === 0) return answerJson(ctx, { meta });
  const isExpanded = list(parameters, 'expansions').includes('author_id');
  if (isExpanded) fields.push('author_id');
  const authors = [...new Set(tweets.map((tweet) => tweet.user))];
  const userFields = list(parameters, 'user.fields');
  answerJson(ctx, {
    data: tweets.map((tweet) => tweetV2(tweet, world.users, fields)),
    includes: isExpanded ? { users: authors.map((user) => userV2(user, userFields)) } : undefined,
    meta,
  });
}

function answerUser(
  ctx: SandboxContext,
  parameters: Parameters,
  user: User | undefined,
  asked: { parameter: string; value: string },
) {
  if (user) return answerJson(ctx, { data: userV2(user, list(parameters, 'user.fields')) });
  answerNone(ctx, 'user', asked);
}

// What is not there is an answer of 200 with errors, as in the real version 2.
function answerNone(ctx: SandboxContext, kind: string, asked: { parameter: string; value: string }) {
  const problem = {
    ...asked,
    detail: `Could not find ${kind} with ${asked.parameter}: [${asked.value}].`,
    title: 'Not Found Error',
    resource_type: kind,
    resource_id: asked.value,
    type: 'https://api.twitter.com/2/problems/resource-not-found',
  };
  answerJson(ctx, { errors: [problem] });
}
