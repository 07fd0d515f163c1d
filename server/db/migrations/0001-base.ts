/** People, the vault's keys, services, accounts, link flows, deliveries, bots, runs, imports, jobs, answers kept. */
import type { Knex } from 'knex';
import { createTable, dropLeftovers, dropTables } from '../columns.ts';

const tables = [
  'kept_answers',
  'jobs',
  'import_records',
  'imports',
  'runs',
  'deliveries',
  'behaviors',
  'bots',
  'link_flows',
  'api_key_accounts',
  'connected_accounts',
  'connected_services',
  'attempts',
  'api_keys',
  'sessions',
  'invitations',
  'workers',
  'vault_keys',
];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'vault_keys', (column) => {
    column.identity('id').notNullable().primary();
    column.text('wrapped_key').notNullable();
    column.identity('state', 16).notNullable();
    column.time('created_at').notNullable();
    column.time('activated_at').nullable();
  });
  await createTable(db, 'workers', (column) => {
    column.identity('id').notNullable().primary();
    column.identity('email', 255).notNullable().unique();
    column.label('name').notNullable();
    column.label('password_hash').nullable();
    column.flag('is_admin').notNullable();
    column.flag('is_disabled').notNullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
  });
  await createTable(db, 'invitations', (column, table) => {
    column.identity('code_hash').notNullable().primary();
    column.identity('purpose', 16).notNullable();
    column.identity('worker_id').nullable().references('workers.id').onDelete('CASCADE');
    column.time('created_at').notNullable();
    column.time('expires_at').notNullable();
    column.time('used_at').nullable();
    table.index(['worker_id']);
  });
  await createTable(db, 'sessions', (column, table) => {
    column.identity('id_hash').notNullable().primary();
    column.identity('worker_id').notNullable().references('workers.id').onDelete('CASCADE');
    column.time('created_at').notNullable();
    column.time('seen_at').notNullable();
    column.time('expires_at').notNullable();
    table.index(['worker_id']);
    table.index(['expires_at']);
  });
  await createTable(db, 'attempts', (column, table) => {
    column.identity('bucket', 255).notNullable().primary();
    column.count('failures').notNullable();
    column.time('window_ends_at').notNullable();
    table.index(['window_ends_at']);
  });
  await createTable(db, 'api_keys', (column) => {
    column.identity('id').notNullable().primary();
    column.label('name').notNullable();
    column.identity('key_hash').notNullable().unique();
    column.flag('is_admin').notNullable();
    column.time('created_at').notNullable();
    column.time('last_used_at').nullable();
  });
  await createTable(db, 'connected_services', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('uri', 64).nullable().unique();
    column.label('name').notNullable();
    column.identity('extension_id', 128).notNullable();
    column.text('params').notNullable();
    column.text('sealed_secrets').nullable();
    column.text('allowed_hosts').notNullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['name', 'id']);
  });
  await createTable(db, 'connected_accounts', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('uri', 128).nullable().unique();
    column.label('name').notNullable();
    column.identity('service_id').notNullable().references('connected_services.id');
    column.identity('owner_context', 16).notNullable();
    column.identity('owner_id').notNullable();
    column.identity('status', 16).notNullable();
    column.text('sealed_credentials').nullable();
    column.identity('identity_id', 255).nullable();
    column.label('identity_name').nullable();
    column.label('access_level').nullable();
    column.text('last_error').nullable();
    column.time('linked_at').nullable();
    column.time('expires_at').nullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['service_id']);
    table.index(['owner_context', 'owner_id']);
    table.index(['name', 'id']);
  });
  await createTable(db, 'api_key_accounts', (column, table) => {
    column.identity('api_key_id').notNullable().references('api_keys.id').onDelete('CASCADE');
    column.identity('account_id').notNullable().references('connected_accounts.id').onDelete('CASCADE');
    table.primary(['api_key_id', 'account_id']);
    table.index(['account_id']);
  });
  await createTable(db, 'link_flows', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('account_id').notNullable().references('connected_accounts.id').onDelete('CASCADE');
    column.identity('service_id').notNullable();
    column.identity('worker_id').nullable();
    column.label('asked_by').notNullable();
    column.flag('saves_at_once').notNullable();
    column.flag('replaces_identity').notNullable();
    column.identity('code_hash').nullable().unique();
    column.identity('browser_hash').nullable();
    column.identity('token_hash').nullable().unique();
    column.identity('state', 16).notNullable();
    column.count('exchanges').notNullable();
    column.text('sealed_request').nullable();
    column.text('sealed_grant').nullable();
    column.text('outcome').nullable();
    column.time('created_at').notNullable();
    column.time('expires_at').notNullable();
    table.index(['account_id']);
    table.index(['state', 'expires_at']);
  });
  await createTable(db, 'bots', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('uri', 128).nullable().unique();
    column.label('name').notNullable();
    column.identity('owner_context', 16).notNullable();
    column.identity('owner_id').notNullable();
    column.flag('is_disabled').notNullable();
    column.text('params').notNullable();
    column.text('image').nullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['name', 'id']);
  });
  await createTable(db, 'behaviors', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('uri', 128).nullable().unique();
    column.identity('bot_id').notNullable().references('bots.id');
    column.label('title').notNullable();
    column.identity('event_key', 128).notNullable();
    column.text('event_params').notNullable();
    column.flag('is_private').notNullable();
    column.flag('is_disabled').notNullable();
    column.count('priority').notNullable();
    column.text('variables').notNullable();
    column.text('nodes').notNullable();
    column.time('created_at').notNullable();
    column.time('updated_at').notNullable();
    table.index(['bot_id', 'title']);
  });
  await createTable(db, 'deliveries', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('account_id').nullable();
    column.identity('service_id').nullable();
    column.identity('run_id').nullable();
    column.identity('purpose', 16).notNullable();
    column.identity('state', 16).notNullable();
    column.identity('method', 32).notNullable();
    column.text('url').notNullable();
    column.label('connected_to').nullable();
    column.count('status').nullable();
    column.text('fault').nullable();
    column.text('sealed_request').nullable();
    column.text('response').nullable();
    column.time('started_at').notNullable();
    column.count('took_ms').nullable();
    table.index(['account_id', 'id']);
    table.index(['run_id']);
    table.index(['started_at']);
    table.index(['state', 'started_at']);
  });
  await createTable(db, 'runs', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('behavior_id').notNullable().references('behaviors.id').onDelete('CASCADE');
    column.identity('mode', 16).notNullable();
    column.identity('status', 16).notNullable();
    column.label('asked_by').notNullable();
    column.identity('actor_kind', 16).notNullable();
    column.identity('actor_id').notNullable();
    column.longText('outcome').nullable();
    column.time('started_at').notNullable();
    column.time('finished_at').nullable();
    table.index(['behavior_id', 'id']);
    table.index(['started_at']);
  });
  await createTable(db, 'imports', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('package_name', 255).notNullable();
    // The name again on the first import of it, null on copies: two first imports at once cannot both succeed.
    column.identity('first_of', 255).nullable().unique();
    column.label('revision').nullable();
    column.label('asked_by').notNullable();
    column.text('outcome').notNullable();
    column.time('created_at').notNullable();
    table.index(['package_name']);
  });
  await createTable(db, 'import_records', (column, table) => {
    column.identity('import_id').notNullable().references('imports.id').onDelete('CASCADE');
    column.identity('uid', 255).notNullable();
    column.identity('context', 128).notNullable();
    column.identity('record_id').notNullable();
    table.primary(['import_id', 'uid']);
    table.index(['context', 'record_id']);
  });
  await createTable(db, 'jobs', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('kind', 64).notNullable();
    column.identity('unique_key', 255).nullable().unique();
    column.text('payload').notNullable();
    column.identity('state', 16).notNullable();
    column.count('tries').notNullable();
    column.count('fence').notNullable();
    column.time('run_at').notNullable();
    column.time('leased_until').nullable();
    column.text('last_error').nullable();
    column.time('created_at').notNullable();
    table.index(['state', 'run_at']);
  });
  await createTable(db, 'kept_answers', (column, table) => {
    column.identity('asker').notNullable();
    column.identity('idempotency_key', 255).notNullable();
    column.identity('request_hash').notNullable();
    column.identity('state', 16).notNullable();
    column.count('status').nullable();
    column.longText('sealed_answer').nullable();
    column.time('expires_at').notNullable();
    table.primary(['asker', 'idempotency_key']);
    table.index(['expires_at']);
  });
}

export function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  return dropTables(db, tables, allowDataLoss);
}
