/** RSA key pairs of services, one-time addresses of the push handshake, and PINs that were refused. */
import type { Knex } from 'knex';
import { addColumns, createTable, dropColumns, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['push_handshakes', 'service_keys'];

export async function up(db: Knex): Promise<void> {
  await dropLeftovers(db, tables);
  await createTable(db, 'service_keys', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('service_id').notNullable().references('connected_services.id').onDelete('CASCADE');
    // 1 or 2: a service has two keys at most.
    column.count('slot').notNullable();
    column.count('bits').notNullable();
    column.identity('fingerprint').notNullable();
    column.text('public_key').notNullable();
    column.text('certificate').notNullable();
    column.text('sealed_private_key').notNullable();
    column.flag('is_pasted').notNullable();
    column.time('created_at').notNullable();
    // The key activated last signs; null for one that never did.
    column.time('activated_at').nullable();
    table.unique(['service_id', 'slot']);
  });
  await createTable(db, 'push_handshakes', (column, table) => {
    column.identity('id').notNullable().primary();
    column.identity('account_id').notNullable().references('connected_accounts.id').onDelete('CASCADE');
    column.identity('code_hash').notNullable();
    column.label('asked_by').notNullable();
    column.identity('state').notNullable();
    // A sentence for whoever made the address; null while there is none.
    column.text('outcome').nullable();
    column.time('created_at').notNullable();
    column.time('expires_at').notNullable();
    table.unique(['code_hash']);
  });
  await addColumns(db, 'link_flows', { wrong_pins: (column, name) => column.count(name).nullable() });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropTables(db, tables, allowDataLoss);
  // A flow lasts minutes: what is counted on it is no loss.
  await dropColumns(db, 'link_flows', ['wrong_pins'], true);
}
