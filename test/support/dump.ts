/** A whole database as rows, to compare before and after, or to search for what must not be there. */
import type { Knex } from 'knex';
import type { DatabaseConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';

/** Every row of every table. */
export async function dumpDatabase(database: DatabaseConfig): Promise<Record<string, object[]>> {
  const db = openDatabase(database);
  try {
    const names = await tableNames(db);
    const tables = await Promise.all(names.map(async (name) => [name, await db(name)]));
    return Object.fromEntries(tables);
  } finally {
    await db.destroy();
  }
}

async function tableNames(db: Knex): Promise<string[]> {
  if (db.client.driverName === 'mysql2') {
    const [rows] = await db.raw('show tables');
    return rows.map((row: object) => String(Object.values(row)[0]));
  }
  const rows: { name: string }[] = await db('sqlite_master').where({ type: 'table' }).orderBy('name');
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('sqlite_'));
}
