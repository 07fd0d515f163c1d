/** Limits that a remote service tells: one budget for each account and route, whatever the number of processes. */
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { deleteOldRateWindows } from '../../server/connections/store-rates.ts';
import { createWithinBudget } from '../../server/connections/within-budget.ts';
import { HubError } from '../../server/errors.ts';
import { addAccount, openWorld, remoteHost, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import type { RemoteAnswer } from '../support/fake-remote.ts';

const tokens = { oauth_token: 'canary-token', oauth_token_secret: 'canary-token-secret' };
const second = 1_000;
const minute = 60_000;

interface Outcome {
  status?: number;
  retryAfter?: number;
}

withDatabases((database) => {
  describe(`limits of remote services on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    beforeEach(async () => {
      await db('rate_windows').delete();
      world = await openWorld(db);
    });
    afterEach(() => world.close());

    const account = async (params: Record<string, unknown> = {}) => {
      const { accountId } = await addAccount(world, { params });
      await world.call('PUT', `/connected-accounts/${accountId}/credentials`, tokens);
      return accountId;
    };
    const call = (id: string, path: string, options: { via?: World; wait?: true; timeoutMs?: number } = {}) =>
      request(options.via ?? world, id, path, {
        on_limit: options.wait ? 'wait' : 'refuse',
        ...(options.timeoutMs !== undefined && { timeout_ms: options.timeoutMs }),
      });
    /** A service that allows so many calls a window, tells so, and answers 429 beyond. */
    const limited = (
      limit: number,
      windowMs: number,
      tell: (left: number, resetAt: number) => Record<string, string>,
    ) => {
      let used = 0;
      let endsAt = 0;
      const counted = { refused: 0, served: 0 };
      const answer = (): RemoteAnswer => {
        if (world.clock.now >= endsAt) {
          used = 0;
          endsAt = world.clock.now + windowMs;
        }
        const isOver = used >= limit;
        if (!isOver) used++;
        counted[isOver ? 'refused' : 'served']++;
        const headers = { Date: new Date(world.clock.now).toUTCString(), ...tell(limit - used, endsAt) };
        return { status: isOver ? 429 : 200, headers, body: '' };
      };
      return { answer, counted };
    };
    const usual = (limit: number) => (left: number, resetAt: number) => ({
      'x-rate-limit-limit': String(limit),
      'x-rate-limit-remaining': String(left),
      'x-rate-limit-reset': String(resetAt / 1000),
    });

    test('a call beyond the limit is refused before it leaves, with when the next may go', async () => {
      const id = await account();
      const { answer, counted } = limited(3, 15 * minute, usual(3));
      world.remote.script.set('/v1', answer);
      for (let i = 0; i < 3; i++) assert.deepEqual(await call(id, '/v1'), { status: 200 });
      assert.deepEqual(await call(id, '/v1'), { retryAfter: 900 });
      world.clock.now += 14 * minute;
      assert.deepEqual(await call(id, '/v1'), { retryAfter: 60 });
      world.clock.now += minute;
      assert.deepEqual(await call(id, '/v1'), { status: 200 });
      assert.deepEqual(counted, { served: 4, refused: 0 });
    });

    test('two hubs on one database share one budget, however their calls fall together', async () => {
      const id = await account();
      const { answer, counted } = limited(10, 15 * minute, usual(10));
      world.remote.script.set('/v1', answer);
      const other = await openWorld(db, world);
      await call(id, '/v1');
      const all = Array.from({ length: 30 }, (_, index) =>
        call(id, '/v1', { via: index % 2 === 0 ? world : other }),
      );
      const outcomes = await Promise.all(all);
      assert.deepEqual(counted, { served: 10, refused: 0 });
      assert.equal(outcomes.filter(({ status }) => status === 200).length, 9);
      assert.equal(outcomes.filter(({ retryAfter }) => retryAfter === 900).length, 21);
    });

    test('those who wait go when the window begins anew, and no more of them than it holds', async () => {
      const id = await account();
      const { answer, counted } = limited(4, 2 * second, usual(4));
      world.remote.script.set('/v1', answer);
      const sleepers = sleepIn(world);
      await call(id, '/v1');
      let ended = 0;
      const all = Promise.all(
        Array.from({ length: 11 }, () => call(id, '/v1', { wait: true }).finally(() => ended++)),
      );
      // Whoever is not answered yet sleeps; then the clock goes on to the first who wakes.
      for (;;) {
        while (ended + sleepers.length < 11) await new Promise((resolve) => setImmediate(resolve));
        const first = Math.min(...sleepers.map(({ at }) => at));
        if (sleepers.length === 0) break;
        world.clock.now = Math.max(world.clock.now, first);
        const due = sleepers.splice(0).filter((one) => one.at <= first || !sleepers.push(one));
        for (const { wake } of due) wake();
      }
      assert.deepEqual(
        (await all).filter(({ status }) => status !== 200),
        [],
      );
      assert.deepEqual(counted, { served: 12, refused: 0 });
    });

    test('a wait that does not fit into the time of the call is a refusal', async () => {
      const id = await account();
      world.remote.script.set('/v1', limited(1, 4 * second, usual(1)).answer);
      await call(id, '/v1');
      assert.deepEqual(await call(id, '/v1', { wait: true, timeoutMs: 3_000 }), { retryAfter: 4 });
      assert.deepEqual(await call(id, '/v1', { wait: true, timeoutMs: 4_500 }), { status: 200 });
    });

    test('the budget is of the account and the route, ids of things counting as one route', async () => {
      const [id, other] = [await account(), await account()];
      for (const path of ['/v1/1', '/v1/2', '/v2'])
        world.remote.script.set(path, limited(1, minute, usual(1)).answer);
      assert.deepEqual(await call(id, '/v1/1'), { status: 200 });
      assert.deepEqual(await call(id, '/v1/2'), { retryAfter: 60 });
      assert.deepEqual(await call(id, '/v2'), { status: 200 });
      assert.deepEqual(await call(other, '/v1/2'), { status: 200 });
    });

    test("a service's own header names count, for all of its accounts where they share the limit", async () => {
      const names = { limit: 'X-Calls', remaining: 'X-Calls-Left', per: 'service' };
      const { serviceId, accountId } = await addAccount(world, { params: { rate_headers: names } });
      const second = await world.call('POST', '/connected-accounts', {
        name: 'Second',
        service_id: serviceId,
      });
      const ids = [accountId, Object(second.body).id];
      for (const id of ids) await world.call('PUT', `/connected-accounts/${id}/credentials`, tokens);
      const tell = (left: number) => ({ 'X-Calls': '1', 'X-Calls-Left': String(left) });
      for (const path of ['/v1', '/v2']) world.remote.script.set(path, limited(1, minute, tell).answer);
      assert.deepEqual(await call(String(ids[0]), '/v1'), { status: 200 });
      assert.deepEqual(await call(String(ids[1]), '/v2'), { retryAfter: 60 });
    });

    test('a window that moves along is taken at its latest word', async () => {
      const id = await account({ rate_headers: { limit: 'X-Calls', remaining: 'X-Calls-Left' } });
      world.remote.script.set('/v1', () => ({
        headers: { 'X-Calls': '60', 'X-Calls-Left': '15' },
        body: '',
      }));
      for (let i = 0; i < 60; i++) {
        assert.deepEqual(await call(id, '/v1'), { status: 200 });
        world.clock.now += second;
      }
    });

    test('what another process began anew gets its true end', async () => {
      const id = await account();
      const { answer, counted } = limited(2, 3 * second, usual(2));
      world.remote.script.set('/v1', answer);
      const other = await openWorld(db, world);
      await call(id, '/v1');
      await call(id, '/v1', { via: other });
      for (const after of [3 * second, 1_100, 1_000, 1_000]) {
        world.clock.now += after;
        for (const via of [world, other, world, other]) await call(id, '/v1', { via });
      }
      assert.deepEqual(counted, { served: 6, refused: 0 });
    });

    test('a 429 that says nothing closes account and route for a minute', async () => {
      const id = await account();
      world.remote.script.set('/v1', (_request, times) => ({ status: times === 1 ? 429 : 200, body: '' }));
      assert.deepEqual(await call(id, '/v1'), { status: 429 });
      assert.deepEqual(await call(id, '/v1'), { retryAfter: 60 });
      assert.deepEqual(await call(id, '/other'), { status: 404 });
      world.clock.now += minute;
      assert.deepEqual(await call(id, '/v1'), { status: 200 });
    });

    test('Retry-After is kept to, in seconds and as a date by the clock of the service', async () => {
      const id = await account();
      const date = (ms: number) => new Date(ms).toUTCString();
      const away = world.clock.now - 7_200_000;
      const said: [string, RemoteAnswer, number][] = [
        ['/a', { status: 429, headers: { 'Retry-After': '90' }, body: '' }, 90],
        [
          '/b',
          {
            status: 503,
            headers: { 'Retry-After': date(world.clock.now + 120_000), Date: date(world.clock.now) },
            body: '',
          },
          120,
        ],
        [
          '/c',
          { status: 429, headers: { 'Retry-After': date(away + 30_000), Date: date(away) }, body: '' },
          40,
        ],
      ];
      for (const [path, answer, pause] of said) {
        world.remote.script.set(path, () => answer);
        await call(id, path);
        assert.deepEqual(await call(id, path), { retryAfter: pause }, path);
      }
    });

    test('what was taken for a call that never left is given back', async () => {
      const id = await account();
      world.remote.script.set('/v1', limited(3, minute, usual(3)).answer);
      await call(id, '/v1');
      const left = () => db('rate_windows').where({ route: 'GET /v1' }).first('remaining');
      assert.equal((await left()).remaining, 2);
      await assert.rejects(
        world.call('POST', `/connected-accounts/${id}/request`, {
          method: 'GET',
          url: `https://elsewhere.test/v1`,
        }),
        { code: 'host_not_allowed' },
      );
      assert.equal((await left()).remaining, 2);
      assert.deepEqual(await call(id, '/v1'), { status: 200 });
      assert.equal((await left()).remaining, 1);
    });

    test('a limit that is far away costs no statement, and one that is near costs one', async () => {
      const id = await account();
      const { answer } = limited(1000, 15 * minute, usual(1000));
      world.remote.script.set('/v1', answer);
      world.remote.script.set('/near', limited(10, 15 * minute, usual(10)).answer);
      const statements = async (path: string) => {
        await call(id, path);
        await call(id, path);
        const seen: string[] = [];
        const note = ({ sql }: { sql: string }) =>
          void (/rate_windows|clock_offsets/.test(sql) && seen.push(sql));
        db.on('query', note);
        await call(id, path);
        db.off('query', note);
        return seen.length;
      };
      assert.equal(await statements('/v1'), 0);
      assert.equal(await statements('/near'), 1);
      assert.equal(await statements('/unlimited'), 0);
    });

    test('rows of windows that ended go', async () => {
      const id = await account();
      world.remote.script.set('/v1', limited(3, minute, usual(3)).answer);
      await call(id, '/v1');
      assert.equal(await deleteOldRateWindows(db, world.clock.now), 0);
      assert.equal(await deleteOldRateWindows(db, world.clock.now + minute + 1), 1);
    });

    test('what cannot be noted of a limit does not hide the answer', async () => {
      const id = await account();
      world.remote.script.set('/v1', limited(3, minute, usual(3)).answer);
      await call(id, '/other');
      await call(id, '/v1');
      await db.schema.renameTable('rate_windows', 'away');
      try {
        world.remote.script.set('/other', () => ({ status: 429, body: '' }));
        assert.deepEqual(await call(id, '/other'), { status: 429 });
      } finally {
        await db.schema.renameTable('away', 'rate_windows');
      }
    });
  });
});

/** In place of timers: whoever waits stands in the list until a test wakes them. */
function sleepIn(world: World): { at: number; wake(): void }[] {
  const sleepers: { at: number; wake(): void }[] = [];
  const now = () => world.clock.now;
  world.deps.withinBudget = createWithinBudget({
    db: world.db,
    now,
    config: { totalTimeoutMs: 60_000 },
    log: { error() {} },
    wait: (ms) => new Promise<void>((wake) => sleepers.push({ at: now() + ms, wake })),
  });
  return sleepers;
}

async function request(
  world: World,
  id: string,
  path: string,
  options: Record<string, unknown>,
): Promise<Outcome> {
  const body = { method: 'GET', url: `https://${remoteHost}${path}`, ...options };
  try {
    const answer = await world.call('POST', `/connected-accounts/${id}/request`, body);
    return { status: JSON.parse(JSON.stringify(answer.body)).info.http_code };
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'rate_limited') throw error;
    return { retryAfter: Number(error.extra.retry_after) };
  }
}
