/** What imports remember for updating and undoing; webhook listeners; settings that packages bring. */
import type { Knex } from 'knex';
import { addColumns, createTable, dropColumns, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['settings', 'webhook_listeners'];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'webhook_listeners', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('guid', 128).notNullable().unique();
    column.label('name').notNullable();
    // A listener runs a behavior, or holds the text of an automation.
    column.identity('behavior_id').nullable().references('behaviors.id').onDelete('CASCADE');
    column.text('automations').nullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['behavior_id']);
    table.index(['name', 'id']);
  });
  await createTable(db, 'settings', (column) => {
    column.identity('id').notNullable().primary();
    column.identity('name').notNullable().unique();
    column.text('value').notNullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
  });
  await addColumns(db, 'imports', {
    mode: (column, name) => column.identity(name, 16).nullable(),
    sealed_memory: (column, name) => column.longText(name).nullable(),
    undone: (column, name) => column.text(name).nullable(),
  });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropColumns(db, 'imports', ['mode', 'sealed_memory', 'undone'], allowDataLoss);
  await dropTables(db, tables, allowDataLoss);
}
