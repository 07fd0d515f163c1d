/** What was learned of remote clocks, and how much a rate window holds when it begins anew. */
import type { Knex } from 'knex';
import { addColumns, createTable, dropColumns, dropLeftovers, dropTables } from '../columns.ts';

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, ['clock_offsets']);
  await createTable(db, 'clock_offsets', (column, table) => {
    column.identity('origin', 300).notNullable().primary();
    column.time('offset_ms').notNullable();
    column.flag('is_proven').notNullable();
    column.time('expires_at').notNullable();
    table.index(['expires_at']);
  });
  await addColumns(db, 'rate_windows', { most: (column, name) => column.count(name).nullable() });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropColumns(db, 'rate_windows', ['most'], allowDataLoss);
  await dropTables(db, ['clock_offsets'], allowDataLoss);
}
