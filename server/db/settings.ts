/** Knex settings for both databases; the one source for the hub and for `knexfile.ts`. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Knex } from 'knex';
import type { DatabaseConfig } from '../config.ts';
import { MysqlClient, SqliteClient } from './clients.ts';
import { migrations } from './migrations/index.ts';

/** Longest wait for a free connection and longest run of one statement: no query waits beyond their sum. */
export const acquireTimeoutMs = 5_000;

export interface DatabaseOptions {
  /** A `down` may drop tables that hold rows (COUNTERSIGN_ALLOW_DATA_LOSS=yes). */
  allowDataLoss?: boolean;
  poolSize?: number;
}

export function knexSettings(database: DatabaseConfig, options: DatabaseOptions = {}): Knex.Config {
  const shared: Knex.Config = {
    acquireConnectionTimeout: acquireTimeoutMs,
    // Knex would print to stdout, where answers alone belong; what goes wrong is thrown all the same.
    log: { warn() {}, error() {}, debug() {}, deprecate() {} },
    migrations: {
      migrationSource: migrationSource(options.allowDataLoss === true),
      disableMigrationsListValidation: false,
    },
  };
  if (database.kind === 'sqlite') {
    if (database.file !== ':memory:') mkdirSync(dirname(database.file), { recursive: true, mode: 0o700 });
    return {
      ...shared,
      client: SqliteClient,
      connection: { filename: database.file },
      useNullAsDefault: true,
      pool: { min: 1, max: 1, afterCreate: prepareSqlite },
    };
  }
  return {
    ...shared,
    client: MysqlClient,
    connection: {
      host: database.host,
      port: database.port,
      user: database.user,
      password: database.password,
      database: database.database,
      charset: 'utf8mb4',
      timezone: 'Z',
      connectTimeout: 2_000,
      typeCast: identitiesAsText,
    },
    pool: { min: 0, max: options.poolSize ?? 10, afterCreate: prepareMysql },
  };
}

function migrationSource(allowDataLoss: boolean): Knex.MigrationSource<(typeof migrations)[number]> {
  return {
    // `file` is what knex's own command line prints of a migration that is missing.
    getMigrations: () =>
      Promise.resolve(migrations.map((migration) => ({ ...migration, file: migration.name }))),
    getMigrationName: (migration) => migration.name,
    getMigration: (migration) =>
      Promise.resolve({ up: migration.up, down: (db: Knex) => migration.down(db, { allowDataLoss }) }),
  };
}

type Done = (error: Error | null, connection: unknown) => void;

function prepareSqlite(connection: { pragma(text: string): unknown }, done: Done): void {
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('busy_timeout = 5000');
  done(null, connection);
}

interface MysqlConnection {
  query(sql: string, done: (error: Error | null) => void): void;
}

function prepareMysql(connection: MysqlConnection, done: Done): void {
  connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', (error) => {
    if (error) return done(error, connection);
    connection.query(`SET SESSION sql_mode = '${strictMode}'`, (failure) => done(failure, connection));
  });
}

/** Refuse what does not fit instead of cutting it. */
const strictMode =
  'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

/** VARBINARY holds identities, which are text in the product; the driver would hand out buffers. */
function identitiesAsText(
  field: { type: string; string(encoding?: string): string | null },
  next: () => unknown,
): unknown {
  return field.type === 'VAR_STRING' || field.type === 'STRING' ? field.string('utf-8') : next();
}
