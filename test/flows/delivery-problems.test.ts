/** What was wrong with a delivery: told on its page, by the API and in the test of an account. */
import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { explainProblem } from '../../server/connections/delivery-problem.ts';
import { deliveryApi } from '../../server/delivery/api.ts';
import { deliveryPages } from '../../server/delivery/pages.ts';
import { createViews } from '../../server/http/views.ts';
import { fromRoot } from '../../server/root.ts';
import { addAccount, admin, adminKey, openWorld, remoteHost, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';
import type { RemoteAnswer } from '../support/fake-remote.ts';

const tokens = { oauth_token: 'canary-token', oauth_token_secret: 'canary-token-secret' };
const views = createViews(fromRoot('views'));

withDatabases((database) => {
  describe(`what was wrong, on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    before(async () => {
      db = await database.open();
    });
    beforeEach(async () => {
      world = await openWorld(db);
    });
    afterEach(() => world.close());

    const account = async (params: Record<string, unknown> = {}) => {
      const { accountId } = await addAccount(world, { params });
      await world.call('PUT', `/connected-accounts/${accountId}/credentials?force=1`, tokens);
      return accountId;
    };
    const refused = (oauthProblem: string): RemoteAnswer => ({
      status: 401,
      headers: { 'WWW-Authenticate': `OAuth realm="r", oauth_problem="${oauthProblem}"` },
      body: '',
    });
    const numbered = (status: number, code: number): RemoteAnswer => ({
      status,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ errors: [{ code, message: 'No.' }] }),
    });
    const moved = (location: string): RemoteAnswer => ({
      status: 302,
      headers: { Location: location },
      body: '',
    });
    const detail = async (id: string) => {
      await world.deps.deliver.flush();
      const deps = {
        ...world.deps,
        explainSignature: async () => null,
        explainProblem: (kept: Parameters<typeof explainProblem>[1]) => explainProblem(world.deps, kept),
        mayUseAccount: async () => true,
        listAccounts: async () => [],
        findAccountId: async () => undefined,
      };
      const api = deliveryApi(deps).find(({ path }) => path === '/deliveries/:id');
      const page = deliveryPages(deps).find(({ path }) => path === '/activity/:id');
      const call = { params: { id }, query: new URLSearchParams(), signal: new AbortController().signal };
      const answer = await api?.handle({ ...call, body: undefined, actor: adminKey });
      const shown = await page?.handle({
        ...call,
        form: new FormData(),
        worker: admin,
        browserHash: '',
        sessionHash: undefined,
        ip: '192.0.2.1',
      });
      if (!answer || !shown || !('view' in shown)) throw new Error('no delivery');
      const html = views.render(shown.view, { ...shown.model, csrf: '', me: admin });
      return { problem: JSON.parse(JSON.stringify(answer.body)).problem, html };
    };

    test('every way of refusing is read into a cause with a next step', async () => {
      const table: [string, RemoteAnswer, string | null][] = [
        ['/135', numbered(401, 135), 'clock_refused'],
        ['/32', numbered(401, 32), 'keys_refused'],
        ['/89', numbered(401, 89), 'token_refused'],
        ['/88', numbered(429, 88), 'rate_limited'],
        ['/415', numbered(403, 415), 'callback_refused'],
        ['/nonce', refused('nonce_used'), 'nonce_refused'],
        ['/expired', refused('token_expired'), 'token_expired'],
        ['/revoked', refused('token_revoked'), 'token_revoked'],
        ['/signature', refused('signature_invalid'), 'signature_refused'],
        ['/throttled', refused('consumer_key_throttled'), 'rate_limited'],
        ['/unheard-of', refused('full_moon'), 'credentials_refused'],
        ['/empty', { status: 401, body: '' }, 'credentials_refused'],
        ['/html', { status: 503, body: '<html><title>Over capacity</title>' }, 'remote_down'],
        ['/gone', { status: 404, body: 'gone' }, 'not_found'],
        ['/elsewhere', moved('https://evil.test/'), 'redirected_elsewhere'],
        ['/circle', moved('/circle'), 'redirected_in_circles'],
        ['/fine', { body: 'fine' }, null],
        ['/unchanged', { status: 304, body: '' }, null],
      ];
      for (const [path, answer, cause] of table) {
        world.remote.script.set(path, () => answer);
        // What names a token ends its account.
        const { problem, html } = await detail(await send(world, await account(), 'GET', path));
        assert.equal(problem?.cause ?? null, cause, path);
        if (cause === null) continue;
        assert.deepEqual(Object.keys(problem), ['cause', 'message', 'next_step']);
        assert.match(html, /class="notice notice-bad" role="note"/, path);
      }
    });

    test('a POST that is sent on says so, and the other place sees nothing', async () => {
      const id = await account();
      world.remote.script.set('/old', () => ({ status: 307, headers: { Location: '/new' }, body: '' }));
      const { problem } = await detail(await send(world, id, 'POST', '/old'));
      assert.equal(problem.cause, 'redirected');
      assert.equal(world.remote.to('/new').length, 0);
    });

    test('a circle of redirects ends after three, each signed with a nonce of its own', async () => {
      const id = await account();
      world.remote.script.set('/a', () => moved('/b'));
      world.remote.script.set('/b', () => moved('/a'));
      const { problem } = await detail(await send(world, id, 'GET', '/a'));
      assert.equal(problem.cause, 'redirected_in_circles');
      const nonces = world.remote.seen.map(
        ({ authorization }) => /oauth_nonce="(\w+)"/.exec(authorization)?.[1],
      );
      assert.equal(new Set(nonces).size, 4);
      assert.equal(nonces.length, 4);
    });

    test('an error of 64 MiB is read up to the cap, and its cause all the same', async () => {
      const id = await account();
      const body = JSON.stringify({ errors: [{ code: 89, message: 'x'.repeat(64 * 1024 * 1024) }] });
      world.remote.script.set('/huge', () => ({ status: 401, body }));
      const { problem } = await detail(await send(world, id, 'GET', '/huge'));
      assert.equal(problem.cause, 'credentials_refused', 'by the status: half of a JSON text is none');
      assert.ok(problem.message.length < 500);
    });

    test('the test of an account says what was wrong and what to do', async () => {
      const id = await account({ identity: { url: `https://${remoteHost}/me` } });
      world.remote.script.set('/me', () => refused('signature_invalid'));
      const { body } = await world.call('POST', `/connected-accounts/${id}/test`);
      assert.match(JSON.stringify(body), /The signature was not accepted\..*Compare the consumer secret/);
      world.remote.script.set('/me', () => moved('https://evil.test/me'));
      const again = await world.call('POST', `/connected-accounts/${id}/test`);
      assert.match(JSON.stringify(again.body), /sent the request on to another host/);
    });
  });
});

/** Id of the delivery. */
async function send(world: World, accountId: string, method: string, path: string): Promise<string> {
  const body = { method, url: `https://${remoteHost}${path}`, ...(method === 'POST' && { body: 'a=b' }) };
  const answer = await world.call('POST', `/connected-accounts/${accountId}/request`, body);
  return JSON.parse(JSON.stringify(answer.body)).delivery_id;
}
