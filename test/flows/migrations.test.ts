/** The schema comes and goes as it should: at once in several processes, half done, back again, by knex's own hand. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { migrations, tableNames } from '../../server/db/migrations/index.ts';
import { migrate, openDatabase } from '../../server/db/open.ts';
import { HubError } from '../../server/errors.ts';
import { command, databaseUrl, startNode, startProgram } from '../support/command.ts';
import { withDatabases } from '../support/databases.ts';
import { failAtStatement } from '../support/failing-statements.ts';

const data = mkdtempSync(join(tmpdir(), 'countersign-migrations-'));
after(() => rmSync(data, { recursive: true, force: true }));

const worker = {
  id: 'A',
  email: 'a@example.com',
  name: 'a',
  is_admin: 0,
  is_disabled: 0,
  created_at: 1,
  updated_at: 1,
};

withDatabases((database) => {
  const on = database.name;

  test(`${on}: processes that start at once on an empty database all come up, and each migration ran once`, async () => {
    const config = await database.create();
    const env = { DATABASE_URL: databaseUrl(config), COUNTERSIGN_DATA: join(data, on) };
    const processes = Array.from({ length: 3 }, () => startProgram(['migrate'], env));
    for (const program of processes) assert.equal(await program.ended, 0, program.err());
    const db = openDatabase(config);
    const done: { name: string }[] = await db('knex_migrations').orderBy('id');
    assert.deepEqual(
      done.map(({ name }) => name),
      migrations.map(({ name }) => name),
    );
    assert.deepEqual(await db('knex_migrations_lock'), [{ index: 1, is_locked: 0 }]);
    await db.destroy();
  });

  if (on === 'MariaDB')
    test(`${on}: many at once make one lock row between them`, async () => {
      // SQLite waits for a lock within the thread, so that two of one process would wait for each other.
      const config = await database.create();
      const many = Array.from({ length: 8 }, () => openDatabase(config));
      await Promise.all(many.map((db) => migrate(db)));
      assert.equal((await many[0]?.('knex_migrations_lock'))?.length, 1);
      for (const db of many) await db.destroy();
    });

  test(`${on}: a lock that nobody takes away is told with the command that does`, async () => {
    const db = await database.open();
    await db('knex_migrations')
      .where({ name: migrations.at(-1)?.name })
      .delete();
    await db('knex_migrations_lock').update({ is_locked: 1 });
    await assert.rejects(migrate(db, { patienceMs: 600 }), (error) => {
      assert.ok(error instanceof HubError);
      assert.equal(error.code, 'conflict');
      assert.match(error.message, /npm run knex -- migrate:unlock/);
      return true;
    });
  });

  test(`${on}: a lock that is given back within the time is waited for`, async () => {
    const db = await database.open();
    await db('knex_migrations_lock').update({ is_locked: 1 });
    await Promise.all([migrate(db), db('knex_migrations_lock').update({ is_locked: 0 })]);
  });

  test(`${on}: a migration that was interrupted anywhere is done again from its beginning`, async () => {
    for (const at of [9, 12, 20, 40, 70]) {
      const db = openDatabase(await database.create());
      assert.equal(await failAtStatement(at, () => migrate(db)), true, `no statement ${at}`);
      await db('knex_migrations_lock').update({ is_locked: 0 });
      await migrate(db);
      for (const { table } of tableNames) assert.ok(await db.schema.hasTable(table), `${at}: ${table}`);
      await db.destroy();
    }
  });

  test(`${on}: a database that a newer version was at is left alone`, async () => {
    const db = await database.open();
    await db('knex_migrations').insert({ name: '9999-later', batch: 9, migration_time: new Date() });
    await assert.rejects(migrate(db), (error) => {
      assert.ok(error instanceof HubError);
      assert.match(error.message, /newer version of Countersign \(9999-later\)/);
      return true;
    });
  });

  test(`${on}: rolled back and up again it is the same schema`, async () => {
    const db = await database.open();
    await db.migrate.rollback(undefined, true);
    for (const { table } of tableNames) assert.equal(await db.schema.hasTable(table), false, table);
    await migrate(db);
    for (const { table } of tableNames) assert.ok(await db.schema.hasTable(table), table);
  });

  test(`${on}: knex's own command line works: latest, status, and a rollback that loses no rows unasked`, async () => {
    const config = await database.create();
    const env = { DATABASE_URL: databaseUrl(config), COUNTERSIGN_DATA: data };
    const knex = async (command_: string, more: Record<string, string> = {}) => {
      const cli = ['node_modules/knex/bin/cli.js', '--knexfile', 'knexfile.ts', command_];
      const program = startNode(cli, { ...env, ...more });
      return { code: await program.ended, out: program.out(), err: program.err() };
    };
    const before = await knex('migrate:status');
    for (const { name } of migrations) assert.match(before.out, new RegExp(name));
    const latest = await knex('migrate:latest');
    assert.equal(latest.code, 0, latest.err);
    const status = await knex('migrate:status');
    assert.equal(status.code, 0, status.err);
    assert.match(status.out, new RegExp(`Found ${migrations.length} Completed`));

    const db = openDatabase(config);
    await db('workers').insert(worker);
    const refused = await knex('migrate:rollback');
    assert.equal(refused.code, 1);
    assert.match(refused.out + refused.err, /Table workers holds rows.*COUNTERSIGN_ALLOW_DATA_LOSS=yes/);
    assert.equal((await db('workers')).length, 1);
    assert.equal(
      (await knex('migrate:rollback', { COUNTERSIGN_ALLOW_DATA_LOSS: '1' })).code,
      1,
      'only yes is yes',
    );
    assert.equal((await db('workers')).length, 1);
    const allowed = await knex('migrate:rollback', { COUNTERSIGN_ALLOW_DATA_LOSS: 'yes' });
    assert.equal(allowed.code, 0, allowed.err);
    assert.equal(await db.schema.hasTable('workers'), false);
    await db.destroy();
  });

  test(`${on}: countersign migrate makes the database, and says so alone`, async () => {
    const config = await database.create();
    const env = { DATABASE_URL: databaseUrl(config), COUNTERSIGN_DATA: data };
    const { code, out, err } = await command(['migrate'], { env });
    assert.deepEqual([code, out, err], [0, 'The database is up to date.\n', '']);
    const db = openDatabase(config);
    assert.ok(await db.schema.hasTable('workers'));
    await db.destroy();
  });
});
