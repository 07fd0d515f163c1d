/** The two database clients of knex, each with the one rule that knex has no setting for. */
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3/index.js';
import Mysql2Client from 'knex/lib/dialects/mysql2/index.js';

/** Longest run of one statement on MySQL; the connection is given up when it is reached. */
export const queryTimeoutMs = 10_000;

/**
 * SQLite with write locks taken when a transaction begins: a deferred one that turns from reading to writing
 * fails at once with SQLITE_BUSY_SNAPSHOT when another process has written meanwhile, whatever the busy timeout.
 */
export class SqliteClient extends BetterSqlite3Client {
  override _query(connection: object, query: { sql: string }): Promise<unknown> {
    if (query.sql === 'BEGIN;') query.sql = 'BEGIN IMMEDIATE;';
    return super._query(connection, query);
  }
}

/**
 * MySQL with a deadline on every statement: the driver has none, and a stopped server would hold the caller for
 * ever. A connection that missed it is not used again, for its answer may still come.
 */
export class MysqlClient extends Mysql2Client {
  override async _query(
    connection: { __knex__disposed?: unknown },
    query: { options?: { timeout?: number } },
  ): Promise<unknown> {
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
}
