/** Record types as importer and exporter use them: what is described, read again, is the same record. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { importPackage } from '../../server/packages/import.ts';
import type { RecordType } from '../../server/packages/record-type.ts';
import { commandLine } from '../../server/people/actor.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps, packageText } from '../support/packages.ts';

const prompts = { prompt_client_id: 'planted id', prompt_client_secret: 'planted-secret' };

withDatabases((database) => {
  describe(`record types on ${database.name}`, () => {
    let db: Knex;
    let types: readonly RecordType[];
    const made: { type: RecordType; id: string; uid: string }[] = [];
    before(async () => {
      db = await database.open();
      const deps = importDeps(db);
      types = deps.recordTypes;
      const text = packageText('packages/twitter.json');
      const entry = await importPackage(deps, { actor: commandLine, package: text, prompts });
      for (const { context, id, uid } of entry.records) {
        const type = types.find((one) => one.context === context);
        if (type) made.push({ type, id, uid });
      }
    });

    test('what is described has the fields of a package, and no secret', async () => {
      assert.equal(made.length, 8);
      for (const { type, id } of made) {
        const record = await type.describe(db, id);
        assert.ok(record);
        assert.doesNotMatch(JSON.stringify(record), /planted-secret/);
        const reading = await type.revise(db, id, record.fields, '');
        assert.deepEqual([reading.faults, reading.unsupported], [[], []]);
        const { version: _, ...described } = record;
        assert.deepEqual(type.fieldsOf(reading.value), described);
      }
    });

    test('a service tells which secrets were left out, by pointer and name', async () => {
      const { type, id } = the('service_twitter');
      const record = await type.describe(db, id);
      assert.deepEqual(
        record?.secrets.map(({ path, label }) => [path, label]),
        [['/params/client_secret', 'Consumer secret']],
      );
      assert.equal(await type.describe(db, 'nobody'), undefined);
    });

    test('references lead to the records that a package would name by uid', async () => {
      const account = the('account_twitter');
      const service = the('service_twitter');
      const record = await account.type.describe(db, account.id);
      assert.deepEqual(record?.references, [
        { path: '/service_id', context: service.type.context, id: service.id },
      ]);
      const behavior = made.find(({ type }) => type.one === 'Behavior');
      const described = await behavior?.type.describe(db, behavior.id);
      assert.deepEqual(described?.references.map(({ path }) => path).slice(0, 2), [
        '/bot_id',
        '/nodes/0/params/actions/0/auth_connected_account_id',
      ]);
    });

    test('an update writes what it names, keeps secrets it does not name, and refuses an older version', async () => {
      for (const { type, id } of made) {
        const old = await type.describe(db, id);
        assert.ok(old);
        const key = 'title' in old.fields ? 'title' : 'name';
        const reading = await type.revise(db, id, { ...old.fields, [key]: 'Renamed' }, '');
        assert.equal(await type.update(db, id, reading.value, commandLine, old.version), true);
        const changed = await type.describe(db, id);
        assert.deepEqual(changed?.fields, { ...old.fields, [key]: 'Renamed' });
        assert.deepEqual(changed?.secrets, old.secrets);
        assert.equal(await type.update(db, id, reading.value, commandLine, old.version), false);
      }
    });

    test('the uri of a record does not stand against its own update', async () => {
      const { type, id } = the('service_twitter');
      const old = await type.describe(db, id);
      assert.ok(old);
      const reading = await type.revise(db, id, { ...old.fields, uri: 'birds' }, '');
      assert.equal(await type.update(db, id, reading.value, commandLine, old.version), true);
      assert.equal((await type.check(db, reading.value, '', undefined, id)).faults.length, 0);
      assert.equal((await type.check(db, reading.value, '')).faults.length, 1);
    });

    function the(uid: string): { type: RecordType; id: string } {
      const found = made.find((one) => one.uid === uid);
      assert.ok(found, uid);
      return found;
    }
  });
});
