/** Middleware that plays the faults which concern the transport; those of one endpoint are played where they belong. */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Middleware } from 'koa';
import { tellRate } from './authenticate.ts';
import type { SandboxContext, SandboxState } from './exchange.ts';
import type { FaultName } from './faults.ts';
import { Refusal, refusalByCode } from './refusal.ts';
import type { World } from './world.ts';

/** Before anything is looked at. The result says whether the answer is already made. */
const arrivalFaults: Partial<
  Record<FaultName, (ctx: SandboxContext, value: true | number | string) => boolean | Promise<boolean>>
> = {
  slow: async (ctx, value) => {
    // Ends with the connection, so that closing the sandbox does not wait for it.
    const gone = new AbortController();
    ctx.res.once('close', () => gone.abort());
    await delay(Number(value), undefined, { signal: gone.signal }).catch(() => undefined);
    return gone.signal.aborted;
  },
  drop: hangUp,
  'rate-limited': () => {
    throw new Refusal('rateLimited', 'rate limit');
  },
  'user-window': (ctx, value) => exhaust(ctx, 'x-rate-limit', Number(value)),
  'user-day': (ctx, value) => exhaust(ctx, 'x-user-limit-24hour', Number(value)),
  'app-day': (ctx, value) => exhaust(ctx, 'x-app-limit-24hour', Number(value)),
  'error-status': (_ctx, value) => {
    throw new Refusal('internal', 'fault', Number(value));
  },
  'reply-rule': () => {
    throw new Refusal('notMentioned', 'reply rule');
  },
  'error-500': () => {
    throw new Refusal('internal', 'internal');
  },
  'html-error': (ctx) => {
    ctx.status = 503;
    ctx.type = 'text/html; charset=utf-8';
    ctx.body =
      '<!doctype html><html lang="en"><title>Over capacity</title><h1>Sandbox is over capacity</h1></html>';
    return true;
  },
  redirect: (ctx, value) => {
    ctx.status = 302;
    ctx.set('Location', String(value));
    ctx.body = 'Moved';
    return true;
  },
  'huge-body': (ctx, value) => {
    ctx.status = 200;
    ctx.type = 'text/html; charset=utf-8';
    ctx.body = Readable.from(filler(Number(value)));
    return true;
  },
};

/** Plays what is switched on for this request. */
export function applyFaults(world: World): Middleware<SandboxState> {
  return async (ctx, next) => {
    const { entry } = ctx.state.exchange;
    for (const [name, play] of Object.entries(arrivalFaults)) {
      // The keys of the table above are fault names.
      const value = world.faults.take(name as FaultName, entry);
      if (value !== undefined && (await play(ctx, value))) return;
    }
    const refused = world.faults.takeSetting('error-code', entry);
    const kind = refused && refusalByCode(Number(refused.value));
    if (kind) throw new Refusal(kind, 'fault', refused?.status);
    await next();
    if (world.faults.take('truncated', entry)) truncate(ctx);
    if (world.faults.take('drop-answer', entry)) hangUp(ctx);
  };
}

function exhaust(ctx: SandboxContext, prefix: string, seconds: number): never {
  const reset = Math.ceil(ctx.state.exchange.now / 1000 + seconds);
  tellRate(ctx, prefix, { limit: 15, remaining: 0, reset });
  throw new Refusal('rateLimited', 'rate limit');
}

function hangUp(ctx: SandboxContext): true {
  ctx.respond = false;
  ctx.req.socket.destroy();
  return true;
}

/** Promises the whole body, sends half of it and hangs up. */
function truncate(ctx: SandboxContext): void {
  const body = Buffer.from(typeof ctx.body === 'string' ? ctx.body : '');
  ctx.set('Content-Length', String(Math.max(body.length, 1)));
  ctx.respond = false;
  ctx.res.writeHead(ctx.status);
  ctx.res.write(body.subarray(0, Math.floor(body.length / 2)), () => ctx.req.socket.end());
}

function* filler(bytes: number): Generator<Buffer> {
  const block = Buffer.alloc(65_536, 'a');
  for (let left = bytes; left > 0; left -= block.length)
    yield block.subarray(0, Math.min(left, block.length));
}
