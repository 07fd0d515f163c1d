/** Conversations of bots with workers and with visitors of chat portals. */
import type { Knex } from 'knex';
import { createTable, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['chat_messages', 'chats', 'portals'];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'portals', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('token').notNullable().unique();
    column.label('name').notNullable();
    column.identity('bot_id').notNullable().references('bots.id').onDelete('CASCADE');
    column.text('interaction').notNullable();
    column.text('sites').notNullable();
    column.flag('is_enabled').notNullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['bot_id']);
  });
  await createTable(db, 'chats', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('bot_id').notNullable().references('bots.id').onDelete('CASCADE');
    column.identity('behavior_id').notNullable().references('behaviors.id').onDelete('CASCADE');
    column.identity('worker_id').nullable().references('workers.id').onDelete('CASCADE');
    column.identity('portal_id').nullable().references('portals.id').onDelete('CASCADE');
    column.identity('token_hash').nullable().unique();
    column.label('title').notNullable();
    column.label('bot_name').notNullable();
    column.identity('state').notNullable();
    column.count('turn').notNullable();
    column.time('busy_until').nullable();
    column.identity('run_id').nullable();
    column.longText('sealed_question').nullable();
    column.longText('sealed_interaction').nullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    column.time('expires_at').notNullable();
    table.index(['worker_id', 'bot_id']);
    table.index(['portal_id']);
    table.index(['expires_at']);
  });
  await createTable(db, 'chat_messages', (column, table) => {
    column.identity('chat_id').notNullable().references('chats.id').onDelete('CASCADE');
    column.count('position').notNullable();
    column.longText('sealed_content').notNullable();
    column.time('created_at').notNullable();
    table.primary(['chat_id', 'position']);
  });
}

export function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  return dropTables(db, tables, allowDataLoss);
}
