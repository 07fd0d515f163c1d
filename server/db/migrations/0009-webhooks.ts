/** Webhooks received: how listeners check and answer, and the requests that came. */
import type { Knex } from 'knex';
import { addColumns, createTable, dropColumns, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['webhook_requests'];
const columns = ['is_disabled', 'answers', 'signature', 'sealed_secret', 'replay_header'];

export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'webhook_listeners', {
    is_disabled: (column, name) => column.flag(name).nullable(),
    answers: (column, name) => column.identity(name, 16).nullable(),
    signature: (column, name) => column.text(name).nullable(),
    sealed_secret: (column, name) => column.text(name).nullable(),
    replay_header: (column, name) => column.identity(name, 128).nullable(),
  });
  await dropLeftovers(db, tables);
  await createTable(db, 'webhook_requests', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('listener_id').notNullable().references('webhook_listeners.id').onDelete('CASCADE');
    column.identity('replay_key').nullable();
    column.identity('method', 16).notNullable();
    column.label('address').notNullable();
    column.count('size').notNullable();
    column.identity('state', 16).notNullable();
    column.longText('sealed_request').nullable();
    column.text('fault').nullable();
    column.identity('run_id').nullable();
    column.count('status').nullable();
    column.time('received_at').notNullable();
    column.time('answered_at').nullable();
    table.unique(['listener_id', 'replay_key'], { indexName: 'webhook_requests_replay' });
    table.index(['listener_id', 'id']);
    table.index(['received_at']);
  });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropTables(db, tables, allowDataLoss);
  await dropColumns(db, 'webhook_listeners', columns, allowDataLoss);
}
