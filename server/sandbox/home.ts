/** Home page, style sheet, and the control calls that only this machine may make. */
import { Router } from '@koa/router';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import { type FaultName, type FaultSwitch, isFaultName, isFaultSwitch } from './faults.ts';
import { readJsonBody } from './json-body.ts';
import { isLoopback } from './origin.ts';
import { Refusal } from './refusal.ts';
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

  router.get('/_sandbox/journal', (ctx) => {
    refuseStrangers(world, ctx);
    answerJson(ctx, { entries: world.journal.entries().map((entry) => ({ ...entry })) });
  });

  router.get('/_sandbox/faults', (ctx) => {
    refuseStrangers(world, ctx);
    answerJson(ctx, { faults: faultList(world) });
  });

  router.post('/_sandbox/faults', (ctx) => {
    refuseStrangers(world, ctx);
    for (const [name, to] of readSwitches(ctx)) world.faults.set(name, to);
    answerJson(ctx, { faults: faultList(world) });
  });

  return router;
}

function faultList(world: World) {
  return Object.fromEntries(
    Object.entries(world.faults.list()).map(([name, setting]) => [name, { ...setting }]),
  );
}

// From this machine and under the sandbox's own name: what reaches it as a public origin may be a bot's request.
function refuseStrangers(world: World, ctx: SandboxContext): void {
  const isOwnHost = ctx.state.exchange.wire.host === new URL(world.ownOrigin).host;
  if (!isLoopback(ctx.req.socket.remoteAddress) || !isOwnHost) throw new Refusal('noSuchPage', 'page');
}

/** Body `{name: switch}`; JSON only, which no form of another site can send. All of them fit, or none is set. */
function readSwitches(ctx: SandboxContext): [FaultName, FaultSwitch][] {
  return Object.entries(readJsonBody(ctx.state.exchange.wire)).map(([name, to]) => {
    if (!isFaultName(name) || !isFaultSwitch(name, to)) throw new Refusal('badRequest', `fault ${name}`);
    return [name, to];
  });
}
