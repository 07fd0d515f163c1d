/** Mounts ApiRoutes below /api/v1: key, schema, Idempotency-Key, lossless answer. */
import Router from '@koa/router';
import type { Context, DefaultState } from 'koa';
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import { readJson } from './body.ts';
import { answerOnce, type Deps as KeptAnswerDeps, write } from './kept-answers.ts';
import { aborted } from './page-router.ts';
import type { ApiRoute } from './route.ts';

const maxBodyBytes = 12 * 1024 * 1024;

export interface Deps extends KeptAnswerDeps {
  /** Who a key belongs to; undefined for an unknown one. */
  findKeyActor(key: string): Promise<Actor | undefined>;
}

/** A router of all API routes. Every refusal is thrown as HubError and written by the error handler. */
export function apiRouter(deps: Deps, routes: readonly ApiRoute[]): Router<DefaultState, Context> {
  const router = new Router<DefaultState, Context>({ prefix: '/api/v1' });
  for (const route of routes) {
    router.register(route.path, [route.method], async (ctx: Context) => {
      const actor = await authenticate(deps, ctx);
      if (route.access === 'admin' && !isAdmin(actor)) {
        throw new HubError('forbidden', 'This call needs an admin key.');
      }
      const raw = route.body ? await readJson(ctx.req, maxBodyBytes) : undefined;
      const body = route.body ? checkBody(route.body, raw) : undefined;
      const call = {
        params: ctx.params,
        query: new URLSearchParams(ctx.querystring),
        body,
        actor,
        signal: aborted(ctx),
      };
      const key = route.keepsAnswer ? ctx.get('Idempotency-Key') : '';
      const answer =
        key === ''
          ? write(await route.handle(call))
          : await answerOnce(
              deps,
              {
                asker: actor.id,
                key,
                request: `${route.method} ${ctx.path}?${ctx.querystring}\n${writeJson(raw)}`,
              },
              () => route.handle(call),
            );
      ctx.status = answer.status;
      if (answer.text !== '') {
        ctx.type = 'application/json; charset=utf-8';
        ctx.body = answer.text;
      }
    });
  }
  return router;
}

async function authenticate(deps: Deps, ctx: Context): Promise<Actor> {
  const [, key] = /^Bearer +([^\s]+)$/i.exec(ctx.get('Authorization')) ?? [];
  const actor = key === undefined ? undefined : await deps.findKeyActor(key);
  if (!actor) {
    ctx.set('WWW-Authenticate', 'Bearer');
    throw new HubError('unauthorized', 'Send a valid API key: Authorization: Bearer KEY.');
  }
  return actor;
}

/** Parses a body by a route's strict schema. Throws `bad_request` with every fault and its place. */
export function checkBody(schema: NonNullable<ApiRoute['body']>, raw: unknown): unknown {
  const result = schema.safeParse(raw === undefined ? {} : raw);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message: 'This field is not known' }))
      : [{ path: pointer(issue.path), message: issue.message }],
  );
  const [first] = faults;
  const message = `The body does not fit at ${first?.path || 'its root'}: ${first?.message}.`;
  throw new HubError('bad_request', message, { extra: { faults } });
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
