import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { importPackage } from '../../server/packages/import.ts';
import { commandLine } from '../../server/people/actor.ts';
import { answers, largePackage } from '../bench/large-package.ts';
import { withDatabases } from '../support/databases.ts';
import { importDeps } from '../support/packages.ts';

withDatabases((database) => {
  describe(`a large package on ${database.name}`, () => {
    let db: Knex;
    before(async () => {
      db = await database.open();
    });

    test('is imported whole, and others have their turn all the while', async () => {
      const records = 400;
      let turns = 0;
      let isOver = false;
      const count = () => {
        turns += 1;
        if (!isOver) setImmediate(count);
      };
      setImmediate(count);
      const text = largePackage({ records, bytes: 500_000 });
      const entry = await importPackage(importDeps(db), {
        actor: commandLine,
        package: text,
        prompts: answers,
      });
      isOver = true;
      assert.equal(entry.records.length, records);
      assert.deepEqual(entry.warnings, []);
      // The plan, the comparison and the write each pause every twenty records.
      assert.ok(turns >= (3 * records) / 20, `${turns} turns`);
    });
  });
});
