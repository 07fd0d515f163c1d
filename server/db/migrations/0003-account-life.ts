/** Accounts: kept fields of token answers, lifetimes, renewal, health. */
import type { Knex } from 'knex';
import { addColumns, dropColumns } from '../columns.ts';

const columns: Parameters<typeof addColumns>[2] = {
  /** JSON: further fields of the token answer, none of them secret. */
  extra: (column, name) => column.text(name).nullable(),
  /** From then on a person is warned; only consent helps after `consent_ends_at`. */
  warn_at: (column, name) => column.time(name).nullable(),
  consent_ends_at: (column, name) => column.time(name).nullable(),
  /** When the credentials are to be renewed, and when they were. */
  renew_at: (column, name) => column.time(name).nullable(),
  renewed_at: (column, name) => column.time(name).nullable(),
  renew_tries: (column, name) => column.count(name).nullable(),
  /** Lease of the renewal under way; one that ran out marks a renewal whose end nobody knows. */
  renewing_until: (column, name) => column.time(name).nullable(),
  /** Rises whenever the credentials change or a renewal begins. */
  credentials_fence: (column, name) => column.count(name).nullable(),
  /** The last "who am I", and when the next is due. */
  checked_at: (column, name) => column.time(name).nullable(),
  next_check_at: (column, name) => column.time(name).nullable(),
  /** Who the account was found to be in place of whom it was linked as. */
  found_id: (column, name) => column.identity(name, 255).nullable(),
  found_name: (column, name) => column.label(name).nullable(),
};

/** What jobs look for every minute. */
const indexed = ['renew_at', 'next_check_at'] as const;

export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'connected_accounts', columns);
  for (const column of indexed) await addIndex(db, column);
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  // MySQL drops an index with its only column; SQLite would refuse to drop the column.
  for (const column of isMysql(db) ? [] : indexed) await db.raw('drop index if exists ??', [indexOf(column)]);
  await dropColumns(db, 'connected_accounts', Object.keys(columns), allowDataLoss);
}

/** Makes an index unless an interrupted migration has made it already; MySQL knows no `if not exists` for that. */
async function addIndex(db: Knex, column: string): Promise<void> {
  const name = indexOf(column);
  const names = [name, 'connected_accounts', column];
  if (!isMysql(db)) return void (await db.raw('create index if not exists ?? on ?? (??)', names));
  const [found] = await db.raw('show index from connected_accounts where key_name = ?', [name]);
  if (found.length === 0) await db.raw('create index ?? on ?? (??)', names);
}

function indexOf(column: string): string {
  return `connected_accounts_${column}_index`;
}

function isMysql(db: Knex): boolean {
  return db.client.driverName === 'mysql2';
}
