/** Faults that answer before anything is looked at. */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { tellBudget, tellRate } from './authenticate.ts';
import type { SandboxContext } from './exchange.ts';
import type { FaultName } from './fault-table.ts';
import { Refusal, refusalByCode } from './refusal.ts';
import type { World } from './world.ts';

/** What a fault has to play with. */
export interface ArrivalCall {
  world: World;
  ctx: SandboxContext;
  value: true | number | string;
  /** Where one was told. */
  status: number | undefined;
}

/** The result says whether the answer is already made. */
export const arrivalFaults: Partial<Record<FaultName, (call: ArrivalCall) => boolean | Promise<boolean>>> = {
  slow: async ({ ctx, value }) => {
    // Ends with the connection, so that closing the sandbox does not wait for it.
    const gone = new AbortController();
    ctx.res.once('close', () => gone.abort());
    await delay(Number(value), undefined, { signal: gone.signal }).catch(() => undefined);
    return gone.signal.aborted;
  },
  drop: ({ ctx }) => hangUp(ctx),
  'long-header': ({ ctx, value }) => header(ctx, 'X-Long', 'a'.repeat(Number(value))),
  'set-cookie': ({ ctx, value }) => header(ctx, 'Set-Cookie', String(value)),
  age: ({ ctx, value }) => header(ctx, 'Age', String(value)),
  'rate-limited': () => {
    throw new Refusal('rateLimited', 'rate limit');
  },
  'retry-after': ({ ctx, value }) => {
    ctx.set('Retry-After', String(value));
    throw new Refusal('rateLimited', 'rate limit');
  },
  'user-window': ({ world, ctx, value }) => {
    tellBudget(world, ctx, { limit: 15, ...exhausted(ctx, value), isExhausted: true });
    throw new Refusal('rateLimited', 'rate limit');
  },
  'user-day': ({ ctx, value }) => exhaust(ctx, 'x-user-limit-24hour', value),
  'app-day': ({ ctx, value }) => exhaust(ctx, 'x-app-limit-24hour', value),
  'error-status': ({ value }) => {
    throw new Refusal('internal', 'fault', Number(value));
  },
  'error-code': ({ value, status }) => {
    throw new Refusal(refusalByCode(Number(value)) ?? 'internal', 'fault', status);
  },
  'reply-rule': () => {
    throw new Refusal('notMentioned', 'reply rule');
  },
  'error-500': () => {
    throw new Refusal('internal', 'internal');
  },
  problem: ({ ctx, value, status = 401 }) => {
    ctx.set('WWW-Authenticate', `OAuth oauth_problem="${encodeURIComponent(String(value))}"`);
    return answer(ctx, status, 'text/plain; charset=utf-8', '');
  },
  'problem-form': ({ ctx, value, status = 401 }) =>
    answer(
      ctx,
      status,
      'application/x-www-form-urlencoded',
      `oauth_problem=${encodeURIComponent(String(value))}`,
    ),
  'plain-error': ({ ctx, value, status = 400 }) =>
    answer(ctx, status, 'text/plain; charset=utf-8', String(value)),
  'empty-error': ({ ctx, value }) => answer(ctx, Number(value), 'text/plain', ''),
  'html-error': ({ ctx }) =>
    answer(
      ctx,
      503,
      'text/html; charset=utf-8',
      '<!doctype html><html lang="en"><title>Over capacity</title><h1>Sandbox is over capacity</h1></html>',
    ),
  redirect: ({ ctx, value, status = 302 }) => {
    ctx.set('Location', String(value));
    return answer(ctx, status, 'text/plain; charset=utf-8', 'Moved');
  },
  'huge-body': ({ ctx, value, status = 200 }) =>
    answer(ctx, status, 'text/html; charset=utf-8', Readable.from(filler(Number(value)))),
  'packed-body': ({ ctx, value }) => {
    ctx.set('Content-Encoding', 'gzip');
    return answer(ctx, 200, 'text/plain; charset=utf-8', gzipSync(Buffer.alloc(Number(value), 'a')));
  },
  endless: ({ ctx }) => answer(ctx, 200, 'text/plain; charset=utf-8', Readable.from(drip(ctx))),
};

/** Ends the connection without an answer. */
export function hangUp(ctx: SandboxContext): true {
  ctx.respond = false;
  ctx.req.socket.destroy();
  return true;
}

function answer(ctx: SandboxContext, status: number, type: string, body: string | Buffer | Readable): true {
  ctx.status = status;
  ctx.type = type;
  ctx.body = body;
  return true;
}

// Beside whatever else is answered.
function header(ctx: SandboxContext, name: string, value: string): false {
  ctx.set(name, value);
  return false;
}

function exhausted(ctx: SandboxContext, seconds: ArrivalCall['value']): { remaining: number; reset: number } {
  return { remaining: 0, reset: Math.ceil(ctx.state.exchange.now / 1000 + Number(seconds)) };
}

function exhaust(ctx: SandboxContext, prefix: string, seconds: ArrivalCall['value']): never {
  tellRate(ctx, prefix, { limit: 15, ...exhausted(ctx, seconds) });
  throw new Refusal('rateLimited', 'rate limit');
}

function* filler(bytes: number): Generator<Buffer> {
  const block = Buffer.alloc(65_536, 'a');
  for (let left = bytes; left > 0; left -= block.length)
    yield block.subarray(0, Math.min(left, block.length));
}

/** A little every tenth of a second until the other side goes. */
async function* drip(ctx: SandboxContext): AsyncGenerator<Buffer> {
  for (;;) {
    if (ctx.req.socket.destroyed) return;
    yield Buffer.from('a');
    await delay(100, undefined, { ref: false });
  }
}
