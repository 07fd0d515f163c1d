/** Behaviors that run at a time, and mails that bots sent. */
import type { Knex } from 'knex';
import { createTable, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['mails', 'schedules'];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'schedules', (column, table) => {
    column.identity('id').primary();
    column.identity('kind').notNullable();
    column.identity('unique_key', 255).nullable().unique();
    column.identity('bot_id').notNullable().references('bots.id').onDelete('CASCADE');
    column.identity('behavior_id').notNullable().references('behaviors.id').onDelete('CASCADE');
    column.identity('target').notNullable();
    column.text('rule').nullable();
    column.text('sealed_variables').nullable();
    column.time('due_at').nullable();
    column.identity('last_run_id').nullable();
    column.time('last_due_at').nullable();
    column.text('last_error').nullable();
    column.time('created_at').notNullable();
    table.index(['due_at']);
    table.index(['behavior_id']);
    table.index(['bot_id', 'due_at']);
  });
  await createTable(db, 'mails', (column, table) => {
    column.identity('id').primary();
    column.identity('run_id').notNullable();
    column.identity('bot_id').notNullable();
    column.text('sealed_mail').notNullable();
    column.count('recipients').notNullable();
    column.identity('status').notNullable();
    column.text('fault').nullable();
    column.time('started_at').notNullable();
    column.time('ended_at').nullable();
    table.index(['started_at']);
    table.index(['status']);
    table.index(['run_id']);
  });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropTables(db, tables, allowDataLoss);
}
