/** Importing a package again over what it made: what changes, what stays, and who decides. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { HubError } from '../../server/errors.ts';
import { importAnswer, planAnswer } from '../../server/packages/api.ts';
import { type ImportRequest, importPackage, planPackage } from '../../server/packages/import.ts';
import type { LibraryPagesDeps } from '../../server/packages/library-pages.ts';
import { commandLine } from '../../server/people/actor.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps } from '../support/packages.ts';
import { birdPackage, change, type Planned, planned } from '../support/updates.ts';

const cerb = 'cerberusweb.contexts.';

withDatabases((database) => {
  describe(`updating what a package made on ${database.name}`, () => {
    let db: Knex;
    let deps: LibraryPagesDeps;
    let copies = 0;
    before(async () => {
      db = await database.open();
      deps = importDeps(db);
    });

    /** A package of a name of its own, imported once. */
    const imported = async (prompts: Record<string, string> = { secret: 'planted-secret', key: 'k' }) => {
      const name = `Birds ${++copies}`;
      const make = (options: Parameters<typeof birdPackage>[1] = {}) => birdPackage(name, options);
      const first = await importPackage(deps, { actor: commandLine, package: make(), prompts });
      const idOf = (uid: string) => first.records.find((record) => record.uid === uid)?.id ?? '';
      const update = (text: string, more: Partial<ImportRequest> = {}): ImportRequest => ({
        actor: commandLine,
        package: text,
        prompts: {},
        mode: 'update',
        ...more,
      });
      const plan = async (text: string, more: Partial<ImportRequest> = {}) =>
        planned(planAnswer(await planPackage(deps, update(text, more))));
      return { make, first, idOf, update, plan };
    };

    test('the same package again changes nothing, and asks for no secret again', async () => {
      const { make, update, plan } = await imported();
      const again = await plan(make());
      assert.deepEqual(
        again.records.map(({ uid, action }) => [uid, action]),
        [
          ['service', 'unchanged'],
          ['account', 'unchanged'],
          ['bot', 'unchanged'],
          ['behavior', 'unchanged'],
        ],
      );
      assert.ok(again.prompts.every(({ missing }) => !missing));
      const answer = importAnswer(await importPackage(deps, update(make())));
      assert.deepEqual([answer.records_created, answer.records_modified], [{}, {}]);
    });

    test('a new revision tells every field it changes, and changes the same records', async () => {
      const { make, idOf, update, plan } = await imported();
      const text = make({ scope: 'read write', title: 'Look up' });
      const { records } = await plan(text);
      assert.deepEqual(change(records, 'service', '/params/request_params/scope'), {
        path: '/params/request_params/scope',
        from: 'read',
        to: 'read write',
        is_local_edit: false,
        taken: true,
      });
      assert.equal(change(records, 'behavior', '/title')?.to, 'Look up');
      const entry = await importPackage(deps, update(text));
      assert.deepEqual(Object.keys(importAnswer(entry).records_modified as object), [
        `${cerb}connected_service`,
        `${cerb}behavior`,
      ]);
      assert.equal(entry.records.find(({ uid }) => uid === 'service')?.id, idOf('service'));
      const behavior = await deps.recordTypes[3]?.describe(db, idOf('behavior'));
      assert.equal(behavior?.fields.title, 'Look up');
    });

    test('a secret that is not answered stays; one that is answered is changed, and never shown', async () => {
      const { make, idOf, update, plan } = await imported();
      const marks = async () => (await deps.recordTypes[0]?.describe(db, idOf('service')))?.secrets[0]?.mark;
      const before = await marks();
      await importPackage(deps, update(make({ scope: 'all' })));
      assert.equal(await marks(), before);
      const prompts = { secret: 'another-planted-secret' };
      const answer = await plan(make({ scope: 'all' }), { prompts });
      assert.deepEqual(change(answer.records, 'service', '/params/client_secret'), {
        path: '/params/client_secret',
        from: { set: true },
        to: { set: true },
        is_local_edit: false,
        taken: true,
      });
      assert.doesNotMatch(JSON.stringify(answer), /planted/);
      await importPackage(deps, update(make({ scope: 'all' }), { prompts }));
      assert.notEqual(await marks(), before);
      assert.doesNotMatch(JSON.stringify(await db('imports')), /planted/);
    });

    test('what somebody changed here stays, unless the field or its record is named', async () => {
      const { make, idOf, update, plan } = await imported();
      await edit(0, idOf('service'), (fields) => ({ ...fields, name: 'Our birds' }));
      await edit(3, idOf('behavior'), (fields) => ({ ...fields, priority: 7 }));
      const text = make({ name: 'Birds of theirs', title: 'Look up' });
      const { records } = await plan(text);
      assert.deepEqual(action(records, 'service'), 'keep');
      assert.equal(change(records, 'service', '/name')?.is_local_edit, true);
      assert.equal(change(records, 'service', '/name')?.taken, false);
      await importPackage(deps, update(text));
      assert.equal((await fieldsOf(0, idOf('service'))).name, 'Our birds');
      const behavior = await fieldsOf(3, idOf('behavior'));
      assert.deepEqual([behavior.title, behavior.priority], ['Look up', 7]);

      const named = { overwrite: ['service/name', 'behavior'] };
      assert.equal(change((await plan(text, named)).records, 'service', '/name')?.taken, true);
      await importPackage(deps, update(text, named));
      assert.equal((await fieldsOf(0, idOf('service'))).name, 'Birds of theirs');
      assert.equal((await fieldsOf(3, idOf('behavior'))).priority, 50);
    });

    test('an edit that was kept once is still known as an edit at the next update', async () => {
      const { make, idOf, update, plan } = await imported();
      await edit(0, idOf('service'), (fields) => ({ ...fields, name: 'Our birds' }));
      await importPackage(deps, update(make({ name: 'Second' })));
      const { records } = await plan(make({ name: 'Third' }));
      assert.equal(change(records, 'service', '/name')?.is_local_edit, true);
    });

    test('linked tokens survive an update', async () => {
      const { make, idOf, update } = await imported();
      const tokens = { oauth_token: 'planted-token', oauth_token_secret: 'planted-token-secret' };
      await edit(1, idOf('account'), (fields) => ({ ...fields, params: tokens }));
      await importPackage(deps, update(make({ name: 'Second' }), { overwrite: ['account', 'service'] }));
      const row = await db('connected_accounts')
        .where({ id: idOf('account') })
        .first();
      assert.equal(row.status, 'linked');
      const account = await deps.recordTypes[1]?.describe(db, idOf('account'));
      assert.equal(account?.secrets.length, 2);
      assert.equal(account?.fields.name, 'Second');
    });

    test('a record that is new in the revision is made; one that it no longer has is named and left alone', async () => {
      const { make, idOf, update, plan } = await imported();
      const text = make({ behaviors: ['other'] });
      const answer = await plan(text);
      assert.equal(action(answer.records, 'other'), 'create');
      assert.deepEqual(
        answer.dropped.map(({ uid }) => uid),
        ['behavior'],
      );
      const entry = await importPackage(deps, update(text));
      assert.ok(await deps.recordTypes[3]?.find(db, idOf('behavior')));
      assert.equal(entry.records.find(({ uid }) => uid === 'behavior')?.action, 'dropped');
      const back = await plan(make({ behaviors: ['behavior'] }));
      assert.equal(action(back.records, 'behavior'), 'unchanged', 'and is known when it comes back');
    });

    test('a record that was deleted here is made again', async () => {
      const { make, idOf, update, plan } = await imported();
      await deps.recordTypes[3]?.remove(db, idOf('behavior'));
      assert.equal(action((await plan(make())).records, 'behavior'), 'create');
      const entry = await importPackage(deps, update(make()));
      assert.notEqual(entry.records.find(({ uid }) => uid === 'behavior')?.id, idOf('behavior'));
    });

    test('what was made up at the first import stays the same', async () => {
      const { make, idOf, plan } = await imported();
      const { config } = (await fieldsOf(2, idOf('bot'))).params as { config: { tag: string } };
      assert.match(config.tag, /^[A-Z1-9]{6}$/);
      deps.randomBytes = (size) => new Uint8Array(size).fill(3);
      assert.equal(action((await plan(make())).records, 'bot'), 'unchanged');
    });

    test('there is nothing to update before the first import', async () => {
      const text = birdPackage('Never imported');
      const refused = await planPackage(deps, {
        actor: commandLine,
        package: text,
        prompts: {},
        mode: 'update',
      }).catch((error: unknown) => error);
      assert.ok(refused instanceof HubError);
      assert.equal(refused.code, 'conflict');
      assert.match(refused.message, /nothing to update/);
    });

    test('a uri that another record took is found by the plan of an update', async () => {
      const { make, plan } = await imported();
      await imported();
      await edit(0, (await latestService()) ?? '', (fields) => ({ ...fields, uri: `taken-${copies}` }));
      await assert.rejects(
        plan(make({ uri: `taken-${copies}` })),
        (error) => error instanceof HubError && error.code === 'package_invalid',
      );
    });

    test('a record that is changed between plan and writing stops the update, and nothing is written', async () => {
      const { make, idOf, update } = await imported();
      const [service] = deps.recordTypes;
      assert.ok(service);
      const slow = { ...service, update: async () => false };
      const racing = { ...deps, recordTypes: [slow, ...deps.recordTypes.slice(1)] };
      const text = make({ scope: 'all', title: 'Look up' });
      const refused = await importPackage(racing, update(text)).catch((error: unknown) => error);
      assert.ok(refused instanceof HubError);
      assert.equal(refused.code, 'conflict');
      assert.equal((await fieldsOf(3, idOf('behavior'))).title, 'Find');
    });

    async function fieldsOf(type: number, id: string): Promise<Record<string, unknown>> {
      return { ...(await deps.recordTypes[type]?.describe(db, id))?.fields };
    }

    async function edit(
      type: number,
      id: string,
      change: (fields: Record<string, unknown>) => Record<string, unknown>,
    ): Promise<void> {
      const recordType = deps.recordTypes[type];
      const stored = await recordType?.describe(db, id);
      assert.ok(recordType && stored);
      const reading = await recordType.revise(db, id, change({ ...stored.fields }), '');
      assert.deepEqual(reading.faults, []);
      assert.equal(await recordType.update(db, id, reading.value, commandLine, stored.version), true);
    }

    async function latestService(): Promise<string | undefined> {
      return (await db('connected_services').orderBy('id', 'desc').first())?.id;
    }
  });
});

function action(records: Planned['records'], uid: string): string | undefined {
  return records.find((record) => record.uid === uid)?.action;
}
