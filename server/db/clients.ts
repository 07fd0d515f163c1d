/** The two database clients of knex, each with the rules that knex has no setting for. */
import type { Knex } from 'knex';
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3/index.js';
import Mysql2Client from 'knex/lib/dialects/mysql2/index.js';
import Transaction from 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js';

/** Longest run of one statement on MySQL; the connection is given up when it is reached. */
export const queryTimeoutMs = 10_000;

/**
 * Takes the write lock when a transaction begins: a deferred one that turns from reading to writing fails at once with
 * SQLITE_BUSY_SNAPSHOT when another process has written meanwhile, whatever the busy timeout. One that says it only
 * reads takes no lock and keeps nobody waiting.
 */
class SqliteTransaction extends Transaction {
  override begin(connection: object): Promise<unknown> {
    return this.query(connection, this.readOnly ? 'BEGIN DEFERRED;' : 'BEGIN IMMEDIATE;');
  }
}

/** SQLite with those transactions. */
export class SqliteClient extends BetterSqlite3Client {
  override transaction(...options: unknown[]): Knex.Transaction {
    // Knex types what users see of a transaction; this is what its own clients make.
    return new SqliteTransaction(this, ...options) as unknown as Knex.Transaction;
  }
}

interface Connection {
  /** Knex's mark of a connection that is not used again, with the reason. */
  __knex__disposed?: unknown;
  destroy(): void;
  stream: { destroy(): void };
}

/**
 * MySQL with a deadline on every statement: the driver has none, and a stopped server would hold the caller for
 * ever. A connection that missed it is not used again, not even to roll back, for its answer may still come; and
 * none waits for the server to say goodbye.
 */
export class MysqlClient extends Mysql2Client {
  override async _query(connection: Connection, query: { options?: { timeout?: number } }): Promise<unknown> {
    if (connection.__knex__disposed) throw connection.__knex__disposed;
    query.options = { timeout: queryTimeoutMs, ...query.options };
    try {
      return await super._query(connection, query);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'PROTOCOL_SEQUENCE_TIMEOUT') {
        connection.__knex__disposed = error;
      }
      throw error;
    }
  }

  override async destroyRawConnection(connection: Connection): Promise<void> {
    if (!connection.__knex__disposed) await super.destroyRawConnection(connection);
    // The driver's own `destroy` waits for the server to close its side.
    connection.destroy();
    connection.stream.destroy();
  }
}
