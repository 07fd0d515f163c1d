/** Version 1.1 of the API, as far as the packages call it. */
import { Router } from '@koa/router';
import { authenticateCall } from './authenticate.ts';
import { tellAfterAnswer } from './deliver.ts';
import { answerJson, type SandboxState } from './exchange.ts';
import { tweetDeleted, tweetPosted } from './happenings.ts';
import { first, type Parameters, readPage } from './parameters.ts';
import { type Post, postTweet } from './post-tweet.ts';
import { Refusal } from './refusal.ts';
import { extendedTweetV1, tweetV1, userV1 } from './shapes.ts';
import { mentionsIn } from './timeline.ts';
import { findUser, type World } from './world.ts';

export function v1Routes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>({ prefix: '/1.1' });

  router.get('/account/verify_credentials.json', (ctx) => {
    answerJson(ctx, userV1(authenticateCall(world, ctx).token.user));
  });

  router.get('/users/show.json', (ctx) => {
    const { parameters } = authenticateCall(world, ctx);
    const screenName = first(parameters, 'screen_name');
    const id = first(parameters, 'user_id');
    if (screenName === undefined && id === undefined) throw new Refusal('missingParameters', 'screen_name');
    const user =
      screenName === undefined ? world.users.find((one) => one.id === id) : findUser(world, screenName);
    if (!user) throw new Refusal('noSuchUser', 'user');
    answerJson(ctx, userV1(user));
  });

  router.get('/search/tweets.json', (ctx) => {
    const { parameters } = authenticateCall(world, ctx);
    const query = first(parameters, 'q');
    if (!query) throw new Refusal('missingParameters', 'q');
    const statuses = world.timeline.search(query, pageOf(parameters));
    answerJson(ctx, {
      statuses: statuses.map((tweet) => shapeOf(parameters)(tweet, world.users)),
      search_metadata: {
        query,
        count: statuses.length,
        max_id: statuses[0]?.id ?? 0,
        max_id_str: String(statuses[0]?.id ?? 0),
      },
    });
  });

  const timelines = { mentions_timeline: world.timeline.mentions, user_timeline: world.timeline.by };
  for (const [name, read] of Object.entries(timelines)) {
    router.get(`/statuses/${name}.json`, (ctx) => {
      const { parameters, token } = authenticateCall(world, ctx);
      const tweets = read(token.user, pageOf(parameters));
      answerJson(
        ctx,
        tweets.map((tweet) => shapeOf(parameters)(tweet, world.users)),
      );
    });
  }

  router.get('/statuses/show.json', (ctx) => {
    const { parameters } = authenticateCall(world, ctx);
    const tweet = world.timeline.find(first(parameters, 'id') ?? '');
    if (!tweet) throw new Refusal('noSuchTweet', 'tweet');
    answerJson(ctx, shapeOf(parameters)(tweet, world.users));
  });

  router.post('/statuses/update.json', async (ctx) => {
    const { parameters, token } = authenticateCall(world, ctx, 'read-write');
    const answering = answerTo(world, parameters);
    const tweet = postTweet(world, { user: token.user, now: ctx.state.exchange.now, ...answering });
    answerJson(ctx, tweetV1(tweet, world.users));
    await tellAfterAnswer(world, ctx, tweetPosted(tweet, world.users, world.relations, true));
  });

  router.post('/statuses/destroy/:id.json', async (ctx) => {
    const { token } = authenticateCall(world, ctx, 'read-write');
    const tweet = world.timeline.find(ctx.params.id ?? '');
    if (tweet?.user !== token.user) throw new Refusal('noSuchTweet', 'tweet');
    world.timeline.remove(tweet);
    answerJson(ctx, tweetV1(tweet, world.users));
    await tellAfterAnswer(world, ctx, tweetDeleted(tweet, world.users, ctx.state.exchange.now));
  });

  return router;
}

/** An answer has to name whom it answers, or ask for that to be done; else the tweet is none. */
function answerTo(world: World, parameters: Parameters): Pick<Post, 'text' | 'replyTo' | 'prefix'> {
  const text = first(parameters, 'status') ?? '';
  const replyTo = first(parameters, 'in_reply_to_status_id') || undefined;
  const author = replyTo === undefined ? undefined : world.timeline.find(replyTo)?.user.screenName;
  if (author === undefined || mentionsIn(text).includes(author.toLowerCase())) return { text, replyTo };
  const isAutomatic = first(parameters, 'auto_populate_reply_metadata') === 'true';
  return isAutomatic ? { text, replyTo, prefix: `@${author} ` } : { text, replyTo: undefined };
}

function shapeOf(parameters: Parameters): typeof tweetV1 {
  return first(parameters, 'tweet_mode') === 'extended' ? extendedTweetV1 : tweetV1;
}

function pageOf(parameters: Parameters) {
  const names = { count: 'count', sinceId: 'since_id', maxId: 'max_id' };
  return readPage(parameters, names, { least: 1, most: 200, default: 20 });
}
