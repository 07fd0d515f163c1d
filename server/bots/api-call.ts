/** What calls of bots and behaviors have in common: ids, lists in pages, times. Pure. */

import type { ApiCall } from '../http/route.ts';
import { readPaging, writeCursor } from '../paging.ts';
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
  const { limit, after } = readPaging(query);
  return { limit: limit + 1, after };
}

/** What `pageAsked` found, without the one too many; lists of bots go by name, those of behaviors by title. */
export async function listOf<T extends { id: string } & ({ name: string } | { title: string })>(
  query: URLSearchParams,
  rows: readonly T[],
  show: (row: T) => Promise<JsonObject>,
): Promise<{ items: JsonObject[]; next: string | null }> {
  const shown = rows.slice(0, readPaging(query).limit);
  const last = shown.at(-1);
  const next = rows.length > shown.length && last ? cursorOf(last) : null;
  return { items: await Promise.all(shown.map(show)), next };
}

/** The place of a bot or behavior in its list, as `after` takes it. */
export function cursorOf(row: { id: string } & ({ name: string } | { title: string })): string {
  return writeCursor({ id: row.id, name: 'name' in row ? row.name : row.title });
}
