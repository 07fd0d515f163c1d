/** Column kinds that differ between the databases; used by migrations only, and never changed once released. */
import type { Knex } from 'knex';

export interface Columns {
  /** Text compared for identity: exact to the byte, no case, accent or trailing space is folded (DESIGN decision 10). */
  identity(name: string, length?: number): Knex.ColumnBuilder;
  /** Text for people, up to 255 characters; never unique. */
  label(name: string): Knex.ColumnBuilder;
  /** Text up to 16 MiB. */
  text(name: string): Knex.ColumnBuilder;
  /** Text up to 4 GiB. */
  longText(name: string): Knex.ColumnBuilder;
  /** UTC milliseconds. */
  time(name: string): Knex.ColumnBuilder;
  flag(name: string): Knex.ColumnBuilder;
  count(name: string): Knex.ColumnBuilder;
}

export function columnsOf(db: Knex, table: Knex.TableBuilder): Columns {
  const isMysql = db.client.driverName === 'mysql2';
  return {
    identity: (name, length = 64) =>
      isMysql ? table.specificType(name, `varbinary(${length})`) : table.text(name),
    label: (name) => table.string(name, 255),
    text: (name) => table.text(name, 'mediumtext'),
    longText: (name) => table.text(name, 'longtext'),
    time: (name) => table.bigInteger(name),
    flag: (name) => table.tinyint(name),
    count: (name) => table.integer(name),
  };
}

/** Creates a table; on MySQL as InnoDB in utf8mb4_bin. */
export async function createTable(
  db: Knex,
  name: string,
  build: (columns: Columns, table: Knex.CreateTableBuilder) => void,
): Promise<void> {
  await db.schema.createTable(name, (table) => {
    if (db.client.driverName === 'mysql2') {
      table.engine('InnoDB');
      table.charset('utf8mb4');
      table.collate('utf8mb4_bin');
    }
    build(columnsOf(db, table), table);
  });
}

/** Adds columns to a table; those that an interrupted migration has added already are left as they are. */
export async function addColumns(
  db: Knex,
  name: string,
  builders: Readonly<Record<string, (columns: Columns, column: string) => Knex.ColumnBuilder>>,
): Promise<void> {
  for (const [column, build] of Object.entries(builders)) {
    if (await db.schema.hasColumn(name, column)) continue;
    await db.schema.alterTable(name, (table) => void build(columnsOf(db, table), column));
  }
}

/** Drops columns; refuses while one of them holds a value, unless data loss was allowed. */
export async function dropColumns(
  db: Knex,
  name: string,
  columns: readonly string[],
  allowDataLoss: boolean,
): Promise<void> {
  for (const column of columns) {
    if (!(await db.schema.hasColumn(name, column))) continue;
    if (!allowDataLoss && (await db(name).whereNotNull(column).first())) {
      throw new Error(
        `Column ${name}.${column} holds values, and rolling back would drop them. Make a backup, then set COUNTERSIGN_ALLOW_DATA_LOSS=yes.`,
      );
    }
    // On SQLite knex would copy the table and drop it, which deletes the rows that refer to it.
    await db.raw('alter table ?? drop column ??', [name, column]);
  }
}

/**
 * MySQL cannot take back half a migration: takes away the empty tables that one left which was interrupted. `names`
 * as for dropTables, so the last one was made first; only where it exists there is something to take away.
 */
export async function dropLeftovers(db: Knex, names: readonly string[]): Promise<void> {
  if (await db.schema.hasTable(names.at(-1) ?? '')) await dropTables(db, names, false);
}

/** Drops tables in the given order; refuses while one of them holds rows, unless data loss was allowed. */
export async function dropTables(db: Knex, names: readonly string[], allowDataLoss: boolean): Promise<void> {
  for (const name of names) {
    if (!allowDataLoss && (await db.schema.hasTable(name)) && (await db(name).first())) {
      throw new Error(
        `Table ${name} holds rows, and rolling back would drop them. Make a backup, then set COUNTERSIGN_ALLOW_DATA_LOSS=yes.`,
      );
    }
  }
  for (const name of names) await db.schema.dropTableIfExists(name);
}
