/** Runs that wait, the path they took, and what bots keep between runs. */
import type { Knex } from 'knex';
import { addColumns, createTable, dropColumns, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['bot_keys'];
const columns = ['sealed_state', 'waits_until'];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'bot_keys', (column, table) => {
    column.identity('bot_id').notNullable().references('bots.id').onDelete('CASCADE');
    column.identity('name', 255).notNullable();
    column.text('sealed_value').notNullable();
    column.time('expires_at').nullable();
    table.primary(['bot_id', 'name']);
    table.index(['expires_at']);
  });
  await addColumns(db, 'runs', {
    sealed_state: (column, name) => column.longText(name).nullable(),
    waits_until: (column, name) => column.time(name).nullable(),
  });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropTables(db, tables, allowDataLoss);
  await dropColumns(db, 'runs', columns, allowDataLoss);
}
