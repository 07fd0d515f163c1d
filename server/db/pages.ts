/** Reads a whole table in the order of its key, in pages that cost the same however long the table is. */
import type { Knex } from 'knex';

/** `narrow` adds conditions and chooses columns. Rows that come or go meanwhile may be missed, except in a snapshot. */
export async function* readPages<Row extends Record<string, unknown>>(
  db: Knex,
  { table, key }: { table: string; key: readonly string[] },
  { size, narrow }: { size: number; narrow?: (query: Knex.QueryBuilder) => void },
): AsyncGenerator<Row[]> {
  for (let last: Row | undefined; ; ) {
    const query = db(table)
      .orderBy([...key])
      .limit(size);
    narrow?.(query);
    if (last) query.where(beyond(key, last));
    const rows: Row[] = await query;
    if (rows.length > 0) yield rows;
    last = rows.at(-1);
    if (rows.length < size) return;
  }
}

/** The condition "after this row" for a key of any number of columns. */
function beyond(key: readonly string[], row: Record<string, unknown>): (query: Knex.QueryBuilder) => void {
  return (query) => {
    key.forEach((name, index) => {
      query.orWhere((further) => {
        for (const same of key.slice(0, index)) further.where(same, String(row[same]));
        further.where(name, '>', String(row[name]));
      });
    });
  };
}
