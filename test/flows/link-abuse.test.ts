/** Who begins links without end, or makes up callbacks: bounded, and nobody else waits for it. */
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { addAccount, openWorld, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';

withDatabases((database) => {
  describe(`abuse of links on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    beforeEach(async () => {
      world = await openWorld(db);
    });
    afterEach(() => world.close());

    test('an account gets a hundred addresses in ten minutes, and others get theirs all the same', async () => {
      const flooded = (await addAccount(world)).accountId;
      const quiet = (await addAccount(world)).accountId;
      const begin = (id: string) => world.call('POST', `/connected-accounts/${id}/link`);
      for (let i = 0; i < 100; i++) await begin(flooded);
      await assert.rejects(begin(flooded), { code: 'rate_limited', extra: { retry_after: 600 } });
      assert.equal((await begin(quiet)).status, 201);
      world.clock.now += 10 * 60_000 + 1;
      assert.equal((await begin(flooded)).status, 201);
    });

    test('callbacks that nobody began leave nothing behind, and ask nothing of the remote service', async () => {
      const rows = async () => Object.values(Object((await db('link_flows').count())[0]))[0];
      const before = await rows();
      for (let i = 0; i < 200; i++) {
        const query = `oauth_token=made-up-${i}&oauth_verifier=${'x'.repeat(i)}1`;
        const answer = await world.get('/oauth/callback', { query, worker: undefined });
        assert.equal('status' in answer && answer.status, 400);
      }
      assert.equal(await rows(), before);
      assert.equal(world.remote.seen.length, 0);
    });
  });
});
