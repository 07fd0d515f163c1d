/** Writes of many runs that are committed together: all durable, each with its own fault. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGroupCommit } from '../../server/bots/group-commit.ts';
import { withDatabases } from '../support/databases.ts';

withDatabases((database) => {
  const on = database.name;
  const open = async () => {
    const db = await database.open();
    await db.schema.createTable('notes', (table) => {
      table.string('id', 20).primary();
      table.string('state', 20);
    });
    return { db, commit: createGroupCommit(db) };
  };

  test(`${on}: many writes at once are all kept, in the order in which they came`, async () => {
    const { db, commit } = await open();
    const ids = Array.from({ length: 150 }, (_, i) => `N${String(i).padStart(3, '0')}`);
    const ended: string[] = [];
    await Promise.all(
      ids.map(async (id) => {
        await commit(async (trx) => void (await trx('notes').insert({ id, state: 'begun' })));
        await commit(async (trx) => void (await trx('notes').where({ id }).update({ state: 'ended' })));
        ended.push(id);
      }),
    );
    assert.deepEqual(ended, ids);
    assert.equal((await db('notes').where({ state: 'ended' })).length, 150);
  });

  test(`${on}: a write that cannot be kept fails alone, with its own fault`, async () => {
    const { db, commit } = await open();
    const add = (id: string) => commit(async (trx) => void (await trx('notes').insert({ id })));
    await add('A');
    const refusing = () => commit(() => Promise.reject(new Error('this one cannot')));
    const outcomes = await Promise.allSettled([add('B'), add('A'), add('C'), refusing()]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected'],
    );
    const [last] = outcomes.slice(-1);
    assert.match(String(last?.status === 'rejected' && last.reason), /this one cannot/);
    assert.deepEqual(await db('notes').orderBy('id').pluck('id'), ['A', 'B', 'C']);
  });
});
