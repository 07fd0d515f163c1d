/** Fresh databases for tests: SQLite in a temporary folder, MariaDB when TEST_MYSQL_URL names a server. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Knex } from 'knex';
import { createConnection } from 'mysql2/promise';
import type { DatabaseConfig } from '../../server/config.ts';
import { migrate, openDatabase } from '../../server/db/open.ts';

export interface TestDatabase {
  name: 'SQLite' | 'MariaDB';
  /** An empty database, up to date, closed and dropped when the file's tests are over. */
  open(): Promise<Knex>;
  /** An empty database without any table, for tests that start the whole hub on it. */
  create(): Promise<DatabaseConfig>;
}

/** Defines the same tests for each database of this machine. A given server is touched in databases of our own only. */
export function withDatabases(define: (database: TestDatabase) => void): void {
  define(testDatabase('SQLite', createSqlite));
  const server = process.env.TEST_MYSQL_URL;
  if (server) define(testDatabase('MariaDB', (onEnd) => createMysql(server, onEnd)));
}

type OnEnd = (work: () => Promise<void>) => void;

function testDatabase(
  name: TestDatabase['name'],
  make: (onEnd: OnEnd) => Promise<DatabaseConfig>,
): TestDatabase {
  const endings: (() => Promise<void>)[] = [];
  const create = () => make((work) => endings.unshift(work));
  after(async () => {
    for (const work of endings) await work();
  });
  return {
    name,
    create,
    open: async () => {
      const db = openDatabase(await create());
      endings.unshift(() => db.destroy());
      await migrate(db);
      return db;
    },
  };
}

async function createSqlite(onEnd: OnEnd): Promise<DatabaseConfig> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  onEnd(async () => rmSync(folder, { recursive: true, force: true }));
  return { kind: 'sqlite', file: join(folder, 'test.sqlite') };
}

async function createMysql(server: string, onEnd: OnEnd): Promise<DatabaseConfig> {
  const url = new URL(server);
  const database = `countersign_test_${randomBytes(6).toString('hex')}`;
  const login = {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const run = async (sql: string) => {
    const connection = await createConnection(login);
    await connection.query(sql);
    await connection.end();
  };
  await run(`create database ${database}`);
  onEnd(() => run(`drop database ${database}`));
  return { kind: 'mysql', ...login, database };
}
