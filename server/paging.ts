/** Lists in pages, by name then id: reading what was asked, and the cursor that leads on. Pure. */
import type { Knex } from 'knex';
import { HubError } from './errors.ts';

export interface Cursor {
  name: string;
  id: string;
}

export interface Paging {
  limit: number;
  after?: Cursor;
}

export interface PageOf<T> {
  items: T[];
  /** Value of `after` for the next page; null on the last. */
  next: string | null;
}

/** `limit` (50, at most 200) and `after` of a query. Throws `bad_request`. */
export function readPaging(query: URLSearchParams): Paging {
  const limit = Number(query.get('limit') ?? 50);
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) {
    throw new HubError('bad_request', "'limit' must be a whole number from 1 to 200.");
  }
  const after = query.get('after');
  return after ? { limit, after: readCursor(after) } : { limit };
}

/** Cuts the one row too many that was asked for to see whether there are more. */
export function pageOf<T extends Cursor>(rows: T[], limit: number): PageOf<T> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last ? writeCursor(last) : null };
}

/** The value of `after` that leads on from this record, also when the record is gone by then. */
export function writeCursor({ name, id }: Cursor): string {
  return Buffer.from(JSON.stringify([name, id])).toString('base64url');
}

/** The condition "beyond this record" of a list ordered by name then id. */
export function afterCursor({ name, id }: Cursor): (query: Knex.QueryBuilder) => void {
  return (query) => {
    query.where('name', '>', name).orWhere((same) => same.where('name', name).where('id', '>', id));
  };
}

function readCursor(text: string): Cursor {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string') {
      return { name: value[0], id: value[1] };
    }
  } catch {}
  throw new HubError('bad_request', "'after' must be the 'next' of the page before.");
}
