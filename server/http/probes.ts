/** What machines ask: whether the hub lives, whether it can work, its metrics, its description. */
import type { Context, Middleware } from 'koa';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { isLoopback } from './caller.ts';
import { sameText } from './cookies.ts';
import type { Metrics } from './metrics.ts';

export interface Deps {
  config: Config;
  metrics: Metrics;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  openapi: Record<string, unknown>;
}

type Probe = (ctx: Context) => Promise<void> | void;

export function answerProbes(deps: Deps): Middleware {
  const probes: ReadonlyMap<string, Probe> = new Map<string, Probe>([
    ['/healthz', (ctx) => tell(ctx, 200, { status: 'ok' })],
    ['/readyz', (ctx) => tellReady(deps, ctx)],
    ['/metrics', (ctx) => exposeMetrics(deps, ctx)],
    ['/api/v1/openapi.json', (ctx) => tell(ctx, 200, deps.openapi)],
  ]);
  return (ctx, next) => {
    const probe = ctx.method === 'GET' || ctx.method === 'HEAD' ? probes.get(ctx.path) : undefined;
    if (!probe) return next();
    ctx.state.probe = ctx.path;
    return probe(ctx);
  };
}

function tell(ctx: Context, status: number, body: object): void {
  ctx.status = status;
  ctx.body = body;
}

function tellReady({ ping }: Deps, ctx: Context): Promise<void> {
  return ping().then(
    () => tell(ctx, 200, { status: 'ok' }),
    () => tell(ctx, 503, { status: 'unavailable' }),
  );
}

async function exposeMetrics({ config, metrics }: Deps, ctx: Context): Promise<void> {
  if (!isLocalCall(ctx) && !hasToken(ctx, config.metricsToken)) throw new HubError('not_found');
  const { text, contentType } = await metrics.expose();
  ctx.set('Content-Type', contentType);
  ctx.body = text;
}

/** What a reverse proxy on this machine adds; with any of these the caller is not this machine. */
const forwardingHeaders = ['Forwarded', 'X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Via'];

function isLocalCall(ctx: Context): boolean {
  const isForwarded = forwardingHeaders.some((name) => ctx.get(name) !== '');
  return !isForwarded && isLoopback(ctx.req.socket.remoteAddress ?? '');
}

function hasToken(ctx: Context, token: string | undefined): boolean {
  return token !== undefined && sameText(ctx.get('Authorization'), `Bearer ${token}`);
}
