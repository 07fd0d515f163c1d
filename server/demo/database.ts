/** The demo's database: its own and fresh. One that holds tables of somebody else is left alone. */
import type { Knex } from 'knex';
import type { DatabaseConfig } from '../config.ts';
import { openDatabase } from '../db/open.ts';
import { HubError } from '../errors.ts';

const marker = 'countersign_demo';

/** Empties a database that an earlier demo made, or takes an empty one. Throws `conflict` for any other. */
export async function prepareDemoDatabase(database: DatabaseConfig): Promise<void> {
  const db = openDatabase(database, { allowDataLoss: true });
  try {
    const tables = await listTables(db);
    if (tables.length > 0 && !tables.includes(marker)) {
      throw new HubError(
        'conflict',
        `The database holds tables that the demo did not make (${tables.slice(0, 3).join(', ')}, …). Give it an empty one.`,
      );
    }
    if (tables.includes(marker)) await db.migrate.rollback(undefined, true);
    else await db.schema.createTable(marker, (table) => table.integer('made').notNullable());
  } finally {
    await db.destroy();
  }
}

async function listTables(db: Knex): Promise<string[]> {
  const isMysql = db.client.driverName === 'mysql2';
  const rows: { name: string }[] = isMysql
    ? await db('information_schema.tables')
        .whereRaw('table_schema = database()')
        .select({ name: 'table_name' })
    : await db('sqlite_master').where({ type: 'table' }).whereNot('name', 'like', 'sqlite_%').select('name');
  return rows.map(({ name }) => String(name));
}
