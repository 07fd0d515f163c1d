/** Pairs that differ only in case, accent or a trailing space, and an emoji, stay apart on both databases. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Knex } from 'knex';
import { insertApiKey } from '../../server/people/access-store.ts';
import { findWorker, insertWorker } from '../../server/people/store.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

/** Each pair folds into one under some collation of MySQL. */
const pairs: readonly [string, string][] = [
  ['vogel', 'Vogel'],
  ['vogel', 'vögel'],
  ['vo\u0308gel', 'vögel'],
  ['vogel', 'vogel '],
  ['strasse', 'straße'],
  ['bird 💎', 'bird 🐦'],
  ['ﬁnch', 'finch'],
];

withDatabases((database) => {
  const on = database.name;
  let db: Knex;
  let hub: TestHub;
  let service = '';

  before(async () => {
    db = await database.open();
    hub = await startTestHub({ database: await database.create() });
    const created = await hub.api('POST', '/connected-services', {
      name: 'Service',
      extension_id: 'cerb.service.provider.oauth1',
      params: {
        client_id: consumer.key,
        client_secret: consumer.secret,
        request_token_url: 'https://api.twitter.com/oauth/request_token',
        authentication_url: 'https://api.twitter.com/oauth/authenticate',
        access_token_url: 'https://api.twitter.com/oauth/access_token',
        signature_method: 'HMAC-SHA1',
      },
    });
    assert.equal(created.status, 201, created.text);
    service = created.body.id;
  });
  after(() => hub.close());

  test(`${on}: identities are stored and found to the byte`, async () => {
    for (const [index, pair] of pairs.entries()) {
      for (const [side, text] of pair.entries()) {
        const id = `${index}-${side}`;
        const person = { email: `${index} ${text}`, name: text, passwordHash: null, isAdmin: false, at: 1 };
        assert.equal(await insertWorker(db, { id, ...person }), true, JSON.stringify(text));
        assert.equal(
          await insertWorker(db, { id: `${id}-again`, ...person }),
          false,
          'the very same is taken',
        );
      }
      for (const [side, text] of pair.entries()) {
        const found = await findWorker(db, { email: `${index} ${text}` });
        assert.equal(found?.id, `${index}-${side}`);
        assert.equal(found?.name, text);
      }
    }
  });

  test(`${on}: uids of one package's records stay apart`, async () => {
    await db('imports').insert({ id: 'I', package_name: 'p', asked_by: 'x', outcome: '{}', created_at: 1 });
    const uids = [...new Set(pairs.flat())];
    for (const uid of uids)
      await db('import_records').insert({ import_id: 'I', uid, context: 'c', record_id: uid });
    const rows: { uid: string; record_id: string }[] = await db('import_records').where({ import_id: 'I' });
    assert.deepEqual(rows.map(({ uid }) => uid).sort(), [...uids].sort());
    for (const { uid, record_id } of rows) assert.equal(record_id, uid);
  });

  test(`${on}: names of API keys, accounts and bots come back as they were given, through the product's own calls`, async () => {
    for (const [index, pair] of pairs.entries()) {
      for (const text of pair) {
        const bot = await hub.api('POST', '/bots', { name: text.trim() });
        assert.equal(bot.status, 201, bot.text);
        assert.equal((await hub.api('GET', `/bots/${bot.body.id}`)).body.name, text.trim());
        const account = await hub.api('POST', '/connected-accounts', {
          name: text.trim(),
          service_id: service,
        });
        assert.equal(account.status, 201, account.text);
        assert.equal((await hub.api('GET', `/connected-accounts/${account.body.id}`)).body.name, text.trim());
        const id = `${index}${text}`;
        await insertApiKey(db, { id, name: text, keyHash: id, isAdmin: false, at: 1, accountIds: [] });
      }
    }
    const { body } = await hub.api('GET', '/bots?limit=200');
    const names = body.items.map((item: { name: string }) => item.name);
    for (const text of pairs.flat()) assert.ok(names.includes(text.trim()), text);
    assert.equal((await db('api_keys')).length, pairs.length * 2);
  });

  test(`${on}: accounts of the same name but for case keep their own uris, and a taken uri is refused`, async () => {
    const make = (uri: string) =>
      hub.api('POST', '/connected-accounts', { name: 'Bird', uri, service_id: service });
    const [first, second] = [await make('bird-a'), await make('bird-b')];
    assert.equal(first.status, 201, first.text);
    assert.equal(second.status, 201, second.text);
    assert.equal((await make('bird-a')).status, 409);
    assert.equal((await hub.api('GET', '/connected-accounts/bird-a')).body.id, first.body.id);
    for (const near of ['Bird-a', 'bird-a ', 'bírd-a']) {
      const found = await hub.api('GET', `/connected-accounts/${encodeURIComponent(near)}`);
      assert.equal(found.status, 404, near);
    }
  });

  if (on === 'MariaDB')
    test(`${on}: what does not fit is refused, not cut`, async () => {
      const long = { id: 'x'.repeat(65), email: 'long@example.com', name: 'n', passwordHash: null };
      await assert.rejects(insertWorker(db, { ...long, isAdmin: false, at: 1 }), /too long/i);
    });

  test(`${on}: every connection speaks the settings that the product needs`, async () => {
    if (on === 'SQLite') {
      assert.equal((await db.raw('pragma journal_mode'))[0].journal_mode, 'wal');
      assert.equal((await db.raw('pragma foreign_keys'))[0].foreign_keys, 1);
      assert.equal((await db.raw('pragma synchronous'))[0].synchronous, 2);
      return;
    }
    const sessions = await Promise.all(
      Array.from({ length: 10 }, () =>
        db.raw(
          'select connection_id() id, @@session.tx_isolation isolation, @@session.sql_mode mode, @@character_set_client charset, @@character_set_connection target, @@character_set_results results, sleep(0.05)',
        ),
      ),
    );
    const rows = sessions.map(([[row]]) => row);
    assert.ok(new Set(rows.map(({ id }) => id)).size > 1, 'more than one connection');
    for (const row of rows) {
      assert.equal(row.isolation, 'READ-COMMITTED');
      assert.match(row.mode, /STRICT_ALL_TABLES/);
      assert.deepEqual([row.charset, row.target, row.results], ['utf8mb4', 'utf8mb4', 'utf8mb4']);
    }
  });

  if (on === 'MariaDB')
    test(`${on}: every column compared for identity is bytes, every text for people utf8mb4_bin`, async () => {
      const columns: { column: string; type: string; collation: string | null; index: string }[] = await db(
        'information_schema.columns',
      )
        .whereRaw('table_schema = database()')
        .whereNot('table_name', 'like', 'knex%')
        .select({
          column: 'column_name',
          type: 'data_type',
          collation: 'collation_name',
          index: 'column_key',
        });
      for (const { column, type, collation, index } of columns) {
        if (/^(id|.*_id|(?!password).*_hash|uri|uid|email|state|remote_id|event_key)$/.test(column))
          assert.equal(type, 'varbinary', column);
        if (collation !== null) assert.equal(collation, 'utf8mb4_bin', column);
        // A place in an order may be part of a key; what is not a number is bytes.
        if ((index === 'UNI' || index === 'PRI') && type !== 'int') assert.equal(type, 'varbinary', column);
      }
    });
});
