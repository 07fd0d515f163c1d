/** Transactions as features use them: all or nothing, tried again when the database asks for it. */
import type { Knex } from 'knex';

const maxTries = 5;

/** MySQL: deadlock, lock wait time-out, record changed since last read (MariaDB snapshot isolation). */
const retryableErrno = new Set([1213, 1205, 1020]);

/**
 * Runs `work` in one transaction. It may run up to five times when the database reports a conflict between
 * transactions, so it must not do anything but database work (DESIGN decision 10).
 */
export async function inTransaction<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (tries >= maxTries || !isConflict(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * tries));
    }
  }
}

/** Reads that all see the database as it was at one moment; no writer waits for them. */
export function inSnapshot<T>(db: Knex, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  const isMysql = db.client.driverName === 'mysql2';
  return db.transaction(work, isMysql ? { isolationLevel: 'repeatable read' } : { readOnly: true });
}

/** Whether an error is a broken unique key, so that a store can say what is taken. */
export function isDuplicate(error: unknown): boolean {
  return (
    hasCode(error, 'ER_DUP_ENTRY') ||
    hasCode(error, 'SQLITE_CONSTRAINT_UNIQUE') ||
    hasCode(error, 'SQLITE_CONSTRAINT_PRIMARYKEY')
  );
}

/** Whether an error says that the database could not be reached or did not answer in time. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'KnexTimeoutError') return true;
  return 'code' in error && typeof error.code === 'string' && unavailableCodes.has(error.code);
}

const unavailableCodes = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ER_ACCESS_DENIED_ERROR',
  'ER_BAD_DB_ERROR',
  'ER_CON_COUNT_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'SQLITE_BUSY',
  'SQLITE_CANTOPEN',
  'SQLITE_CORRUPT',
  'SQLITE_FULL',
  'SQLITE_IOERR',
  'SQLITE_NOTADB',
]);

function isConflict(error: unknown): boolean {
  if (hasCode(error, 'SQLITE_BUSY') || hasCode(error, 'SQLITE_BUSY_SNAPSHOT')) return true;
  return (
    error instanceof Error &&
    'errno' in error &&
    typeof error.errno === 'number' &&
    retryableErrno.has(error.errno)
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
