/** Undoing an import: what goes, what stays and why, and what the history says of it. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { HubError } from '../../server/errors.ts';
import { type ImportRequest, importPackage } from '../../server/packages/import.ts';
import type { LibraryPagesDeps } from '../../server/packages/library-pages.ts';
import { findImport, type ImportEntry } from '../../server/packages/store.ts';
import { undoImport } from '../../server/packages/undo.ts';
import { type Actor, commandLine } from '../../server/people/actor.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps, rowsOf } from '../support/packages.ts';
import { birdPackage } from '../support/updates.ts';

const prompts = { secret: 'planted-secret', key: 'k' };

withDatabases((database) => {
  describe(`undoing imports on ${database.name}`, () => {
    let db: Knex;
    let deps: LibraryPagesDeps;
    let count = 0;
    before(async () => {
      db = await database.open();
      deps = importDeps(db);
    });

    const request = (text: string, more: Partial<ImportRequest> = {}): ImportRequest => ({
      actor: commandLine,
      package: text,
      prompts,
      ...more,
    });
    const undo = (entry: ImportEntry, accounts: string[] = []) =>
      undoImport(deps, { actor: commandLine, importId: entry.id, accounts });
    const idOf = (entry: ImportEntry, uid: string) =>
      entry.records.find((record) => record.uid === uid)?.id ?? '';
    const counts = async () =>
      Object.fromEntries(Object.entries(await rowsOf(db)).map(([table, rows]) => [table, rows.length]));

    test('everything an import made goes, and its name is free again', async () => {
      const text = birdPackage(`Undone ${++count}`);
      const before = await counts();
      const entry = await importPackage(deps, request(text));
      const { removed, left } = await undo(entry);
      assert.deepEqual([removed.length, left], [4, []]);
      const after = await counts();
      for (const table of ['connected_services', 'connected_accounts', 'bots', 'behaviors'])
        assert.equal(after[table], before[table], table);
      const { undone } = (await findImport(db, entry.id)) ?? {};
      assert.deepEqual(undone, { at: deps.now(), by: 'command line', left: [] });
      await importPackage(deps, request(text));
    });

    test('what something else refers to stays, with what it needs, and the reason is told', async () => {
      const entry = await importPackage(deps, request(birdPackage(`Undone ${++count}`)));
      const service = idOf(entry, 'service');
      const account = deps.recordTypes[1];
      const reading = account?.read({ name: 'Mine', service_id: service }, '');
      await account?.insert(db, deps.newId(), reading?.value, commandLine);
      const { removed, left } = await undo(entry);
      assert.equal(removed.length, 3);
      assert.deepEqual(
        left.map(({ id, reason }) => [id, reason]),
        [[service, "It is in use by 'Mine'."]],
      );
      const { undone } = (await findImport(db, entry.id)) ?? {};
      assert.equal(undone?.left.length, 1);
    });

    test('a linked account stays with its service unless it is named', async () => {
      const entry = await importPackage(deps, request(birdPackage(`Undone ${++count}`)));
      const [accountId, serviceId] = [idOf(entry, 'account'), idOf(entry, 'service')];
      await link(accountId);
      const first = await undo(entry);
      assert.deepEqual(
        first.left.map(({ id }) => id),
        [accountId, serviceId],
      );
      assert.match(first.left[0]?.reason ?? '', /linked/);
      assert.equal(first.removed.length, 2);
      const second = await undo(entry, [accountId]);
      assert.deepEqual([second.removed.length, second.left], [2, []]);
    });

    test('an update that is undone takes what it made; what it changed stays', async () => {
      const name = `Undone ${++count}`;
      const first = await importPackage(deps, request(birdPackage(name)));
      const text = birdPackage(name, { name: 'Second', behaviors: ['behavior', 'further'] });
      const update = await importPackage(deps, request(text, { mode: 'update' }));
      const { removed } = await undo(update);
      assert.deepEqual(
        removed.map(({ id }) => id),
        [idOf(update, 'further')],
      );
      const service = await deps.recordTypes[0]?.describe(db, idOf(first, 'service'));
      assert.equal(service?.fields.name, 'Second');
      const again = await importPackage(deps, request(text, { mode: 'update' }));
      assert.equal(again.records.find(({ uid }) => uid === 'further')?.action, 'create');
    });

    test('undoing twice is refused, and so is naming an account of another import', async () => {
      const entry = await importPackage(deps, request(birdPackage(`Undone ${++count}`)));
      assert.equal((await refusal(undo(entry, ['0'.repeat(26)]))).code, 'bad_request');
      await undo(entry);
      assert.equal((await refusal(undo(entry))).code, 'conflict');
      const nothing = { actor: commandLine, importId: 'nothing', accounts: [] };
      assert.equal((await refusal(undoImport(deps, nothing))).code, 'not_found');
      const worker: Actor = { kind: 'worker', id: 'w', name: 'W', isAdmin: false, groupIds: [] };
      assert.equal((await refusal(undoImport(deps, { ...nothing, actor: worker }))).code, 'forbidden');
    });

    async function link(id: string): Promise<void> {
      const type = deps.recordTypes[1];
      const stored = await type?.describe(db, id);
      assert.ok(type && stored);
      const params = { oauth_token: 'planted-token', oauth_token_secret: 'planted-token-secret' };
      const reading = await type.revise(db, id, { ...stored.fields, params }, '');
      assert.equal(await type.update(db, id, reading.value, commandLine, stored.version), true);
    }
  });
});

async function refusal(work: Promise<unknown>): Promise<HubError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HubError, `a refusal, not ${error}`);
  return error;
}
