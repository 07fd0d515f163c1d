/** Home page, style sheet and script. */
import { Router } from '@koa/router';
import { activityOf } from './activity-routes.ts';
import type { EndpointName } from './endpoint.ts';
import type { SandboxState } from './exchange.ts';
import { type Profile, playedTitle } from './profile.ts';
import type { Views } from './views.ts';
import type { World } from './world.ts';
import { levelOf } from './world.ts';

export function homeRoutes(world: World, views: Views): Router<SandboxState> {
  const router = new Router<SandboxState>();

  router.get('/', (ctx) => {
    views.answer(ctx, 'home', {
      title: 'Sandbox',
      service: playedTitle(world.profile) === null ? null : describe(world.profile),
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

/** The kind of service that is played, for a person who wonders why a call was refused. */
function describe(profile: Profile) {
  const legs = {
    three: 'A person lets the app in.',
    two: 'Calls are signed by the app alone.',
    one: 'Calls are signed by the app alone.',
    zero: 'Calls are signed with a token that was handed out.',
  };
  const facts: [string, string | null][] = [
    ['Signature', profile.signatureMethods.join(', ')],
    ['Parameters stand in', profile.transports.join(', ')],
    ['Realm', profile.realm],
    ['Body hash', profile.bodyHash?.algorithm ?? null],
    ['Verifier', profile.verifier === 'absent' ? 'none, as in OAuth 1.0' : null],
    ['User-Agent', profile.userAgent === 'required' ? 'wanted' : null],
    ...profile.endpoints.map(({ of, methods, target }): [string, string] => [
      endpointTitles[of],
      `${methods.join(' or ')} ${target}`,
    ]),
  ];
  return {
    title: profile.title,
    legs: profile.isPushed ? 'Its owner sends the keys to the app.' : legs[profile.legs],
    isPushed: profile.isPushed,
    facts: facts.flatMap(([name, value]) => (value === null ? [] : [{ name, value }])),
  };
}

const endpointTitles: Readonly<Record<EndpointName, string>> = {
  request: 'Request token',
  authorize: 'Consent',
  access: 'Access token',
  renew: 'Renewal',
  revoke: 'Revocation',
  identity: 'Who am I',
};
