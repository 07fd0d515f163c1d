/** The frame around every request: clock, host, body, journal entry, security headers, refusals. */
import type { IncomingMessage } from 'node:http';
import type { Middleware, ParameterizedContext } from 'koa';
import { endpointOf } from './endpoint.ts';
import type { JournalEntry } from './journal.ts';
import { originOf } from './origin.ts';
import { Refusal, refusals } from './refusal.ts';
import { answerRefusal } from './tell-refusal.ts';
import type { WireJson } from './wire-json.ts';
import { writeWireJson } from './wire-json.ts';
import type { WireRequest } from './wire-request.ts';
import type { World } from './world.ts';

/** What is known of the request at hand. `now` is the clock for all of it. */
export interface Exchange {
  now: number;
  wire: WireRequest;
  entry: JournalEntry;
}

export interface SandboxState {
  exchange: Exchange;
}

export type SandboxContext = ParameterizedContext<SandboxState>;

const maxBodyBytes = 1_000_000;

/** Opens the exchange, and turns what is thrown below into an answer in Twitter's shape. */
export function openExchange(world: World): Middleware<SandboxState> {
  return async (ctx, next) => {
    const { method, headers, path } = ctx.request;
    const endpoint = endpointOf(world.profile.endpoints, ctx.req.url ?? '') ?? null;
    const begun = { method, host: headers.host ?? '', path, endpoint, cookie: headers.cookie ?? '' };
    const entry = world.journal.begin(world.now(), begun);
    const skew = world.faults.take('clock-skew', entry);
    const now = world.now() + (typeof skew === 'number' ? skew * 1000 : 0);
    tellDate(ctx, world.faults.take('date', entry) ?? new Date(now).toUTCString());
    ctx.set('Cache-Control', 'no-store');
    ctx.set('X-Content-Type-Options', 'nosniff');
    ctx.set('Referrer-Policy', 'no-referrer');
    ctx.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
    try {
      ctx.state.exchange = { now, entry, wire: await readWireRequest(world, ctx.req) };
      await next();
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('internal', 'internal');
      // A client that went away while sending is no fault of ours.
      if (refusal !== error && !ctx.req.socket.destroyed) ctx.app.emit('error', error, ctx);
      entry.refused = refusal.check;
      entry.code = refusals[refusal.kind].code;
      answerRefusal(world.profile, ctx, refusal, now);
    }
    entry.status = ctx.req.socket.destroyed ? null : ctx.status;
  };
}

/** Answers with JSON, ids in full. */
export function answerJson(ctx: SandboxContext, value: WireJson, status = 200): void {
  ctx.status = status;
  ctx.type = 'application/json; charset=utf-8';
  ctx.body = writeWireJson(value);
}

/** Answers that it is done, without a body. */
export function answerNothing(ctx: SandboxContext): void {
  ctx.body = null;
  ctx.status = 204;
}

function tellDate(ctx: SandboxContext, date: true | number | string): void {
  ctx.res.sendDate = false;
  if (date !== '') ctx.set('Date', String(date));
}

async function readWireRequest(world: World, req: IncomingMessage): Promise<WireRequest> {
  const { rawHeaders, method = '', url: target = '' } = req;
  const headers: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers.push([rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '']);
  const hosts = headers.filter(([name]) => name.toLowerCase() === 'host');
  const host = hosts.length === 1 ? (hosts[0]?.[1] ?? '') : '';
  const origin = originOf(host, world.ownOrigin, world.publicOrigins);
  if (origin === undefined) throw new Refusal('badRequest', 'host');
  if (!target.startsWith('/')) throw new Refusal('badRequest', 'request line');
  const scheme = origin.startsWith('https:') ? 'https' : 'http';
  return { method, scheme, host, target, headers, body: await readBody(req) };
}

async function readBody(req: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Without an encoding set, a request's chunks are Buffers.
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new Refusal('badRequest', 'body size');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
