/** Webhooks sent: who is told of what, and what they are told. */
import type { Knex } from 'knex';
import { createTable, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['notices', 'notice_kinds', 'notice_addresses'];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'notice_addresses', (column) => {
    column.identity('id').notNullable().primary();
    column.label('name').notNullable();
    column.text('url').notNullable();
    column.text('sealed_secret').notNullable();
    column.identity('state', 16).notNullable();
    column.text('problem').nullable();
    column.time('last_success_at').nullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
  });
  await createTable(db, 'notice_kinds', (column, table) => {
    column.identity('address_id').notNullable().references('notice_addresses.id').onDelete('CASCADE');
    column.identity('kind').notNullable();
    table.primary(['address_id', 'kind']);
    table.index(['kind']);
  });
  await createTable(db, 'notices', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('address_id').notNullable().references('notice_addresses.id').onDelete('CASCADE');
    column.identity('kind').notNullable();
    column.text('body').notNullable();
    column.identity('state', 16).notNullable();
    column.count('tries').notNullable();
    column.time('next_at').nullable();
    column.count('last_status').nullable();
    column.text('last_fault').nullable();
    column.identity('delivery_id').nullable();
    column.time('created_at').notNullable();
    column.time('ended_at').nullable();
    table.index(['state', 'next_at']);
    table.index(['address_id', 'id']);
  });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropTables(db, tables, allowDataLoss);
}
