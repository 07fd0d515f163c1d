/** Home page, style sheet and script. */
import { Router } from '@koa/router';
import { activityOf } from './activity-routes.ts';
import type { SandboxState } from './exchange.ts';
import type { Views } from './views.ts';
import type { World } from './world.ts';
import { levelOf } from './world.ts';

export function homeRoutes(world: World, views: Views): Router<SandboxState> {
  const router = new Router<SandboxState>();

  router.get('/', (ctx) => {
    views.answer(ctx, 'home', {
      title: 'Sandbox',
      origins: [world.ownOrigin, ...world.publicOrigins],
      users: world.users,
      apps: [...world.consumers.values()].map((consumer) => ({
        name: consumer.name,
        level: levelOf(consumer),
        callbacks: consumer.callbacks,
        environments: activityOf(consumer).environments,
        webhooks: world.webhooks.list(consumer).map(({ environment, url, isValid }) => ({
          environment,
          url,
          isValid,
        })),
      })),
      tweets: world.timeline.recent(20).map((tweet) => ({
        id: String(tweet.id),
        screenName: tweet.user.screenName,
        text: tweet.text,
        at: new Date(tweet.createdAt).toISOString(),
      })),
    });
  });

  router.get('/sandbox.css', (ctx) => {
    ctx.type = 'text/css; charset=utf-8';
    ctx.body = views.css;
  });

  router.get('/customer.js', (ctx) => {
    ctx.type = 'text/javascript; charset=utf-8';
    ctx.body = views.script;
  });

  return router;
}
