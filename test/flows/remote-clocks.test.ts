/** Remote services whose clock is another: learned once, used by every process, for requests and for link steps. */
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { createRemoteClocks } from '../../server/connections/remote-clocks.ts';
import { deleteOldOffsets } from '../../server/connections/store-clocks.ts';
import { addAccount, openWorld, remoteHost, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import { form, type RemoteAnswer, requestToken, type SeenRequest } from '../support/fake-remote.ts';

const tokens = { oauth_token: 'canary-token', oauth_token_secret: 'canary-token-secret' };
const hour = 3_600_000;

withDatabases((database) => {
  describe(`remote clocks on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    beforeEach(async () => {
      await db('clock_offsets').delete();
      world = await openWorld(db);
    });
    afterEach(() => world.close());

    /** Sends with an account of its own; answers the status the caller sees. */
    const account = async (from = world, params: Record<string, unknown> = {}) => {
      const { accountId } = await addAccount(from, { params });
      await from.call('PUT', `/connected-accounts/${accountId}/credentials`, tokens);
      return (path: string, { method = 'GET', via = from } = {}) => send(via, accountId, method, path);
    };
    const dateAt = (aheadMs: number) => new Date(world.clock.now + aheadMs).toUTCString();
    /** A service whose clock is so far ahead, and which wants timestamps within five minutes of it. */
    const strict =
      (aheadMs: number, refusal: () => RemoteAnswer, good: RemoteAnswer = { body: 'fine' }) =>
      (request: SeenRequest): RemoteAnswer => {
        const off = timestampOf(request) * 1000 - world.clock.now - aheadMs;
        return Math.abs(off) <= 300_000
          ? { ...good, headers: { ...good.headers, Date: dateAt(aheadMs) } }
          : refusal();
      };
    const naming = (aheadMs: number) => () => ({
      status: 401,
      headers: { Date: dateAt(aheadMs), 'WWW-Authenticate': 'OAuth oauth_problem="timestamp_refused"' },
      body: '',
    });

    for (const ahead of [4_000_000, -4_000_000]) {
      test(`a clock ${ahead / 1000} s ahead costs one more request, once, whatever the method`, async () => {
        const call = await account();
        world.remote.script.set('/v1', strict(ahead, naming(ahead)));
        assert.equal(await call('/v1', { method: 'POST' }), 200);
        assert.equal(world.remote.to('/v1').length, 2);
        assert.equal(await call('/v1', { method: 'POST' }), 200);
        assert.equal(world.remote.to('/v1').length, 3);
      });
    }

    test('another process uses what one learned, and a new one from its start', async () => {
      const call = await account();
      const neighbour = await openWorld(db, world);
      world.remote.script.set('/v1', strict(hour, naming(hour)));
      assert.equal(await call('/other', { via: neighbour }), 404);
      assert.equal(await call('/v1'), 200);
      world.clock.now += 6_000;
      assert.equal(await call('/v1', { via: neighbour }), 200);
      assert.equal(await call('/v1', { via: await openWorld(db, world) }), 200);
      assert.equal(world.remote.to('/v1').length, 4);
    });

    test('what was learned ends after 12 hours, and its row goes', async () => {
      const call = await account();
      world.remote.script.set('/v1', strict(hour, naming(hour)));
      await call('/v1');
      world.clock.now += 13 * hour;
      assert.equal(await deleteOldOffsets(db, world.clock.now), 1);
      world.remote.script.set('/v1', strict(0, naming(0)));
      assert.equal(await call('/v1'), 200);
      assert.equal(world.remote.to('/v1').length, 3);
    });

    for (const [what, date] of [
      ['1970', 'Thu, 01 Jan 1970 00:00:00 GMT'],
      ['2100', 'Fri, 01 Jan 2100 00:00:00 GMT'],
      ['garbage', 'teatime'],
    ]) {
      test(`a date that says ${what} leads to one more try and no other`, async () => {
        const call = await account();
        const refusal = { ...naming(0)(), headers: { ...naming(0)().headers, Date: date ?? '' } };
        world.remote.script.set('/v1', () => refusal);
        assert.equal(await call('/v1'), 401);
        assert.equal(world.remote.to('/v1').length, 2);
        assert.deepEqual(await db('clock_offsets'), []);
      });
    }

    test('of a nonce and a timestamp that are refused in turn only the first is answered', async () => {
      const call = await account();
      const nonce = {
        status: 401,
        headers: { 'WWW-Authenticate': 'OAuth oauth_problem="nonce_used"' },
        body: '',
      };
      world.remote.script.set('/v1', (_request, times) => (times === 1 ? nonce : naming(hour)()));
      assert.equal(await call('/v1', { method: 'POST' }), 401);
      assert.equal(world.remote.to('/v1').length, 2);
    });

    test('a 401 that names nothing teaches: a GET goes out again, a POST only the next time', async () => {
      const call = await account();
      const silent = () => ({ status: 401, headers: { Date: dateAt(hour) }, body: '' });
      world.remote.script.set('/v1', strict(hour, silent));
      assert.equal(await call('/v1', { method: 'POST' }), 401);
      assert.equal(world.remote.to('/v1').length, 1);
      assert.equal(await call('/v1', { method: 'POST' }), 200);
      world.clock.now += hour;
      assert.equal(await call('/v1'), 200, 'what was accepted is proven, and stays');
      assert.equal(world.remote.to('/v1').length, 3);
    });

    test('a 401 for another reason is asked about once more at most, and soon forgotten', async () => {
      const call = await account();
      world.remote.script.set('/v1', () => ({ status: 401, headers: { Date: dateAt(hour) }, body: '' }));
      assert.equal(await call('/v1'), 401);
      assert.equal(await call('/v1'), 401);
      assert.equal(world.remote.to('/v1').length, 3);
      world.clock.now += 11 * 60_000;
      world.remote.script.set('/v1', strict(0, naming(0)));
      assert.equal(await call('/v1'), 200);
      assert.equal(world.remote.to('/v1').length, 4);
    });

    test("one host's clock is not used for another", async () => {
      const both = { allowed_hosts: [remoteHost, 'other.remote.test'] };
      world.deps.config.connectTo = new Map([
        ...world.deps.config.connectTo,
        ['https://other.remote.test', world.remote.origin],
      ]);
      const call = await account(world, both);
      world.remote.script.set('/v1', strict(hour, naming(hour)));
      await call('/v1');
      const [, seen] = world.remote.to('/v1');
      assert.equal(Math.round((timestampOf(seen) * 1000 - world.clock.now) / hour), 1);
      assert.deepEqual(
        (await db('clock_offsets').select('origin')).map(({ origin }) => String(origin)),
        [`https://${remoteHost}`],
        'the origin that was signed, not the one that was dialled',
      );
      assert.equal(world.deps.clocks.offsetOf('https://other.remote.test'), 0);
    });

    test('link steps are signed by the clock of the service too', async () => {
      const { accountId } = await addAccount(world);
      const good = form(requestToken('late'));
      world.remote.script.set('/oauth/request_token', strict(hour, naming(hour), good));
      const page = () => world.post(`/connected-accounts/${accountId}/link`);
      await page();
      assert.equal(world.remote.to('/oauth/request_token').length, 2);
      const [first, second] = world.remote.to('/oauth/request_token').map(nonceOf);
      assert.notEqual(first, second);
      world.remote.script.set(
        '/oauth/request_token',
        strict(hour, naming(hour), form(requestToken('later'))),
      );
      await page();
      assert.equal(world.remote.to('/oauth/request_token').length, 3);
      world.remote.script.set('/oauth/request_token', naming(5 * hour));
      assert.ok('status' in (await page()), 'a page that says so');
      assert.equal(world.remote.to('/oauth/request_token').length, 5, 'one more try, and no third');
    });

    test('times of one consumer do not go back, and no nonce comes twice', async () => {
      const clock = { now: Date.UTC(2026, 0, 1) };
      const clocks = createRemoteClocks({ ...world.deps, log: { error() {} }, now: () => clock.now });
      const at = (consumer = 'a') => clocks.freshness('https://one.test', consumer).timestamp;
      const begun = at();
      clock.now -= 30_000;
      assert.equal(at(), begun);
      assert.equal(at('b'), begun - 30);
      clock.now -= hour;
      assert.equal(at(), begun - 30 - 3600, 'a clock that was set back is followed');
      const nonces = new Set<string>();
      for (let i = 0; i < 20_000; i++) nonces.add(clocks.freshness('https://one.test', 'a').nonce);
      assert.equal(nonces.size, 20_000);
      assert.ok([...nonces].every((nonce) => /^[0-9a-f]{32}$/.test(nonce)));
    });

    test('a clock that cannot be written down does not hide the answer', async () => {
      const call = await account();
      await call('/other');
      world.remote.script.set('/v1', strict(hour, naming(hour)));
      await db.schema.renameTable('clock_offsets', 'away');
      try {
        assert.equal(await call('/v1'), 200);
      } finally {
        await db.schema.renameTable('away', 'clock_offsets');
      }
    });
  });
});

async function send(world: World, accountId: string, method: string, path: string): Promise<unknown> {
  const body = { method, url: `https://${remoteHost}${path}`, ...(method === 'POST' && { body: 'a=b' }) };
  const answer = await world.call('POST', `/connected-accounts/${accountId}/request`, body);
  return JSON.parse(JSON.stringify(answer.body)).info.http_code;
}

function timestampOf(request: SeenRequest | undefined): number {
  return Number(/oauth_timestamp="(\d+)"/.exec(request?.authorization ?? '')?.[1]);
}

function nonceOf({ authorization }: SeenRequest): string | undefined {
  return /oauth_nonce="(\w+)"/.exec(authorization)?.[1];
}
