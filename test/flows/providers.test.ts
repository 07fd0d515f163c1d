/** Every way of authenticating beside OAuth 1.0a, linked and used against the sandbox, on both databases. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Knex } from 'knex';
import { createSandbox } from '../../server/sandbox/sandbox.ts';
import { admin, idOf, openWorld, type World } from '../support/connections.ts';
import { withDatabases } from '../support/databases.ts';

const origin = 'https://apps.remote.test';
const hour = 3_600_000;
const callbackUrl = 'https://hub.test/oauth/callback';
const app = { key: 'the-client', secret: 'canary-client-secret' };
const provider = (name: string) => `cerb.service.provider.${name}`;

/** As packages write it. */
const consented = {
  grant_type: 'authorization_code',
  client_id: app.key,
  client_secret: app.secret,
  authorization_url: `${origin}/oauth2/authorize`,
  access_token_url: `${origin}/oauth2/access_token`,
  resource_owner_url: `${origin}/oauth2/me`,
  scope: 'read write',
  approval_prompt: 'auto',
};
const forApp = { ...consented, grant_type: 'client_credentials', authorization_url: '' };

withDatabases((database) => {
  describe(`service providers on ${database.name}`, () => {
    let db: Knex;
    let world: World;
    let sandbox: ReturnType<typeof createSandbox>;
    let sandboxOrigin = '';
    let stop: () => Promise<void>;
    const clock = { now: 0 };
    /** How far the service's time is ahead of the hub's. */
    let aheadMs = 0;

    before(async () => {
      db = await database.open();
      sandbox = createSandbox({
        publicOrigins: [origin],
        consumers: [{ ...app, name: 'Countersign', callbacks: [callbackUrl] }],
        now: () => clock.now,
        randomBytes,
      });
      ({ origin: sandboxOrigin, close: stop } = await sandbox.listen());
    });
    after(() => stop());
    beforeEach(async () => {
      world = await openWorld(db);
      connect(world);
      await rules({
        rotates: true,
        answers: 'json',
        clientAuth: 'any',
        requiresPkce: true,
        saysIssuer: true,
      });
      sandbox.journal.clear();
      aheadMs = 0;
    });
    afterEach(() => world.close());

    /** The sandbox stands in for the service's origin, and has the hub's time. */
    const connect = (to: World) => {
      const { connectTo } = to.deps.config;
      assert.ok(connectTo instanceof Map);
      connectTo.set(origin, sandboxOrigin);
      Object.defineProperty(clock, 'now', { configurable: true, get: () => to.clock.now + aheadMs });
    };
    const rules = async (changes: object) => {
      const answer = await fetch(`${sandboxOrigin}/_sandbox/oauth2`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(changes),
      });
      assert.equal(answer.status, 200);
    };
    const calls = (path: string) => sandbox.journal.entries().filter((entry) => entry.path === path);

    const addAccount = async (extension: string, params: object, hosts?: string[]) => {
      const service = await world.call('POST', '/connected-services', {
        name: 'Apps',
        extension_id: provider(extension),
        params,
        ...(hosts && { allowed_hosts: hosts }),
      });
      const account = await world.call('POST', '/connected-accounts', {
        name: 'Our account',
        service_id: idOf(service),
      });
      return { serviceId: idOf(service), accountId: idOf(account) };
    };
    const put = async (accountId: string, credentials: Record<string, string>) =>
      bodyOf(await world.call('PUT', `/connected-accounts/${accountId}/credentials`, credentials));
    const told = async (accountId: string) =>
      bodyOf(await world.call('GET', `/connected-accounts/${accountId}`));
    const ask = async (accountId: string, url: string, from = world, more: object = {}) =>
      bodyOf(
        await from.call('POST', `/connected-accounts/${accountId}/request`, { method: 'GET', url, ...more }),
      );

    /** Links by the pages, as a person does. */
    const linked = async (params: object = consented) => {
      const ids = await addAccount('oauth2', params);
      const begun = await world.post(`/connected-accounts/${ids.accountId}/link`);
      const back = await consent(redirectOf(begun));
      await world.get('/oauth/callback', { query: back });
      const flow = await flowOf(ids.accountId);
      await world.post(`/connected-accounts/${ids.accountId}/edit`, {
        form: { name: 'Our account', uri: '', flow },
      });
      return ids;
    };
    const flowOf = async (accountId: string) => {
      const page = world.html(await world.get(`/connected-accounts/${accountId}/edit`));
      return /name="flow" value="([^"]+)"/.exec(page)?.[1] ?? '';
    };

    test('OAuth 2.0: a person consents, the account knows who it is, and requests carry its token', async () => {
      const { accountId } = await linked();
      const account = await told(accountId);
      assert.equal(account.status, 'linked');
      assert.equal(account.identity.name, 'alice');
      assert.equal(account.expires_at, new Date(world.clock.now + 2 * hour).toISOString());
      assert.deepEqual(account.extra, { scope: 'read write' });
      const answer = await ask(accountId, `${origin}/oauth2/me`);
      assert.equal(answer.info.http_code, 200);
      assert.equal(answer.body.username, 'alice');
      const exchange = calls('/oauth2/access_token')[0];
      assert.deepEqual(exchange?.verified, ['client by post', 'code verifier', 'code']);
    });

    test('OAuth 2.0: the address of the API stores at once, and no token is in pages, answers or deliveries', async () => {
      const { accountId, serviceId } = await addAccount('oauth2', consented);
      const made = bodyOf(await world.call('POST', `/connected-accounts/${accountId}/link`, {}));
      const path = new URL(made.url).pathname;
      const begun = await world.post(path, { worker: undefined });
      const done = await world.get('/oauth/callback', {
        query: await consent(redirectOf(begun)),
        worker: undefined,
      });
      assert.match(redirectOf(done), /^\/link\/done\//);
      assert.equal((await told(accountId)).status, 'linked');
      await ask(accountId, `${origin}/oauth2/me`);
      const shown = [
        JSON.stringify(await world.call('GET', `/connected-services/${serviceId}`)),
        JSON.stringify(await told(accountId)),
        world.html(await world.get(`/connected-accounts/${accountId}/edit`)),
        JSON.stringify(await db('connected_accounts')),
        JSON.stringify(await db('deliveries')),
        JSON.stringify(await db('link_flows')),
      ].join('\n');
      assert.doesNotMatch(shown, /access-[\w-]{20}|refresh-[\w-]{20}|canary/);
    });

    test('OAuth 2.0: a consent that is refused, altered or comes twice links nothing', async () => {
      const { accountId } = await addAccount('oauth2', consented);
      const begin = async () => redirectOf(await world.post(`/connected-accounts/${accountId}/link`));
      const denied = await world.get('/oauth/callback', { query: await consent(await begin(), 'deny') });
      assert.equal(statusOf(denied), 200);
      const foreign = new URLSearchParams(await consent(await begin()));
      foreign.set('iss', 'https://evil.example');
      assert.equal(statusOf(await world.get('/oauth/callback', { query: String(foreign) })), 502);
      assert.equal(calls('/oauth2/access_token').length, 0);
      const other = new URLSearchParams(await consent(await begin()));
      other.set('state', 'made-up');
      assert.equal(statusOf(await world.get('/oauth/callback', { query: String(other) })), 400);
      const good = await consent(await begin());
      await world.get('/oauth/callback', { query: good });
      assert.equal(statusOf(await world.get('/oauth/callback', { query: good })), 409);
      assert.equal(calls('/oauth2/access_token').length, 1);
      assert.equal((await told(accountId)).status, 'unlinked');
    });

    test('OAuth 2.0: a service that wants Basic, answers with a form and knows no PKCE is a record that says so', async () => {
      await rules({ clientAuth: 'basic', answers: 'form', requiresPkce: false, saysIssuer: false });
      const { accountId } = await linked({ ...consented, client_auth: 'basic', pkce: 'none' });
      assert.equal((await told(accountId)).status, 'linked');
      assert.deepEqual(calls('/oauth2/access_token')[0]?.verified, ['client by basic', 'code']);
      const wrong = await addAccount('oauth2', consented);
      const begun = redirectOf(await world.post(`/connected-accounts/${wrong.accountId}/link`));
      const page = await world.get('/oauth/callback', { query: await consent(begun) });
      assert.equal(statusOf(page), 502);
      assert.match(world.html(page), /Client ID or Client Secret was not accepted/);
    });

    test('OAuth 2.0: what ran out is renewed at its use, once for all processes, and the refresh token is replaced', async () => {
      const { accountId } = await linked();
      const second = await openWorld(db, world);
      connect(second);
      for (const round of [1, 2]) {
        world.clock.now += 3 * hour;
        const answers = await Promise.all([
          ...Array.from({ length: 4 }, () => ask(accountId, `${origin}/oauth2/me`)),
          ...Array.from({ length: 4 }, () => ask(accountId, `${origin}/oauth2/me`, second)),
        ]);
        assert.deepEqual(
          answers.map((answer) => answer.info.http_code),
          Array.from({ length: 8 }, () => 200),
        );
        // A refresh token that came twice would have ended everything.
        assert.equal(calls('/oauth2/access_token').length, 1 + round);
      }
      assert.equal((await told(accountId)).expires_at, new Date(world.clock.now + 2 * hour).toISOString());
    });

    test('OAuth 2.0: a token that the service takes no longer is renewed before its time', async () => {
      const { accountId } = await linked();
      aheadMs = 3 * hour;
      assert.equal((await ask(accountId, `${origin}/oauth2/me`)).info.http_code, 401);
      assert.equal((await told(accountId)).status, 'linked');
      assert.equal((await ask(accountId, `${origin}/oauth2/me`)).info.http_code, 200);
      assert.equal(calls('/oauth2/access_token').length, 2);
    });

    test('OAuth 2.0: a refresh that only a person can mend is told, and nothing is sent unsigned', async () => {
      const { accountId } = await linked();
      const rows = await db('connected_accounts').where({ id: accountId }).first();
      world.clock.now += 3 * hour;
      await ask(accountId, `${origin}/oauth2/me`);
      // The tokens of before the renewal: the service takes the refresh token for stolen.
      await db('connected_accounts').where({ id: accountId }).update({
        sealed_credentials: rows.sealed_credentials,
        expires_at: rows.expires_at,
        renew_at: rows.renew_at,
      });
      sandbox.journal.clear();
      await assert.rejects(ask(accountId, `${origin}/oauth2/me`), { code: 'account_unlinked' });
      assert.equal(calls('/oauth2/me').length, 0);
      const account = await told(accountId);
      assert.equal(account.status, 'expired');
      assert.match(String(account.last_error), /not valid any more.*link it to Apps again/i);
    });

    test('OAuth 2.0: an app that acts for itself gets its token when the keys are taken into use, and anew later', async () => {
      const { accountId } = await addAccount('oauth2', forApp);
      assert.equal((await told(accountId)).status, 'unlinked');
      await assert.rejects(ask(accountId, `${origin}/oauth2/me`), { code: 'account_unlinked' });
      await assert.rejects(world.call('POST', `/connected-accounts/${accountId}/link`, {}), {
        code: 'conflict',
      });
      const page = world.html(await world.get(`/connected-accounts/${accountId}/edit`));
      assert.match(page, />Use the keys of Apps<\/button>/);
      await world.post(`/connected-accounts/${accountId}/credentials`, { form: {} });
      const account = await told(accountId);
      assert.equal(account.status, 'linked');
      assert.equal(account.identity.name, 'Countersign');
      world.clock.now += 3 * hour;
      assert.equal((await ask(accountId, `${origin}/oauth2/me`)).body.username, 'Countersign');
      assert.equal(calls('/oauth2/access_token').length, 2);
    });

    test('OAuth 2.0: unlinking ends the consent at the revoke address of the record', async () => {
      const { accountId } = await linked({ ...consented, revoke: { url: `${origin}/oauth2/revoke` } });
      const { ok, message } = bodyOf(await world.call('POST', `/connected-accounts/${accountId}/unlink`));
      assert.equal(ok, true, message);
      assert.equal(calls('/oauth2/revoke')[0]?.status, 200);
      await assert.rejects(ask(accountId, `${origin}/oauth2/me`), { code: 'account_unlinked' });
    });

    test('OAuth 2.0: pasted tokens are tried before they are stored, and end when they say', async () => {
      const { accountId } = await addAccount('oauth2', consented);
      await assert.rejects(put(accountId, { access_token: 'wrong' }), { code: 'credentials_refused' });
      await assert.rejects(put(accountId, {}), { code: 'bad_request', message: /Access token/ });
      const token = await appToken();
      const expires = String(Math.floor(world.clock.now / 1000) + 600);
      assert.equal((await put(accountId, { access_token: token, expires })).status, 'linked');
      assert.equal((await told(accountId)).expires_at, new Date(Number(expires) * 1000).toISOString());
    });

    const appToken = async () => {
      const form = { grant_type: 'client_credentials', client_id: app.key, client_secret: app.secret };
      const answer = await fetch(`${sandboxOrigin}/oauth2/access_token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      });
      return String(bodyOf({ body: await answer.json() }).access_token);
    };

    const host = new URL(origin).host;
    const pasted = [
      {
        name: 'HTTP Basic',
        extension: 'http.basic',
        params: {
          base_url: `${origin}/`,
          identity: { url: `${origin}/basic/me`, id: 'id', name: 'username' },
        },
        hosts: undefined,
        right: { username: 'alice', password: 'alice-password' },
        wrong: { username: 'alice', password: 'canary-wrong' },
        url: `${origin}/basic/me?a=1`,
      },
      {
        name: 'a bearer token',
        extension: 'token.bearer',
        params: {
          token_name: 'Bearer',
          identity: { url: `${origin}/bearer/me`, id: 'id', name: 'username' },
        },
        hosts: undefined,
        right: { token: 'alice-token' },
        wrong: { token: 'canary-wrong' },
        url: `${origin}/bearer/me?a=1`,
      },
      {
        name: 'an API key in a header',
        extension: 'api_key',
        params: {
          api_base_url: origin,
          api_key_name: 'X-Api-Key',
          api_key_location: 'header',
          identity: { url: `${origin}/key/me`, id: 'id', name: 'username' },
        },
        hosts: undefined,
        right: { api_key: 'alice-api-key' },
        wrong: { api_key: 'canary-wrong' },
        url: `${origin}/key/me?a=1`,
      },
      {
        name: 'an API key in the address',
        extension: 'api_key',
        params: {
          api_base_url: origin,
          api_key_name: 'api_key',
          api_key_location: 'url',
          identity: { url: `${origin}/key/me`, id: 'id', name: 'username' },
        },
        hosts: undefined,
        right: { api_key: 'alice-api-key' },
        wrong: { api_key: 'canary-wrong' },
        url: `${origin}/key/me?a=1`,
      },
      {
        name: 'AWS',
        extension: 'aws',
        params: {
          service: 'sts',
          region: 'eu-west-1',
          identity: { url: `${origin}/?who`, id: 'id', name: 'username' },
        },
        hosts: [host],
        right: { access_key: 'AKALICE', secret_key: 'alice-secret-access-key' },
        wrong: { access_key: 'AKALICE', secret_key: 'canary-wrong' },
        url: `${origin}/some%20path/a+b?a=1&b=%C3%A9&b=`,
      },
    ] as const;

    for (const { name, extension, params, hosts, right, wrong, url } of pasted) {
      test(`${name}: credentials are entered in the account's form, tried, stored sealed and used`, async () => {
        const { accountId } = await addAccount(extension, params, hosts && [...hosts]);
        await assert.rejects(ask(accountId, url), { code: 'account_unlinked' });
        assert.deepEqual(sandbox.journal.entries(), [], 'nothing is sent unsigned');
        await assert.rejects(put(accountId, wrong), { code: 'credentials_refused' });
        await assert.rejects(put(accountId, {}), { code: 'bad_request' });
        await assert.rejects(put(accountId, { ...right, more: 'x' }), { code: 'bad_request' });
        const edit = await world.get(`/connected-accounts/${accountId}/edit`);
        const page = world.html(edit);
        for (const key of Object.keys(right)) assert.match(page, new RegExp(`name="param_${key}"`));
        assert.doesNotMatch(page, /Link to Apps|Access token secret/);
        const form = Object.fromEntries(Object.entries(right).map(([key, value]) => [`param_${key}`, value]));
        await world.post(`/connected-accounts/${accountId}/credentials`, { form });
        const account = await told(accountId);
        assert.equal(account.status, 'linked');
        assert.equal(account.identity.name, 'alice');
        const body = 'status=canary-free&x=%C3%A9';
        const got = await ask(accountId, url);
        assert.equal(got.info.http_code, 200, JSON.stringify(got));
        assert.equal(got.info.url, url, 'the address that was asked for, without a key');
        assert.equal(got.body.query[0], 'a=1');
        const posted = await ask(accountId, url, world, { method: 'POST', body });
        assert.equal(posted.body.body, body);
        const stored = JSON.stringify([await db('connected_accounts'), await db('deliveries')]);
        for (const [key, value] of Object.entries(right)) {
          if (/secret|password|token|api_key/.test(key)) assert.doesNotMatch(stored, new RegExp(value));
        }
        await assert.rejects(ask(accountId, 'https://elsewhere.test/'), { code: 'host_not_allowed' });
      });
    }

    test('a service that names no host says so, and its accounts send nothing until an admin allows one', async () => {
      const { serviceId, accountId } = await addAccount('token.bearer', { token_name: 'Bearer' });
      await put(accountId, { token: 'alice-token' });
      await assert.rejects(ask(accountId, `${origin}/bearer/me`), { code: 'host_not_allowed' });
      await world.post(`/connected-services/${serviceId}/hosts`, { form: { host } });
      assert.equal((await ask(accountId, `${origin}/bearer/me`)).info.http_code, 200);
    });

    test('services that only sign people in are kept, sealed, and have no accounts', async () => {
      for (const [extension, params] of [
        ['oidc', { client_id: 'c', client_secret: 'canary-oidc', issuer: 'https://id.example' }],
        ['saml.idp', { entity_id: 'e', url_sso: 'https://id.example/sso', cert: 'PEM' }],
        ['ldap', { host: 'ldap.example', port: 389, bind_password: 'canary-ldap', field_email: 'mail' }],
      ] as const) {
        const service = await world.call('POST', '/connected-services', {
          name: extension,
          extension_id: provider(extension),
          params,
        });
        const card = world.html(await world.get(`/connected-services/${idOf(service)}`));
        assert.match(card, /signs no requests/);
        assert.doesNotMatch(card, /canary|New account|Callback URL/);
        assert.doesNotMatch(JSON.stringify(await db('connected_services')), /canary/);
        const account = { name: 'A', service_id: idOf(service) };
        await assert.rejects(world.call('POST', '/connected-accounts', account), {
          code: 'bad_request',
          message: /signs no requests/,
        });
        const form = world.html(await world.get('/connected-accounts/new'));
        assert.doesNotMatch(form, new RegExp(`value="${idOf(service)}"`));
      }
    });

    test('every provider has a form of its own fields', async () => {
      for (const { id, serviceFields, title } of world.deps.providers.values()) {
        const page = world.html(await world.get('/connected-services/new', { query: `type=${id}` }));
        for (const { key } of serviceFields)
          assert.match(page, new RegExp(`name="param_${key}"`), `${id} ${key}`);
        assert.match(page, new RegExp(title));
      }
      assert.ok(admin.isAdmin);
    });
  });
});

/** A person at the remote site: reads the page, picks alice, decides. What the browser is sent back with. */
async function consent(address: string, decision = 'authorize'): Promise<string> {
  const page = await fetch(address);
  assert.equal(page.status, 200, address);
  const form = {
    oauth_token: /name="oauth_token" value="([^"]+)"/.exec(await page.text())?.[1] ?? '',
    user: 'alice',
    decision,
  };
  const answer = await fetch(new URL('/oauth2/authorize', address), {
    method: 'POST',
    redirect: 'manual',
    headers: { Cookie: page.headers.getSetCookie()[0]?.split(';')[0] ?? '' },
    body: new URLSearchParams(form),
  });
  const location = answer.headers.get('location') ?? '';
  assert.ok(location.startsWith(`${callbackUrl}?`), location);
  return new URL(location).search.slice(1);
}

// A test knows what it asked for; the shapes are what is under test.
// biome-ignore lint/suspicious/noExplicitAny: answers are probed freely here
function bodyOf(answer: { body?: any }): any {
  return answer.body;
}

function redirectOf(answer: object): string {
  assert.ok('redirect' in answer && typeof answer.redirect === 'string', JSON.stringify(answer));
  return answer.redirect;
}

function statusOf(answer: object): number {
  return 'status' in answer && typeof answer.status === 'number' ? answer.status : 200;
}
