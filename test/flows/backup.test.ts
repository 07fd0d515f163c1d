/** Backup while others write, restore into a database of the other kind, and what is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Knex } from 'knex';
import { backUp, restore } from '../../server/backup.ts';
import { migrations, tableNames } from '../../server/db/migrations/index.ts';
import { openDatabase } from '../../server/db/open.ts';
import { HubError } from '../../server/errors.ts';
import { command, databaseUrl } from '../support/command.ts';
import { type TestDatabase, withDatabases } from '../support/databases.ts';
import { consumer, startTestHub } from '../support/hub.ts';
import { packageText } from '../support/packages.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-backup-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newFile = () => join(folder, `${++files}.backup`);

const databases: TestDatabase[] = [];
withDatabases((database) => databases.push(database));

for (const from of databases) {
  const on = from.name;
  const to = databases.find((other) => other !== from) ?? from;

  test(`${on}: every table of the schema is in the list, with its primary key, parents before children`, async () => {
    const db = await from.open();
    const names = tableNames.map(({ table }) => table);
    assert.deepEqual([...names].sort(), (await tablesOf(db)).sort());
    for (const { table, key } of tableNames) assert.deepEqual(await primaryKeyOf(db, table), key, table);
    assert.equal(new Set(names).size, names.length);
  });

  test(`${on} → ${to.name}: a hub is backed up while it serves and goes on elsewhere with all it knew`, async () => {
    const source = await from.create();
    const hub = await startTestHub({ database: source });
    const file = newFile();
    const made = await hub.api('POST', '/packages/import', {
      package: packageText('packages/twitter.json'),
      prompts: { prompt_client_id: consumer.key, prompt_client_secret: consumer.secret },
    });
    assert.equal(made.status, 201, made.text);
    const account = made.body.records_created['cerberusweb.contexts.connected_account'].account_twitter.id;
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    const linked = await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
    assert.equal(linked.status, 200, linked.text);
    await hub.api('PATCH', `/connected-accounts/${account}`, { name: 'Vögel \u2028 💎' });

    // It serves meanwhile: calls come in while the backup is written.
    let isOver = false;
    const serving = (async () => {
      let count = 0;
      for (; !isOver || count === 0; count++) {
        const { status } = await hub.api('PATCH', `/connected-accounts/${account}`, { uri: `bird-${count}` });
        assert.equal(status, 200);
      }
    })();
    const env = { DATABASE_URL: databaseUrl(source), COUNTERSIGN_DATA: hub.dataFolder };
    const backedUp = await command(['backup', file, '--json'], { env });
    isOver = true;
    await serving;
    assert.equal(backedUp.code, 0, backedUp.err);
    assert.ok(JSON.parse(backedUp.out).rows > 10);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal((await command(['backup', file], { env })).code, 1, 'an existing file is left alone');

    const text = readFileSync(file, 'utf8');
    const masterKey = readFileSync(join(hub.dataFolder, 'master.key'), 'utf8').trim();
    for (const secret of [masterKey, consumer.secret, tokenSecret])
      assert.equal(text.includes(secret), false);

    const target = await to.create();
    const targetEnv = { DATABASE_URL: databaseUrl(target), COUNTERSIGN_DATA: join(folder, `data-${files}`) };
    const restored = await command(['restore', file], { env: targetEnv });
    assert.equal(restored.code, 0, restored.err);
    assert.match(restored.err, /do not open here yet\. The master key m[0-9a-f]{12} is missing/);
    const keyless = await command(['account', 'list'], { env: targetEnv });
    assert.equal(keyless.code, 1);
    assert.match(keyless.err, /^The master key m[0-9a-f]{12} is missing/);

    const withKey = { ...targetEnv, COUNTERSIGN_MASTER_KEY: masterKey };
    assert.equal((await command(['doctor'], { env: withKey })).code, 0);
    const shown = await command(['account', 'show', account, '--json'], { env: withKey });
    assert.equal(JSON.parse(shown.out).name, 'Vögel \u2028 💎');
    const connectTo = { COUNTERSIGN_CONNECT_TO: `https://api.x.com=${hub.sandbox.origin}` };
    const tested = await command(['account', 'test', account], { env: { ...withKey, ...connectTo } });
    assert.equal(tested.code, 0, tested.out + tested.err);
    await hub.close();
  });

  test(`${on}: restore fills an empty database only`, async () => {
    const db = await from.open();
    const file = newFile();
    await plant(db);
    await backUp(db, file);
    await assert.rejects(restore(db, file), refusal('conflict', /holds rows already/));
  });

  test(`${on}: a file cut short, changed or foreign is refused and leaves nothing behind`, async () => {
    const source = await from.open();
    await plant(source);
    const whole = newFile();
    await backUp(source, whole);
    const lines = readFileSync(whole, 'utf8').trimEnd().split('\n');
    const broken: Record<string, string[]> = {
      'cut at a line': lines.slice(0, -1),
      'cut in a line': [...lines.slice(0, -2), (lines.at(-2) ?? '').slice(0, -5)],
      'a row missing': [...lines.slice(0, 2), ...lines.slice(3)],
      'more after the end': [...lines, lines[1] ?? ''],
      'another table': [lines[0] ?? '', '{"table":"knex_migrations","row":{"name":"x"}}', '{"rows":1}'],
      'no header': lines.slice(1),
      'no JSON': ['hello'],
      empty: [],
    };
    const target = await from.open();
    for (const [what, kept] of Object.entries(broken)) {
      const file = newFile();
      writeFileSync(file, kept.join('\n'));
      await assert.rejects(restore(target, file), refusal('bad_request', /no whole backup/), what);
      for (const { table } of tableNames)
        assert.equal(await target(table).first(), undefined, `${what}: ${table}`);
    }
    await assert.rejects(restore(target, join(folder, 'nowhere')), refusal('bad_request', /cannot be read/));
    await restore(target, whole);
  });

  test(`${on}: a backup of another version is refused by both names`, async () => {
    const db = await from.open();
    const file = newFile();
    writeFileSync(file, '{"countersign_backup":1,"schema":"0000-old"}\n{"rows":0}\n');
    const latest = migrations.at(-1)?.name ?? '';
    await assert.rejects(restore(db, file), refusal('conflict', new RegExp(`0000-old.*${latest}`)));
  });

  test(`${on}: a backup that cannot be written leaves no half file`, async () => {
    const db = await from.open();
    const nowhere = join(folder, 'nowhere', 'file');
    await assert.rejects(backUp(db, nowhere), refusal('bad_request', /cannot be written/));
  });
}

test('tables longer than a page are copied whole, in any order of keys', async () => {
  const [database] = databases;
  assert.ok(database);
  const source = await database.open();
  const rows = Array.from({ length: 350 }, (_, i) => ({
    asker: `asker ${i % 7}`,
    idempotency_key: `key ${i}`,
    request_hash: 'h',
    state: 'running',
    expires_at: i,
  }));
  await source.batchInsert('kept_answers', rows, 50);
  const file = newFile();
  assert.deepEqual(await backUp(source, file), { rows: 350 });
  const target = await database.open();
  await restore(target, file);
  const order = ['asker', 'idempotency_key'];
  assert.deepEqual(await target('kept_answers').orderBy(order), await source('kept_answers').orderBy(order));
});

test('SQLite: a backup that is being read keeps no writer waiting', async () => {
  const [database] = databases;
  assert.ok(database);
  const config = await database.create();
  const [reader, writer] = [openDatabase(config), openDatabase(config)];
  await writer.schema.createTable('t', (table) => table.integer('n'));
  await writer('t').insert({ n: 1 });
  await reader.transaction(
    async (trx) => {
      assert.equal((await trx('t')).length, 1);
      await writer.transaction((other) => other('t').insert({ n: 2 }));
      assert.equal((await trx('t')).length, 1, 'and it sees one moment');
    },
    { readOnly: true },
  );
  await reader.destroy();
  await writer.destroy();
});

async function plant(db: Knex): Promise<void> {
  const worker = { name: 'n', is_admin: 0, is_disabled: 0, created_at: 1, updated_at: 1 };
  for (const id of ['A', 'B', 'C']) await db('workers').insert({ ...worker, id, email: `${id}@example.com` });
}

function refusal(code: HubError['code'], message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof HubError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

async function tablesOf(db: Knex): Promise<string[]> {
  const isMysql = db.client.driverName === 'mysql2';
  const rows: { name: string }[] = isMysql
    ? await db('information_schema.tables')
        .whereRaw('table_schema = database()')
        .select({ name: 'table_name' })
    : await db('sqlite_master').where({ type: 'table' }).whereNot('name', 'like', 'sqlite_%').select('name');
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('knex_'));
}

async function primaryKeyOf(db: Knex, table: string): Promise<string[]> {
  if (db.client.driverName === 'mysql2') {
    const rows: { name: string }[] = await db('information_schema.statistics')
      .whereRaw('table_schema = database()')
      .where({ table_name: table, index_name: 'PRIMARY' })
      .orderBy('seq_in_index')
      .select({ name: 'column_name' });
    return rows.map(({ name }) => name);
  }
  const rows: { name: string; pk: number }[] = await db.raw(`pragma table_info(${table})`);
  return rows
    .filter(({ pk }) => pk > 0)
    .sort((a, b) => a.pk - b.pk)
    .map(({ name }) => name);
}
