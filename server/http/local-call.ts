/** Calls API routes from inside the process: the command line speaks to the very routes that programs do. */
import { HubError } from '../errors.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import { checkBody } from './api-router.ts';
import type { ApiAnswer, ApiRoute } from './route.ts';

/** `path` is below /api/v1 and may carry a query. Refusals are thrown as HubError. */
export type LocalCall = (
  actor: Actor,
  method: ApiRoute['method'],
  path: string,
  body?: unknown,
) => Promise<ApiAnswer>;

export function localCaller(routes: readonly ApiRoute[]): LocalCall {
  return async (actor, method, path, body) => {
    const url = new URL(path, 'http://local');
    for (const route of routes) {
      const params = route.method === method ? matchPath(route.path, url.pathname) : undefined;
      if (!params) continue;
      if (route.access === 'admin' && !isAdmin(actor)) throw new HubError('forbidden');
      const checked = route.body ? checkBody(route.body, body) : undefined;
      const signal = new AbortController().signal;
      return route.handle({ params, query: url.searchParams, body: checked, actor, signal });
    }
    throw new HubError('not_found');
  };
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = decodeURIComponent(given[index] ?? '');
    if (part.startsWith(':')) params[part.slice(1)] = value;
    else if (part !== value) return undefined;
  }
  return params;
}
