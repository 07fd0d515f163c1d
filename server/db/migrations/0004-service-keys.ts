/** RSA key pairs of services, and one-time addresses of the push handshake. */
import type { Knex } from 'knex';
import { createTable, dropLeftovers, dropTables } from '../columns.ts';

const tables = ['service_keys'];

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
}

export function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  return dropTables(db, tables, allowDataLoss);
}
