/** What calls of bots and behaviors have in common: ids, lists in pages, times. Pure. */
import { HubError } from '../errors.ts';
import type { ApiCall } from '../http/route.ts';
import type { JsonObject } from './json-value.ts';
import type { ListPage } from './store.ts';

export function times(record: { createdAt: number; updatedAt: number }): JsonObject {
  return {
    created_at: new Date(record.createdAt).toISOString(),
    updated_at: new Date(record.updatedAt).toISOString(),
  };
}

export function idOf(call: Pick<ApiCall, 'params'>): string {
  return call.params.id ?? '';
}

export function takesDependents(call: ApiCall): boolean {
  return call.query.get('with') === 'dependents';
}

/** One more than shown, to know whether there is a next page. */
export function pageAsked(query: URLSearchParams): ListPage {
  return { limit: limitOf(query) + 1, after: query.get('after') ?? undefined };
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit') ?? '50';
  if (!/^\d{1,3}$/.test(text) || Number(text) < 1 || Number(text) > 200) {
    throw new HubError('bad_request', 'limit is a whole number from 1 to 200.');
  }
  return Number(text);
}

export async function listOf<T extends { id: string }>(
  query: URLSearchParams,
  rows: readonly T[],
  show: (row: T) => Promise<JsonObject>,
): Promise<{ items: JsonObject[]; next: string | null }> {
  const shown = rows.slice(0, limitOf(query));
  const next = rows.length > shown.length ? (shown.at(-1)?.id ?? null) : null;
  return { items: await Promise.all(shown.map(show)), next };
}
