/** Planted secrets in every field, through the whole journey and its failures: none shows up anywhere afterwards. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DatabaseConfig } from '../../server/config.ts';
import { findForm, textOf } from '../../server/demo/browser.ts';
import { fromRoot } from '../../server/root.ts';
import { withDatabases } from '../support/databases.ts';
import { dumpDatabase } from '../support/dump.ts';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';
import { createVisitor, signedIn, type Visitor } from '../support/visitor.ts';

const ownPackage = readFileSync(fromRoot('packages', 'twitter.json'), 'utf8');
const verify = 'https://api.twitter.com/1.1/account/verify_credentials.json';
const update = 'https://api.twitter.com/1.1/statuses/update.json';
const tokenUrls = ['/oauth/request_token', '/oauth/access_token'];

withDatabases((database) => {
  const on = database.name;
  let config: DatabaseConfig;
  let hub: TestHub;
  /** Name -> secret; what must be nowhere. */
  const secrets = new Map<string, string>();
  /** Everything that was shown: pages and API answers, with where. */
  const shown: [where: string, text: string][] = [];

  before(async () => {
    config = await database.create();
    hub = await startTestHub({ database: config });
    learnFromRemote(hub, secrets);
    secrets.set('consumer secret', consumer.secret);
    secrets.set('password', password);
    secrets.set('API key', hub.adminKey);
  });
  after(() => hub.close());

  const call = async (method: string, path: string, body?: unknown, headers = {}) => {
    const result = await hub.api(method, path, body, hub.adminKey, headers);
    shown.push([`${method} ${path}`, result.text]);
    return result;
  };

  /** A visitor whose pages are kept. */
  const watched = (visitor: Visitor): Visitor => {
    const keep = async (where: string, asked: ReturnType<Visitor['get']>) => {
      const answer = await asked;
      shown.push([where, `${answer.text}\n${answer.headers.get('location') ?? ''}`]);
      return answer;
    };
    return {
      ...visitor,
      get: (path, headers) => keep(`GET ${path}`, visitor.get(path, headers)),
      post: (path, fields, headers) => keep(`POST ${path}`, visitor.post(path, fields, headers)),
    };
  };

  test(`${on}: the journey and its failures are walked`, async () => {
    const ada = watched(await signedIn(hub.url, 'ada@example.com', password));
    for (const [name, value] of ada.cookies) secrets.set(`cookie ${name}`, value);
    const account = await importByPages(ada);
    const service = (await call('GET', `/connected-accounts/${account}`)).body.service_id;

    for (const fault of [
      'html-error',
      'token-malformed',
      'token-missing-secret',
      'token-json',
      'duplicate-token',
      'error-500',
      'truncated',
      'drop',
      'callback-confirmed-false',
    ] as const) {
      for (const path of tokenUrls) {
        hub.sandbox.faults.set(fault, { times: 1, path });
        await link(ada, account);
        hub.sandbox.faults.clear();
      }
    }
    hub.sandbox.faults.set('callback-other-token', 1);
    await link(ada, account);
    hub.sandbox.faults.clear();
    const edit = await link(ada, account);
    const flow = /name="flow" value="([^"]+)"/.exec(edit)?.[1] ?? '';
    await ada.post(`/connected-accounts/${account}/edit`, { name: 'Twitter', uri: '', flow });
    assert.equal((await call('GET', `/connected-accounts/${account}`)).body.status, 'linked');

    for (const fault of ['html-error', 'error-500', 'truncated', 'drop', 'nonce-used-once'] as const) {
      hub.sandbox.faults.set(fault, 1);
      await call('POST', `/connected-accounts/${account}/request`, { method: 'GET', url: verify });
      hub.sandbox.faults.set(fault, 1);
      await call('POST', `/connected-accounts/${account}/test`);
      hub.sandbox.faults.clear();
    }
    const tokens = [...secrets]
      .flatMap(([name, value]) => (name.includes('access_token') ? value : []))
      .slice(-2);
    // A caller that carries its secrets about in the wrong places.
    const key = hub.adminKey;
    await call('GET', `/bots/${key}`);
    await ada.get(`/bots/${key}?key=${key}`);
    await call('POST', `/connected-accounts/${account}/request`, {
      method: 'GET',
      url: `${verify}?oauth_token=${key}`,
    });
    await call('POST', `/connected-accounts/${account}/request`, {
      method: 'POST',
      url: update,
      headers: { Authorization: `Bearer ${key}`, Cookie: `a=${key}` },
      body: { status: 'x', client_secret: consumer.secret, echo: tokens },
    });
    const pasted = {
      oauth_token: planted(secrets, 'pasted token'),
      oauth_token_secret: planted(secrets, 'pasted secret'),
    };
    await call('PUT', `/connected-accounts/${account}/credentials`, pasted);
    await call('PUT', `/connected-accounts/${account}/credentials`, {
      ...pasted,
      made_up: planted(secrets, 'third field'),
    });
    await call('PUT', `/connected-accounts/${account}/credentials?force=1`, pasted);
    await call('POST', `/connected-accounts/${account}/request`, { method: 'GET', url: verify });
    const wrong = planted(secrets, 'other consumer secret');
    await call('PATCH', `/connected-services/${service}`, {
      params: { client_secret: wrong, made_up: wrong },
    });
    await call('PATCH', `/connected-services/${service}`, { params: { client_secret: wrong } });
    await call('POST', `/connected-accounts/${account}/link`, {}).then((made) => {
      const code = new URL(made.body.url).pathname.split('/').at(-1) ?? '';
      secrets.set('link code', code);
      shown.pop();
      return createVisitor(hub.url).get(`/link/${code}`);
    });
    const stranger = watched(createVisitor(hub.url));
    await stranger.get('/sign-in');
    await stranger.post('/sign-in', {
      email: 'ada@example.com',
      password: planted(secrets, 'wrong password'),
    });
    const welcome = new URL(await hub.hub.addWorker({ email: 'bob@example.com', isAdmin: false })).pathname;
    secrets.set('welcome code', welcome.split('/').at(-1) ?? '');
    await stranger.get(welcome);
    const chosen = planted(secrets, 'chosen password');
    await stranger.post(welcome, { name: 'Bob', password: chosen, password_again: `${chosen}x` });
    await stranger.post(welcome, { name: 'Bob', password: chosen, password_again: chosen });
    for (const [name, value] of stranger.cookies) secrets.set(`bob's cookie ${name}`, value);
    await runAll();
    await ada.post('/setup/api-keys', { name: 'shown once', rights: 'admin' });
    const once = /cs_[A-Za-z0-9_-]{43}/.exec(shown.pop()?.[1] ?? '')?.[0];
    assert.ok(once, 'a new key is shown once');
    secrets.set('key of the page', once);
    await readEverything(ada);
  });

  test(`${on}: no secret is in the log, in a page, or in an answer`, () => {
    for (const [where, text] of [...shown, ['log', hub.log()] as const]) assertClean(secrets, where, text);
    assert.ok(shown.length > 80);
    const learned = [...secrets.keys()].join('\n');
    for (const kind of [/access_token oauth_token_secret/, /request_token oauth_token_secret/, /verifier/])
      assert.match(learned, kind);
  });

  test(`${on}: no secret is in any column of the database, nor in its file`, async () => {
    const tables = await dumpDatabase(config);
    for (const [table, rows] of Object.entries(tables)) {
      for (const row of rows) assertClean(secrets, `table ${table}`, Object.values(row).join('\n'));
    }
    if (config.kind !== 'sqlite') return;
    const folder = join(config.file, '..');
    for (const file of readdirSync(folder).map((name) => join(folder, name))) {
      if (statSync(file).isFile()) assertClean(secrets, file, readFileSync(file, 'latin1'));
    }
  });

  async function importByPages(ada: Visitor): Promise<string> {
    await ada.get('/setup/import');
    const asked = await ada.post('/setup/import', { package: ownPackage });
    const page = { url: new URL(`${hub.url}/setup/import`), status: asked.status, html: asked.text };
    const fields = Object.fromEntries(findForm(page, /^Import$/).fields);
    const answers = {
      ...fields,
      'prompt.prompt_client_id': consumer.key,
      'prompt.prompt_client_secret': consumer.secret,
    };
    await ada.post('/setup/import', { ...answers, 'prompt.prompt_client_id': '' });
    const made = await ada.post('/setup/import', answers);
    const result = await ada.get(made.headers.get('location') ?? '/setup/imports');
    assert.match(textOf(result.text), /Connected Accounts/);
    const { items } = (await call('GET', '/connected-accounts')).body;
    return items[0].id;
  }

  /** Link, consent, and back, as far as it goes; answers the last page. */
  async function link(ada: Visitor, account: string): Promise<string> {
    const path = `/connected-accounts/${account}`;
    await ada.get(`${path}/edit`);
    const begun = await ada.post(`${path}/link`);
    const consentUrl = begun.headers.get('location');
    if (begun.status !== 303 || consentUrl === null) return begun.text;
    // The way to consent names the request token, which travels through the browser by design.
    shown.pop();
    const remote = createVisitor(hub.sandbox.origin);
    const consent = await remote.get(consentUrl);
    const page = { url: new URL(consentUrl), status: consent.status, html: consent.text };
    const { action, fields } = findForm(page, /^Authorize/);
    fields.set('user', 'alice');
    const back = await remote.post(action.href, Object.fromEntries(fields));
    const callback = new URL(back.headers.get('location') ?? action.href);
    secrets.set(`verifier ${secrets.size}`, callback.searchParams.get('oauth_verifier') ?? consumer.secret);
    const returned = await ada.get(callback.pathname + callback.search);
    await ada.get(callback.pathname + callback.search);
    return returned.status === 303 ? (await ada.get(`${path}/edit`)).text : returned.text;
  }

  async function runAll(): Promise<void> {
    const { items } = (await call('GET', '/behaviors')).body;
    for (const { id } of items) {
      const headers = { 'Idempotency-Key': `run-${id}` };
      await call('POST', `/behaviors/${id}/run`, { variables: {} }, headers);
      await call('POST', `/behaviors/${id}/simulate`, { variables: {} });
    }
  }

  /** Every list and every record by API and by page. */
  async function readEverything(ada: Visitor): Promise<void> {
    const lists = ['connected-services', 'connected-accounts', 'bots', 'behaviors', 'deliveries', 'imports'];
    for (const list of lists) {
      const { items } = (await call('GET', `/${list}?limit=200`)).body;
      const pages = list === 'deliveries' ? 'activity' : list === 'imports' ? 'setup/imports' : list;
      for (const { id } of items) {
        if (list !== 'imports') await call('GET', `/${list}/${id}`);
        await ada.get(`/${pages}/${id}`);
        if (list !== 'deliveries' && list !== 'imports') await ada.get(`/${pages}/${id}/edit`);
      }
    }
    for (const path of [
      '/',
      '/setup',
      '/setup/workers',
      '/setup/api-keys',
      '/profile',
      '/activity',
      '/metrics',
    ])
      await ada.get(path);
  }
});

/** Notes every secret that the remote side gives out, whatever it makes of its answers. */
function learnFromRemote(hub: TestHub, secrets: Map<string, string>): void {
  const response = hub.sandbox.app.response;
  const body = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(response), 'body');
  Object.defineProperty(response, 'body', {
    get() {
      return body?.get?.call(this);
    },
    set(value: unknown) {
      if (tokenUrls.includes(this.ctx.path)) learn(this.ctx.path, String(value));
      body?.set?.call(this, value);
    },
  });
  const learn = (path: string, answer: string) => {
    for (const [, name = '', value = ''] of answer.matchAll(/\b(oauth_token(?:_secret)?)=([^&]{16,})/g)) {
      // The request token itself travels through the browser by design; its secret does not.
      if (name.endsWith('secret') || path.endsWith('access_token'))
        secrets.set(`${path} ${name} ${secrets.size}`, decodeURIComponent(value));
    }
  };
}

function planted(secrets: Map<string, string>, name: string): string {
  const value = `planted-${name.replaceAll(' ', '-')}-Zq+/=&%7`;
  secrets.set(name, value);
  return value;
}

/** Raw, percent-encoded, base64 at each of its three offsets, as JSON and HTML write it. */
function spellings(secret: string): string[] {
  const encoded = [0, 1, 2].map((offset) => {
    const text = Buffer.from('x'.repeat(offset) + secret).toString('base64');
    return text.slice(offset === 0 ? 0 : 4, -4);
  });
  const html = secret.replaceAll('&', '&amp;').replaceAll('=', '&#x3D;');
  const all = [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(encodeURIComponent(secret)),
    html,
    ...encoded,
  ];
  return [...new Set(all.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]))];
}

function assertClean(secrets: ReadonlyMap<string, string>, where: string, text: string): void {
  for (const [name, secret] of secrets) {
    assert.ok(secret.length >= 8, `${name} is too short to be looked for`);
    const found = spellings(secret).find((spelling) => text.includes(spelling));
    assert.equal(found, undefined, `${name} shows in ${where}: …${excerpt(text, found)}…`);
  }
}

function excerpt(text: string, found: string | undefined): string {
  const at = text.indexOf(found ?? '');
  return text.slice(Math.max(0, at - 150), at + 100);
}
