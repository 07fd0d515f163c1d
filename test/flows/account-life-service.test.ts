/** Lifetimes against a service that keeps them itself and verifies every signature, with two hubs on one database. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { type Config, parseConfig } from '../../server/config.ts';
import { createBrowser } from '../../server/demo/browser.ts';
import { createHub, type Hub } from '../../server/hub.ts';
import { commandLine } from '../../server/people/actor.ts';
import type { Lifetime } from '../../server/sandbox/lifetime.ts';
import { plain } from '../../server/sandbox/profile.ts';
import { createSandbox } from '../../server/sandbox/sandbox.ts';
import { withDatabases } from '../support/databases.ts';
import { freePort } from '../support/mariadb.ts';

const origin = 'https://service.example';
const minute = 60_000;
const hour = 60 * minute;
const consumer = { key: 'app', secret: 'canary-consumer-secret' };

withDatabases((database) => {
  describe(`services that keep lifetimes, on ${database.name}`, () => {
    const data = mkdtempSync(join(tmpdir(), 'countersign-life-'));
    after(() => rmSync(data, { recursive: true, force: true }));
    let close = async () => {};
    afterEach(() => close());

    /** A service with this lifetime, two hubs that share a database, and an account linked by consent. */
    async function open(kept: Lifetime, record: Record<string, unknown>) {
      const clock = { now: Date.UTC(2026, 0, 5, 12) };
      const now = () => clock.now;
      const port = await freePort();
      const callbacks = [`http://localhost:${port}/oauth/callback`];
      const sandbox = createSandbox({
        profile: { ...plain, origins: [origin], lifetime: kept },
        consumers: [{ ...consumer, name: 'Desk', callbacks }],
        now,
      });
      const running = await sandbox.listen();
      const hubs: Hub[] = [];
      // From here on, so that a test that fails half-way leaves nothing that listens.
      close = async () => {
        await Promise.all(hubs.map((hub) => hub.close()));
        await running.close();
      };
      const parsed = parseConfig({
        PORT: String(port),
        COUNTERSIGN_DATA: data,
        COUNTERSIGN_CONNECT_TO: `${origin}=${running.origin}`,
      });
      const config: Config = { ...parsed, database: await database.create() };
      const options = { config, now, logLevel: 'silent' } as const;
      const first = await createHub(options);
      hubs.push(first);
      const second = await createHub(options);
      hubs.push(second);
      await first.listen();
      const service = await call(first, 'POST', '/connected-services', {
        name: 'Service',
        extension_id: 'cerb.service.provider.oauth1',
        params: {
          client_id: consumer.key,
          client_secret: consumer.secret,
          request_token_url: `${origin}/oauth/request_token`,
          authentication_url: `${origin}/oauth/authorize`,
          access_token_url: `${origin}/oauth/access_token`,
          identity: { url: `${origin}/me`, id: 'id', name: 'screen_name' },
          revoke: { url: `${origin}/oauth/revoke` },
          ...record,
        },
      });
      const account = await call(first, 'POST', '/connected-accounts', {
        name: 'Account',
        service_id: service.id,
      });
      const path = `/connected-accounts/${account.id}`;
      const browser = createBrowser();
      const offer = await browser.open((await call(first, 'POST', `${path}/link`, {})).url);
      const consent = await browser.press(offer, /^Continue to/);
      await browser.press(consent, /^Authorize/, { user: 'alice' });
      const request = { account: account.id, method: 'GET', url: `${origin}/me`, headers: [] };
      return {
        clock,
        first,
        second,
        told: () => call(first, 'GET', path),
        unlink: () => call(first, 'POST', `${path}/unlink`),
        ask: async (hub: Hub) => (await hub.request(request)).response?.status,
        verified: (what: string) =>
          sandbox.journal.entries().filter(({ verified }) => verified.includes(what)).length,
      };
    }

    test('a session handle is exchanged once by two hubs at once, over and over, until consent ends', async () => {
      const session = { tokenMs: hour, handleMs: 24 * hour };
      const { clock, first, second, told, ask, verified } = await open({ session }, {});
      const linked = await told();
      assert.deepEqual(
        [linked.status, linked.expires_at, linked.life.consent_ends_at],
        ['linked', iso(clock.now + hour), iso(clock.now + 24 * hour)],
      );
      for (const round of [1, 2, 3]) {
        clock.now += 2 * hour;
        const answers = await Promise.all([ask(first), ask(second), ask(first), ask(second)]);
        assert.deepEqual(answers, [200, 200, 200, 200]);
        assert.equal(verified('session handle'), round);
      }
      const { identity, id } = await told();
      assert.deepEqual([id, identity], [linked.id, linked.identity]);
    });

    test('the job renews before the end, so that a token that is not used stays good', async () => {
      const session = { tokenMs: hour, handleMs: 24 * hour };
      const { clock, second, first, ask, verified } = await open({ session }, {});
      clock.now += 55 * minute;
      await first.runJobs();
      assert.equal(verified('session handle'), 1);
      clock.now += 30 * minute;
      assert.equal(await ask(second), 200);
      assert.equal(verified('session handle'), 1);
    });

    test('an idle token is woken at its address until the day ends there', async () => {
      const lifetime = {
        kind: 'idle',
        idle_minutes: 120,
        daily_end: 'America/New_York',
        renew_url: `${origin}/oauth/renew`,
      };
      const kept = { idleMs: 2 * hour, dailyEnd: 'America/New_York' };
      const { clock, first, second, told, ask, verified } = await open(kept, { lifetime });
      clock.now += 3 * hour;
      assert.deepEqual(await Promise.all([ask(first), ask(second)]), [200, 200]);
      assert.equal(verified('renewal'), 1);
      clock.now = Date.UTC(2026, 0, 6, 5);
      await assert.rejects(ask(first), { code: 'account_unlinked', message: /is expired/ });
      assert.equal((await told()).status, 'expired');
    });

    test('a fixed time that the service cuts short is told by its refusal', async () => {
      const record = { lifetime: { kind: 'fixed', days: 90 } };
      const { clock, first, told, ask } = await open({ fixedMs: 24 * hour }, record);
      clock.now += 25 * hour;
      assert.equal(await ask(first), 401);
      const ended = await told();
      assert.notEqual(ended.status, 'linked');
      assert.match(ended.last_error, /^Service .* link it to Service again\.$/);
    });

    test('unlinking ends the token over there', async () => {
      const { unlink, told } = await open({}, {});
      const ended = await unlink();
      assert.deepEqual([ended.ok, (await told()).status], [true, 'unlinked'], ended.message);
    });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers are probed freely here
async function call(hub: Hub, method: 'GET' | 'POST', path: string, input?: unknown): Promise<any> {
  return (await hub.call(commandLine, method, path, input)).body;
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
