/** Groups of workers, which own accounts and bots. */
import type { Knex } from 'knex';
import { createTable, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['group_members', 'groups'];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'groups', (column) => {
    column.identity('id').notNullable().primary();
    column.label('name').notNullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
  });
  await createTable(db, 'group_members', (column, table) => {
    column.identity('group_id').notNullable().references('groups.id').onDelete('CASCADE');
    column.identity('worker_id').notNullable().references('workers.id').onDelete('CASCADE');
    table.primary(['group_id', 'worker_id']);
    table.index(['worker_id']);
  });
}

export function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  return dropTables(db, tables, allowDataLoss);
}
