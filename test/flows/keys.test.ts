/** The vault's keys: found or refused at the start, and changed while others go on sealing. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Knex } from 'knex';
import { HubError } from '../../server/errors.ts';
import { activateKey, addKey, keyStatus, reencrypt, retireKey } from '../../server/key-rotation.ts';
import { keepVaultFresh, openVault } from '../../server/keys.ts';
import { KeyError, masterKeyId } from '../../server/master-key.ts';
import { placeOf, sealedColumns } from '../../server/sealed-columns.ts';
import type { Vault } from '../../server/vault.ts';
import { withDatabases } from '../support/databases.ts';

const root = mkdtempSync(join(tmpdir(), 'countersign-keys-'));
after(() => rmSync(root, { recursive: true, force: true }));

const key = (fill: number) => new Uint8Array(32).fill(fill);

withDatabases((database) => {
  const on = database.name;
  let folders = 0;

  async function setUp(options: { masterKey?: Uint8Array } = {}) {
    const dataFolder = join(root, `${on}-${++folders}`, 'data');
    const clock = { at: 1_000_000 };
    const config = { dataFolder, masterKey: options.masterKey };
    return {
      db: await database.open(),
      config,
      now: () => clock.at,
      clock,
      file: join(dataFolder, 'master.key'),
    };
  }

  test(`${on}: the first start makes one master key, for its user alone, and one data key`, async () => {
    const deps = await setUp();
    const vault = await openVault(deps);
    assert.equal(statSync(deps.file).mode & 0o777, 0o600);
    assert.equal(statSync(deps.config.dataFolder).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(deps.config.dataFolder), ['master.key'], 'no draft is left');
    const sealed = vault.seal('text', { table: 't', id: '1', field: 'f' });
    const again = await openVault(deps);
    assert.equal(again.open(sealed, { table: 't', id: '1', field: 'f' }), 'text');
    assert.equal((await deps.db('vault_keys')).length, 1);
    const [{ wrapped_key: wrapped }] = await deps.db('vault_keys');
    assert.match(wrapped, /^v1:m[0-9a-f]{12}:/);
  });

  test(`${on}: of processes that start at once on an empty database all get the same keys`, async () => {
    const deps = await setUp();
    const vaults = await Promise.all(Array.from({ length: 8 }, () => openVault(deps)));
    const place = { table: 't', id: '1', field: 'f' };
    for (const vault of vaults) assert.equal(vaults[0]?.open(vault.seal('x', place), place), 'x');
    assert.equal((await deps.db('vault_keys')).length, 1);
  });

  test(`${on}: another master key stops the start, by the id of the one that is missing`, async () => {
    const deps = await setUp({ masterKey: key(1) });
    await openVault(deps);
    const before = await deps.db('vault_keys');
    await refuses(openVault({ ...deps, config: { ...deps.config, masterKey: key(2) } }), [
      masterKeyId(key(1)),
      masterKeyId(key(2)),
      'COUNTERSIGN_MASTER_KEY',
    ]);
    assert.deepEqual(await deps.db('vault_keys'), before);
  });

  test(`${on}: a missing master key stops the start, and no new one is made`, async () => {
    const deps = await setUp({ masterKey: key(1) });
    await openVault(deps);
    const config = { ...deps.config, masterKey: undefined };
    await refuses(openVault({ ...deps, config }), [masterKeyId(key(1)), 'is missing', deps.file]);
    assert.equal(existsSync(deps.file), false);
  });

  for (const [what, content] of [
    ['is empty', ''],
    ['holds too little', Buffer.from(key(1).subarray(0, 31)).toString('base64')],
    ['holds too much', Buffer.from(new Uint8Array(33)).toString('base64')],
    ['holds something else', `${'?'.repeat(43)}=`],
  ] as const) {
    test(`${on}: a key file that ${what} stops the start and stays as it is`, async () => {
      const deps = await setUp({ masterKey: key(1) });
      await openVault(deps);
      mkdirSync(deps.config.dataFolder, { recursive: true });
      writeFileSync(deps.file, content, { mode: 0o600 });
      const config = { ...deps.config, masterKey: undefined };
      await refuses(openVault({ ...deps, config }), [deps.file, masterKeyId(key(1))]);
      assert.equal(statSync(deps.file).size, content.length);
    });
  }

  test(`${on}: a key file that others can read is refused with the remedy`, async () => {
    const deps = await setUp();
    await openVault(deps);
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(deps.file, mode);
      await refuses(openVault(deps), [`chmod 600 ${deps.file}`]);
    }
    chmodSync(deps.file, 0o400);
    await openVault(deps);
  });

  test(`${on}: where values are sealed and their keys are gone nothing new is made`, async () => {
    const deps = await setUp();
    await sealEverywhere(deps.db, await openVault(deps));
    await deps.db('vault_keys').delete();
    rmSync(deps.file);
    await refuses(openVault(deps), ['vault_keys']);
    assert.equal(existsSync(deps.file), false);
    assert.deepEqual(await deps.db('vault_keys'), []);
  });

  test(`${on}: every sealed column of the schema is known to the rotation`, async () => {
    const db = await database.open();
    const known = sealedColumns.map(({ table, field }) => `${table}.${field}`);
    assert.deepEqual(known.sort(), (await columnsNamedSealed(db)).sort());
  });

  test(`${on}: a key is added, activated, used for everything, and the old one retired, while another hub serves`, async () => {
    const deps = await setUp({ masterKey: key(1) });
    const here = await keepVaultFresh(deps);
    const there = await keepVaultFresh(deps);
    await sealEverywhere(deps.db, here.vault);
    const reads = async () => {
      for (const column of sealedColumns) {
        const row = await deps.db(column.table).first();
        assert.equal(
          there.vault.open(row[column.field], placeOf(column, row)),
          `${column.table} ${column.field}`,
        );
      }
    };

    assert.equal(await addKey(deps), 'k2');
    await there.refresh();
    await here.refresh();
    const activating = activateKey(deps, 'k2');
    deps.clock.at += 5000;
    await activating;
    assert.equal(there.vault.activeKeyId, 'k1', 'not noticed yet');
    await here.refresh();
    assert.equal(here.vault.activeKeyId, 'k2');
    const place = { table: 't', id: '1', field: 'f' };
    assert.equal(
      there.vault.open(here.vault.seal('new', place), place),
      'new',
      'known before it is noticed as active',
    );
    await there.refresh();
    assert.equal(there.vault.activeKeyId, 'k2');

    await assert.rejects(
      retireKey(deps, 'k1'),
      refusal('in_use', new RegExp(`${sealedColumns.length} values are still sealed under k1`)),
    );
    deps.clock.at += 5000;
    assert.deepEqual(await reencrypt(deps), { values: sealedColumns.length });
    assert.deepEqual(await reencrypt(deps), { values: 0 });
    await reads();
    await assert.rejects(retireKey(deps, 'k2'), refusal('in_use', /./));
    await retireKey(deps, 'k1');
    await there.refresh();
    await reads();
    const status = await keyStatus(deps.db);
    assert.deepEqual(status, [
      { id: 'k2', state: 'active', masterKeyId: masterKeyId(key(1)), sealed: sealedColumns.length },
    ]);
    here.stop();
    there.stop();
  });

  test(`${on}: activating waits until every process had time to load the key, retiring until none uses the old one`, async () => {
    const deps = await setUp({ masterKey: key(1) });
    const old = await openVault(deps);
    const id = await addKey(deps);
    let isActive = false;
    const activating = activateKey(deps, id).then(() => {
      isActive = true;
    });
    deps.clock.at += 4999;
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.equal(isActive, false);
    deps.clock.at += 1;
    await activating;
    // A process that noticed late seals under the old key once more, after the first look.
    const retiring = retireKey(deps, 'k1');
    const late = assert.rejects(retiring, refusal('in_use', /still sealed under k1/));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await sealEverywhere(deps.db, old);
    deps.clock.at += 5000;
    await late;
  });

  test(`${on}: sealing anew can be stopped anywhere and called again`, async () => {
    const deps = await setUp({ masterKey: key(1) });
    await sealEverywhere(deps.db, await openVault(deps));
    await addKey(deps);
    deps.clock.at += 5000;
    await activateKey(deps, 'k2');
    deps.clock.at += 5000;
    let updates = 0;
    const stopping = (query: { sql: string }) => {
      if (/^update/i.test(query.sql) && ++updates === 3) throw new Error('planted stop');
    };
    deps.db.on('query', stopping);
    await assert.rejects(reencrypt(deps), /planted stop/);
    deps.db.off('query', stopping);
    const { values } = await reencrypt(deps);
    assert.ok(values > 0 && values < sealedColumns.length, String(values));
    await retireKey(deps, 'k1');
  });

  test(`${on}: the active key and an unknown one are not retired, an unknown one is not activated`, async () => {
    const deps = await setUp({ masterKey: key(1) });
    await openVault(deps);
    deps.clock.at += 5000;
    await assert.rejects(retireKey(deps, 'k1'), refusal('conflict', /is the active one/));
    await assert.rejects(retireKey(deps, 'k9'), refusal('conflict', /does not exist/));
    await assert.rejects(activateKey(deps, 'k9'), refusal('not_found', /k9/));
  });
});

async function refuses(work: Promise<unknown>, words: readonly string[]): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof KeyError, String(error));
    for (const word of words) assert.ok(error.message.includes(word), `${error.message} lacks ${word}`);
    return true;
  });
}

function refusal(code: HubError['code'], message: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof HubError && error.code === code && message.test(error.message);
}

/** One row with a sealed value in every column there is; each holds its own table and field as text. */
async function sealEverywhere(db: Knex, vault: Vault): Promise<void> {
  const at = { created_at: 1, updated_at: 1 };
  const rows: Record<string, Record<string, unknown>> = {
    connected_services: { id: 'S', name: 's', extension_id: 'x', params: '{}', allowed_hosts: '[]', ...at },
    service_keys: {
      id: 'K',
      service_id: 'S',
      slot: 1,
      bits: 2048,
      fingerprint: 'f',
      public_key: 'p',
      certificate: 'c',
      is_pasted: 0,
      created_at: 1,
    },
    connected_accounts: {
      id: 'A',
      name: 'a',
      service_id: 'S',
      owner_context: 'app',
      owner_id: '0',
      status: 'linked',
      ...at,
    },
    link_flows: {
      id: 'F',
      account_id: 'A',
      service_id: 'S',
      asked_by: 'x',
      saves_at_once: 0,
      replaces_identity: 0,
      state: 'pending',
      exchanges: 0,
      created_at: 1,
      expires_at: 1,
    },
    bots: {
      id: 'B',
      name: 'b',
      owner_context: 'app',
      owner_id: '0',
      is_disabled: 0,
      params: '{}',
      ...at,
    },
    bot_keys: { bot_id: 'B', name: 'n' },
    behaviors: {
      id: 'H',
      bot_id: 'B',
      title: 't',
      event_key: 'e',
      event_params: '{}',
      is_private: 0,
      is_disabled: 0,
      priority: 50,
      variables: '{}',
      nodes: '[]',
      ...at,
    },
    webhook_listeners: { id: 'L', guid: 'g', name: 'l', ...at },
    webhook_requests: {
      id: 'W',
      listener_id: 'L',
      method: 'POST',
      address: 'a',
      size: 1,
      state: 'waiting',
      received_at: 1,
    },
    notice_addresses: { id: 'N', name: 'n', url: 'u', state: 'on', ...at },
    runs: {
      id: 'R',
      behavior_id: 'H',
      mode: 'live',
      status: 'suspended',
      asked_by: 'x',
      actor_kind: 'cli',
      actor_id: 'cli',
      started_at: 1,
    },
    schedules: { id: 'T', kind: 'once', bot_id: 'B', behavior_id: 'H', target: 't', created_at: 1 },
    mails: { id: 'M', run_id: 'R', bot_id: 'B', recipients: 1, status: 'sent', started_at: 1 },
    chats: {
      id: 'C',
      bot_id: 'B',
      behavior_id: 'H',
      title: 't',
      bot_name: 'b',
      state: 'waiting',
      turn: 1,
      expires_at: 1,
      ...at,
    },
    chat_messages: { chat_id: 'C', position: 1, created_at: 1 },
    deliveries: { id: 'D', purpose: 'request', state: 'answered', method: 'GET', url: '/', started_at: 1 },
    imports: { id: 'I', package_name: 'p', asked_by: 'x', outcome: '{}', created_at: 1 },
    kept_answers: {
      asker: 'x y',
      idempotency_key: 'z',
      request_hash: 'h',
      state: 'done',
      expires_at: 1,
    },
  };
  for (const [table, row] of Object.entries(rows)) {
    for (const column of sealedColumns.filter((sealed) => sealed.table === table)) {
      row[column.field] = vault.seal(`${table} ${column.field}`, placeOf(column, row));
    }
    await db(table).insert(row);
  }
}

async function columnsNamedSealed(db: Knex): Promise<string[]> {
  if (db.client.driverName === 'mysql2') {
    const rows = await db('information_schema.columns')
      .whereRaw('table_schema = database()')
      .where('column_name', 'like', 'sealed\\_%')
      .select({ table: 'table_name', column: 'column_name' });
    return rows.map(({ table, column }) => `${table}.${column}`);
  }
  const tables: { name: string }[] = await db('sqlite_master').where({ type: 'table' }).select('name');
  const found: string[] = [];
  for (const { name } of tables) {
    const columns: { name: string }[] = await db.raw(`pragma table_info(${name})`);
    found.push(
      ...columns
        .filter((column) => column.name.startsWith('sealed_'))
        .map((column) => `${name}.${column.name}`),
    );
  }
  return found;
}
