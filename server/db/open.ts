/** Opens the database and brings it up to date. With `transaction.ts` the only place that runs knex itself. */
import { setTimeout as pause } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import type { DatabaseConfig } from '../config.ts';
import { HubError } from '../errors.ts';
import { type DatabaseOptions, knexSettings } from './settings.ts';
import { isDuplicate, isUnavailable } from './transaction.ts';

const lockTable = 'knex_migrations_lock';

/** A pool on the database; nothing is connected until the first query. */
export function openDatabase(database: DatabaseConfig, options: DatabaseOptions = {}): Knex {
  return knex(knexSettings(database, options));
}

/**
 * Runs what is missing of the migrations. Several processes may start at once: knex's lock lets one work. Throws
 * `conflict` with the remedy when the lock is held for too long, and when a newer version was here.
 */
export async function migrate(db: Knex, { patienceMs = 30_000 } = {}): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      await prepareBookkeeping(db);
      await db.migrate.latest();
      return;
    } catch (error) {
      const isLocked = error instanceof Error && error.name === 'MigrationLocked';
      if (!isLocked && !isBusy(error)) throw toldWithRemedy(error);
      if (performance.now() >= giveUpAt) throw isLocked ? lockedError() : toldWithRemedy(error);
      await pause(Math.min(500, patienceMs));
    }
  }
}

/** Throws `database_unavailable` unless the database answers within `deadlineMs`, waiting for a connection included. */
export async function ping(db: Knex, deadlineMs = 3_000): Promise<void> {
  const deadline = new AbortController();
  const late = pause(deadlineMs, undefined, { signal: deadline.signal }).then(() => {
    throw new HubError('database_unavailable');
  });
  late.catch(() => {});
  try {
    await Promise.race([db.raw('select 1').options({ timeout: deadlineMs }), late]);
  } catch (cause) {
    throw new HubError('database_unavailable', undefined, { cause });
  } finally {
    deadline.abort();
  }
}

/**
 * Knex's two tables, made so that two processes on an empty database cannot make a second lock row, with which no
 * lock could ever be taken.
 */
async function prepareBookkeeping(db: Knex): Promise<void> {
  await ensureTable(db, 'knex_migrations', (table) => {
    table.increments();
    table.string('name');
    table.integer('batch');
    table.timestamp('migration_time');
  });
  await ensureTable(db, lockTable, (table) => {
    table.increments('index').primary();
    table.integer('is_locked');
  });
  if (await db(lockTable).first('index')) return;
  await db(lockTable)
    .insert({ index: 1, is_locked: 0 })
    .catch((error) => {
      if (!isDuplicate(error)) throw error;
    });
}

async function ensureTable(
  db: Knex,
  name: string,
  build: (table: Knex.CreateTableBuilder) => void,
): Promise<void> {
  if (await db.schema.hasTable(name)) return;
  await db.schema.createTable(name, build).catch(async (error) => {
    if (!(await db.schema.hasTable(name))) throw error;
  });
}

function lockedError(): HubError {
  return new HubError(
    'conflict',
    'Another process is bringing the database up to date, or one died while it did. If none is at work, run: npm run knex -- migrate:unlock',
  );
}

function toldWithRemedy(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (isUnavailable(error)) {
    const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
    return new HubError('database_unavailable', `The database cannot be opened${code}. Check DATABASE_URL.`, {
      cause: error,
    });
  }
  const missing = /migration directory is corrupt.*missing: (.*)$/.exec(error.message)?.[1];
  if (missing === undefined) return error;
  return new HubError(
    'conflict',
    `The database was brought up to date by a newer version of Countersign (${missing}). Start that version.`,
    { cause: error },
  );
}

/** SQLite, when another process has been writing for longer than the busy timeout. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
}
