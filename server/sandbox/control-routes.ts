/** The calls by which tests, the demo and a person at the keyboard steer the sandbox; for this machine alone. */
import { Router } from '@koa/router';
import { type Act, actMembers, perform } from './act.ts';
import { checkWebhook } from './challenge.ts';
import { flushHeld } from './deliver.ts';
import { showDelivery } from './delivery-log.ts';
import { answerJson, type SandboxContext, type SandboxState } from './exchange.ts';
import type { FaultName } from './fault-table.ts';
import { type FaultSwitch, isFaultName, isFaultSwitch } from './faults.ts';
import { readJsonBody } from './json-body.ts';
import { isLoopback } from './origin.ts';
import { Refusal } from './refusal.ts';
import { headerValues } from './wire-request.ts';
import type { World, WorldOptions } from './world.ts';

export function controlRoutes(world: World): Router<SandboxState> {
  const router = new Router<SandboxState>({ prefix: '/_sandbox' });
  router.use((ctx, next) => {
    refuseStrangers(world, ctx);
    return next();
  });

  router.get('/journal', (ctx) => {
    answerJson(ctx, {
      entries: world.journal.entries().map((entry) => ({ ...entry })),
      challenges: world.challenges.map((entry) => ({ ...entry })),
      deliveries: world.deliveries.all().map((delivery) => {
        const { attempts, ...shown } = showDelivery(delivery);
        return { ...shown, attempts: attempts.map((one) => ({ ...one })) };
      }),
    });
  });

  router.get('/faults', (ctx) => answerJson(ctx, { faults: faultList(world) }));

  router.post('/faults', (ctx) => {
    for (const [name, to] of readSwitches(ctx)) world.faults.set(name, to);
    answerJson(ctx, { faults: faultList(world) });
  });

  router.post('/act', async (ctx) => {
    answerJson(ctx, await perform(world, readAct(readJsonBody(ctx.state.exchange.wire))));
  });

  router.get('/clock', (ctx) => answerJson(ctx, { now: world.now(), pending: world.clock.pending() }));

  router.post('/clock', async (ctx) => {
    const { advance: ms } = readJsonBody(ctx.state.exchange.wire);
    if (typeof ms !== 'number' || !(ms >= 0)) throw new Refusal('badRequest', 'advance');
    await advance(world, ms);
    answerJson(ctx, { now: world.now(), pending: world.clock.pending() });
  });

  router.post('/limits', (ctx) => {
    const { rateLimit, messagesPerDay, appMessagesPerDay } = readJsonBody(ctx.state.exchange.wire);
    const limits = { rateLimit, messagesPerDay, appMessagesPerDay };
    const given = Object.entries(limits).filter(([, value]) => value !== undefined);
    if (!given.every(([, value]) => Number.isInteger(value) && Number(value) >= 0))
      throw new Refusal('badRequest', 'limits');
    setLimits(world, Object.fromEntries(given));
    ctx.status = 204;
  });

  router.post('/crc/:id', async (ctx) => {
    const webhook = world.webhooks.byId(ctx.params.id ?? '');
    if (!webhook) throw new Refusal('noSuchPage', 'webhook');
    const outcome = await checkWebhook(world, webhook);
    answerJson(ctx, {
      ok: outcome.ok,
      problem: outcome.ok ? null : outcome.refusal,
      valid: webhook.isValid,
    });
  });

  return router;
}

/** Moves the clock; what is still gathered for a batch or another order goes out too. */
export async function advance(world: World, ms: number): Promise<void> {
  await world.clock.advance(ms);
  await flushHeld(world);
}

/** Changes the limits that are named. */
export function setLimits(
  world: World,
  limits: Pick<WorldOptions, 'rateLimit' | 'messagesPerDay' | 'appMessagesPerDay'>,
): void {
  if (limits.rateLimit !== undefined) world.rateLimits.setLimit(limits.rateLimit);
  if (limits.messagesPerDay !== undefined) world.messageLimits.user.setLimit(limits.messagesPerDay);
  if (limits.appMessagesPerDay !== undefined) world.messageLimits.app.setLimit(limits.appMessagesPerDay);
}

/** From this machine and under the sandbox's own name: what reaches it as a public origin may be a bot's request. */
export function refuseStrangers(world: World, ctx: SandboxContext): void {
  const isOwnHost = ctx.state.exchange.wire.host === new URL(world.ownOrigin).host;
  if (!isLoopback(ctx.req.socket.remoteAddress) || !isOwnHost) throw new Refusal('noSuchPage', 'page');
}

/** A page of another site can send a form too; its browser says where it comes from. */
export function refuseForeignForms(world: World, ctx: SandboxContext): void {
  const [origin = world.ownOrigin] = headerValues(ctx.state.exchange.wire, 'origin');
  if (origin !== world.ownOrigin) throw new Refusal('forbidden', 'origin');
}

function faultList(world: World) {
  return Object.fromEntries(
    Object.entries(world.faults.list()).map(([name, setting]) => [name, { ...setting }]),
  );
}

/** Body `{name: switch}`; JSON only, which no form of another site can send. All of them fit, or none is set. */
function readSwitches(ctx: SandboxContext): [FaultName, FaultSwitch][] {
  return Object.entries(readJsonBody(ctx.state.exchange.wire)).map(([name, to]) => {
    if (!isFaultName(name) || !isFaultSwitch(name, to)) throw new Refusal('badRequest', `fault ${name}`);
    return [name, to];
  });
}

/** An act from outside: a type of the table with exactly its members, all of them text. */
function readAct(body: Record<string, unknown>): Act {
  const { type, ...members } = body;
  const names =
    typeof type === 'string' && Object.hasOwn(actMembers, type) ? actMembers[type as Act['type']] : [];
  const isRight =
    names.length > 0 &&
    Object.keys(members).length === names.length &&
    names.every((name) => typeof members[name] === 'string');
  if (!isRight) throw new Refusal('badRequest', 'act');
  // Just checked against the table of acts.
  return body as Act;
}
