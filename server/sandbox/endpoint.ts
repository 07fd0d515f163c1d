/** Which of a service's own addresses does a request go to? Pure. */
import { parseForm } from './percent.ts';

/** What an address is for. `identity` tells who the token belongs to. */
export const endpointNames = ['request', 'authorize', 'access', 'renew', 'revoke', 'identity'] as const;

export type EndpointName = (typeof endpointNames)[number];

/** One address. `target`: path, and where the service has one the query that belongs to it (`/w/index.php?title=…`). */
export interface Endpoint {
  of: EndpointName;
  methods: readonly string[];
  target: string;
}

/**
 * The address that a request's path and query stand for, whatever its method; further parameters may be there. Where
 * several fit, the one with most of its query named.
 */
export function endpointOf(endpoints: readonly Endpoint[], target: string): EndpointName | undefined {
  const asked = split(target);
  const fitting = endpoints
    .map(({ of, target }) => ({ of, ...split(target) }))
    .filter(({ path, pairs }) => path === asked.path && pairs.every((pair) => has(asked.pairs, pair)));
  return fitting.toSorted((a, b) => b.pairs.length - a.pairs.length)[0]?.of;
}

/** The path alone, as a pattern of the router. */
export function pathPattern({ target }: Endpoint): string {
  return split(target).path.replace(/[\\{}()[\]+?!:*]/g, '\\$&');
}

function split(target: string): { path: string; pairs: [string, string][] } {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, pairs: [] };
  return { path: target.slice(0, mark), pairs: parseForm(target.slice(mark + 1)) ?? [] };
}

function has(pairs: readonly [string, string][], [name, value]: [string, string]): boolean {
  return pairs.some((pair) => pair[0] === name && pair[1] === value);
}
