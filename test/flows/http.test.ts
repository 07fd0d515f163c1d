/** The surface for browsers: who may send forms, what reading changes, headers, cookies, log, probes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { DatabaseConfig } from '../../server/config.ts';
import { fromRoot } from '../../server/root.ts';
import { act, makeTalks } from '../support/chats.ts';
import { withDatabases } from '../support/databases.ts';
import { dumpDatabase } from '../support/dump.ts';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';
import { createVisitor, signedIn, type Visitor } from '../support/visitor.ts';

const email = 'ada@example.com';
const ownPackage = readFileSync(fromRoot('packages', 'twitter.json'), 'utf8');

/** Has no end of its own. */
const events = '/conversations/events';

withDatabases((database) => {
  const on = database.name;
  let config: DatabaseConfig;
  let hub: TestHub;
  let ada: Visitor;
  /** Path template -> a path of a record that exists. */
  let filled: (template: string) => string;

  before(async () => {
    config = await database.create();
    hub = await startTestHub({
      database: config,
      env: { COUNTERSIGN_METRICS_TOKEN: 'metrics-token-of-tests' },
    });
    ada = await signedIn(hub.url, email, password);
    filled = await fillWith(hub, ada);
  });
  after(() => hub.close());

  /** What the database holds, but for the times of last use and the jobs' clock. */
  const state = async () => {
    const { jobs, sessions = [], api_keys = [], ...rest } = await dumpDatabase(config);
    const settled = sessions.map((row) => ({ ...row, seen_at: 0 }));
    return JSON.stringify({ ...rest, settled, keys: api_keys.map((row) => ({ ...row, last_used_at: 0 })) });
  };

  test(`${on}: every form without its token is refused and changes nothing`, async () => {
    const posts = hub.hub.pages.filter(({ method }) => method === 'POST');
    assert.ok(posts.length > 20);
    const before = await state();
    for (const { path } of posts) {
      // The address of a link is its own secret; its Origin is checked instead, below.
      if (path === '/link/:code') continue;
      for (const csrf of ['', 'made-up', 'A'.repeat(43)]) {
        const answer = await ada.post(filled(path), { csrf });
        assert.equal(answer.status, 403, `POST ${path}`);
      }
    }
    assert.equal(await state(), before);
  });

  test(`${on}: every form from another site is refused, whatever token it brings`, async () => {
    const before = await state();
    const foreign = [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `${hub.url}.evil.example` },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site', Origin: hub.url },
    ];
    for (const { path } of hub.hub.pages.filter(({ method }) => method === 'POST')) {
      for (const headers of foreign) {
        const answer = await ada.post(filled(path), {}, headers);
        assert.equal(answer.status, 403, `POST ${path} ${JSON.stringify(headers)}`);
      }
    }
    assert.equal(await state(), before);
    const own = await ada.post('/profile/name', { name: 'Ada Admin' }, { Origin: hub.url });
    assert.equal(own.status, 303, own.text);
  });

  test(`${on}: a token of another browser or of before the sign-in is not taken`, async () => {
    const stranger = createVisitor(hub.url);
    await stranger.get('/sign-in');
    const beforeSignIn = new Map(stranger.cookies);
    const anonymous = /name="csrf" value="([^"]+)"/.exec((await stranger.get('/sign-in')).text)?.[1] ?? '';
    assert.equal((await ada.post('/profile/name', { name: 'x', csrf: anonymous })).status, 403);
    await stranger.post('/sign-in', { email, password });
    assert.equal((await stranger.post('/profile/name', { name: 'x', csrf: anonymous })).status, 403);
    assert.equal(
      stranger.cookies.get('__Host-countersign-browser'),
      beforeSignIn.get('__Host-countersign-browser'),
    );
  });

  test(`${on}: reading a page changes nothing, for HEAD as for GET`, async () => {
    const before = await state();
    for (const { path } of hub.hub.pages.filter(({ method }) => method === 'GET')) {
      if (path === events) continue;
      const address = filled(path);
      const answer = await ada.get(address);
      assert.ok(answer.status < 500, `GET ${address}: ${answer.status}`);
      if (!path.startsWith('/oauth/') && !/^\/link\/(done|pin|push)\//.test(path)) {
        assert.ok(answer.status < 400, `GET ${address}: ${answer.status}`);
      }
      const head = await fetch(new URL(address, hub.url), {
        method: 'HEAD',
        headers: { Cookie: cookieOf(ada) },
        redirect: 'manual',
      });
      assert.deepEqual([head.status, await head.text()], [answer.status, ''], `HEAD ${address}`);
    }
    assert.equal(await state(), before);
  });

  test(`${on}: no page holds script or style of its own, and every one forbids them`, async () => {
    for (const { path } of hub.hub.pages.filter(({ method }) => method === 'GET')) {
      if (path === events) continue;
      const { text, headers } = await ada.get(filled(path));
      assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:/i, path);
      assertGuarded(headers, path);
    }
  });

  test(`${on}: every kind of answer carries the security headers`, async () => {
    const addresses: [string, RequestInit?][] = [
      ['/'],
      ['/nothing-here'],
      ['/static/app.css'],
      ['/static/nothing.css'],
      ['/healthz'],
      ['/readyz'],
      ['/metrics'],
      ['/metrics', { headers: { 'X-Forwarded-For': '127.0.0.1' } }],
      ['/api/v1/openapi.json'],
      ['/api/v1/bots'],
      ['/api/v1/bots', { headers: { Authorization: `Bearer ${hub.adminKey}` } }],
      ['/bots', { method: 'DELETE' }],
      ['/bots', { method: 'OPTIONS' }],
      ['/bots', { method: 'PROPFIND' }],
      ['/sign-in', { method: 'POST' }],
      ['/sign-in', { method: 'POST', body: 'not a form', headers: { 'Content-Type': 'text/plain' } }],
    ];
    for (const [path, init] of addresses) {
      const answer = await fetch(hub.url + path, { ...init, redirect: 'manual' });
      await answer.text();
      assertGuarded(answer.headers, `${init?.method ?? 'GET'} ${path}`);
      assert.equal(answer.headers.get('x-powered-by'), null);
      assert.ok(answer.headers.get('x-request-id'));
    }
  });

  test(`${on}: an address that is known but not for this verb says which verbs it takes`, async () => {
    const other = await fetch(`${hub.url}/bots`, { method: 'DELETE' });
    assert.equal(other.status, 405);
    assert.match(other.headers.get('allow') ?? '', /GET/);
    assert.equal((await fetch(`${hub.url}/nothing`, { method: 'DELETE' })).status, 404);
    assert.equal((await fetch(`${hub.url}/bots`, { method: 'PROPFIND' })).status, 501);
    assert.equal((await fetch(`${hub.url}/healthz`, { method: 'HEAD' })).status, 200);
  });

  test(`${on}: an error is a page for people and JSON for the rest, and shows no stack`, async () => {
    const kind = async (accept: string) => {
      const answer = await fetch(`${hub.url}/nothing`, { headers: accept === '' ? {} : { Accept: accept } });
      const text = await answer.text();
      assert.equal(answer.status, 404);
      assert.doesNotMatch(text, /\bat .*\.[tj]s:\d+|node_modules/);
      return answer.headers.get('content-type')?.split(';')[0];
    };
    assert.equal(await kind('text/html,application/xhtml+xml,*/*;q=0.8'), 'text/html');
    assert.equal(await kind('application/json'), 'application/json');
    assert.equal(await kind('image/png'), 'application/json');
    assert.equal(await kind('made/up; q=x'), 'application/json');
  });

  test(`${on}: cookies are of this host alone, out of reach of scripts, and new at sign-in`, async () => {
    const visitor = createVisitor(hub.url);
    await visitor.get('/sign-in');
    assertCookies(visitor.setCookies);
    const fixed = 'A'.repeat(43);
    visitor.cookies.set('__Host-countersign', fixed);
    await visitor.get('/sign-in');
    await visitor.post('/sign-in', { email, password });
    assertCookies(visitor.setCookies);
    const session = visitor.cookies.get('__Host-countersign') ?? '';
    assert.match(session, /^[A-Za-z0-9_-]{43}$/);
    assert.notEqual(session, fixed);
    assert.equal((await visitor.get('/profile')).status, 200);
    const out = await visitor.post('/sign-out');
    assert.equal(out.status, 303);
    assert.equal(visitor.cookies.get('__Host-countersign'), undefined);
    visitor.cookies.set('__Host-countersign', session);
    const dead = await visitor.get('/profile');
    assert.deepEqual([dead.status, dead.headers.get('location')], [303, '/sign-in?next=%2Fprofile']);
  });

  test(`${on}: nobody gets past sign-in, and no worker into an admin's pages`, async () => {
    const address = await hub.hub.addWorker({ email: `bob-${on}@example.com`, isAdmin: false });
    const bob = createVisitor(hub.url);
    await bob.get(new URL(address).pathname);
    await bob.post(new URL(address).pathname, { name: 'Bob', password, password_again: password });
    const stranger = createVisitor(hub.url);
    await stranger.get('/sign-in');
    const before = await state();
    for (const { method, path, access } of hub.hub.pages) {
      if (access === 'public') continue;
      const ask = (visitor: Visitor) =>
        method === 'GET' ? visitor.get(filled(path)) : visitor.post(filled(path));
      const outside = await ask(stranger);
      if (method === 'GET') assert.match(outside.headers.get('location') ?? '', /^\/sign-in\?next=%2F/, path);
      else assert.equal(outside.status, 401, `POST ${path}`);
      if (access === 'admin') assert.equal((await ask(bob)).status, 403, `${method} ${path}`);
    }
    assert.equal(await state(), before);
  });

  test(`${on}: a forged Host leads nowhere else`, async () => {
    const link = await ada.get('/sign-in', { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' });
    assert.doesNotMatch(link.text, /evil\.example/);
    const account = filled('/connected-accounts/:id').split('/')[2];
    const made = await hub.api('POST', `/connected-accounts/${account}/link`, {}, hub.adminKey, {
      'X-Forwarded-Host': 'evil.example',
    });
    assert.ok(made.body.url.startsWith(`${hub.url}/link/`), made.text);
  });

  test(`${on}: the log names route and record, never a path, a query or a body as it came`, async () => {
    const account = filled('/connected-accounts/:id').split('/')[2] ?? '';
    await ada.get(`/connected-accounts/${account}?planted=query-canary-1`);
    await ada.get('/connected-accounts/path-canary-2');
    await ada.get('/path-canary-3/x?y=query-canary-4');
    await ada.get('/link/code-canary-5');
    await ada.get('/oauth/callback?oauth_token=token-canary-6&oauth_verifier=verifier-canary-7');
    await ada.post('/sign-in', { email: 'mail-canary-8@example.com', password: 'password-canary-9' });
    await hub.api('GET', '/connected-accounts/uri-canary-10?x=query-canary-11');
    await hub.api('GET', '/bots', undefined, 'key-canary-12');
    await hub.api('POST', '/bots', '{"name": body-canary-13');
    const log = hub.log();
    assert.doesNotMatch(log, /canary-\d/);
    assert.match(log, new RegExp(`"route":"/connected-accounts/:id","id":"${account}"`));
    assert.match(log, /"route":"\/api\/v1\/connected-accounts\/:id"/);
    const { text } = await ada.get('/metrics');
    assert.doesNotMatch(text, /canary/);
  });

  test(`${on}: probes tell their status and nothing else; metrics are for this machine or the token`, async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await fetch(hub.url + path);
      assert.deepEqual([answer.status, await answer.json()], [200, { status: 'ok' }]);
    }
    const metrics = (headers: Record<string, string>) => fetch(`${hub.url}/metrics`, { headers });
    assert.match(await (await metrics({})).text(), /countersign_http_request_seconds/);
    for (const name of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Forwarded-Host']) {
      assert.equal((await metrics({ [name]: '127.0.0.1' })).status, 404, name);
    }
    const proxied = { 'X-Forwarded-For': '203.0.113.9' };
    const token = 'Bearer metrics-token-of-tests';
    assert.equal((await metrics({ ...proxied, Authorization: `${token}x` })).status, 404);
    assert.equal((await metrics({ ...proxied, Authorization: token })).status, 200);
  });

  test(`${on}: the description lists every call with its parameters, and is whole`, async () => {
    const document = JSON.parse(await (await fetch(`${hub.url}/api/v1/openapi.json`)).text());
    assert.match(document.openapi, /^3\.1\./);
    assert.deepEqual(document.servers, [{ url: `${hub.url}/api/v1` }]);
    const calls = Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, verbs]) =>
      Object.entries(verbs).map(([verb, operation]) => ({ call: `${verb} ${path}`, path, operation })),
    );
    for (const call of contractCalls)
      assert.ok(
        calls.some((one) => one.call === call),
        call,
      );
    for (const { call, path, operation } of calls) {
      assert.ok(operation.summary, call);
      assert.ok(Object.keys(operation.responses).length > 0, call);
      const named = operation.parameters.filter((one) => one.in === 'path').map((one) => `{${one.name}}`);
      assert.deepEqual(path.match(/\{[^}]+\}/g) ?? [], named, call);
    }
    const refs = Array.from(
      JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g),
      ([, ref = '']) => ref,
    );
    for (const ref of refs) {
      const target = ref.split('/').reduce<unknown>((at, key) => Object(at)[key], document);
      assert.ok(target, ref);
    }
  });

  test(`${on}: the callback refuses in words, never by a redirect, and its address goes nowhere`, async () => {
    const callbacks = ['/oauth/callback', '/oauth/callback/cerb.service.provider.oauth1'];
    const queries = [
      '',
      '?oauth_token=unknown&oauth_verifier=v',
      '?oauth_token=a&oauth_token=b&oauth_verifier=v',
      '?oauth_verifier=v',
      '?denied=unknown',
      '?oauth_token=%00&oauth_verifier=v',
    ];
    for (const path of callbacks) {
      for (const query of queries) {
        for (const visitor of [ada, createVisitor(hub.url)]) {
          const answer = await visitor.get(path + query);
          assert.equal(answer.status, 400, path + query);
          assert.match(answer.text, /<h1/);
          assert.equal(answer.headers.get('referrer-policy'), 'no-referrer');
          assert.equal(answer.headers.get('cache-control'), 'no-store');
        }
      }
    }
  });
});

interface Operation {
  summary: string;
  parameters: { name: string; in: string }[];
  responses: object;
}

const contractCalls = [
  'post /packages/plan',
  'post /packages/import',
  'get /imports',
  'get /connected-services',
  'post /connected-services',
  'get /connected-services/{id}',
  'patch /connected-services/{id}',
  'delete /connected-services/{id}',
  'get /connected-accounts',
  'post /connected-accounts',
  'get /connected-accounts/{id}',
  'patch /connected-accounts/{id}',
  'delete /connected-accounts/{id}',
  'post /connected-accounts/{id}/link',
  'put /connected-accounts/{id}/credentials',
  'post /connected-accounts/{id}/test',
  'post /connected-accounts/{id}/unlink',
  'post /connected-accounts/{id}/request',
  'get /bots',
  'post /bots',
  'get /bots/{id}',
  'patch /bots/{id}',
  'delete /bots/{id}',
  'get /behaviors',
  'post /behaviors',
  'get /behaviors/{id}',
  'patch /behaviors/{id}',
  'delete /behaviors/{id}',
  'post /behaviors/{id}/run',
  'post /behaviors/{id}/simulate',
  'get /runs/{id}',
  'get /deliveries',
  'get /deliveries/{id}',
];

function assertGuarded(headers: Headers, what: string): void {
  const policy = headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/, what);
  assert.match(policy, /frame-ancestors 'none'/, what);
  assert.match(policy, /base-uri 'none'/, what);
  assert.match(policy, /form-action 'self'/, what);
  assert.doesNotMatch(policy, /unsafe|\*/, what);
  assert.equal(headers.get('x-content-type-options'), 'nosniff', what);
  assert.equal(headers.get('x-frame-options'), 'DENY', what);
  assert.match(headers.get('referrer-policy') ?? '', /^(same-origin|no-referrer)$/, what);
  assert.match(headers.get('cache-control') ?? '', /^(no-store|no-cache)$/, what);
}

function assertCookies(lines: readonly string[]): void {
  assert.ok(lines.length > 0);
  for (const line of lines) {
    assert.match(line, /^__Host-countersign/);
    for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Lax']) {
      assert.ok(line.split('; ').includes(attribute), `${attribute} in ${line}`);
    }
    assert.doesNotMatch(line, /Domain=/i);
  }
}

function cookieOf(visitor: Visitor): string {
  return Array.from(visitor.cookies, ([name, value]) => `${name}=${value}`).join('; ');
}

/** Makes one record of each kind, and answers a function that puts them into path templates. */
async function fillWith(hub: TestHub, ada: Visitor): Promise<(template: string) => string> {
  const prompts = { prompt_client_id: consumer.key, prompt_client_secret: consumer.secret };
  const made = await hub.api('POST', '/packages/import', { package: ownPackage, prompts });
  assert.equal(made.status, 201, made.text);
  const created = made.body.records_created;
  const idOf = (context: string, uid: string) => created[`cerberusweb.contexts.${context}`][uid].id;
  const account = idOf('connected_account', 'account_twitter');
  const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
  const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
  await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
  const url = 'https://api.twitter.com/1.1/account/verify_credentials.json';
  const sent = await hub.api('POST', `/connected-accounts/${account}/request`, { method: 'GET', url });
  const welcome = await hub.hub.addWorker({ email: 'invited@example.com', isAdmin: false });
  const link = await hub.api('POST', `/connected-accounts/${account}/link`, {});
  const worker = await workerId(hub);
  const channel = await addChannel(hub, idOf('bot', 'bot_twitter'));
  const group = await hub.api('POST', '/groups', { name: 'Team', members: [worker] });
  const told = await hub.api('POST', '/notice-addresses', {
    name: 'Pager',
    url: 'https://alerts.example.com/',
    kinds: ['run.failed'],
  });
  const listener = await hub.api('POST', '/packages/import', {
    package: {
      package: { name: 'Hook' },
      records: [
        { uid: 'hook', _context: 'webhook_listener', ...listening(idOf('behavior', 'behavior_post')) },
      ],
    },
  });
  assert.equal(listener.status, 201, listener.text);
  const hook = listener.body.records_created['cerberusweb.contexts.webhook_listener'].hook.id;
  const talks = await makeTalks(hub);
  const behavior = await talks.behavior([act('Ask', { action: 'prompt_text' })]);
  const run = await hub.api('POST', `/behaviors/${behavior}/run`, {});
  const chat = await ada.post(`/bots/${talks.botId}/chat`, { behavior, name: 'Talk' });
  const portal = await ada.post('/setup/portals/new', { name: 'Help', bot: talks.botId });
  const paths: [start: string, end: string][] = [
    ['/chats/:id', chat.headers.get('location') ?? ''],
    ['/setup/portals/:id', portal.headers.get('location') ?? ''],
    ['/connected-services/:id', `/connected-services/${idOf('connected_service', 'service_twitter')}`],
    ['/connected-accounts/:id', `/connected-accounts/${account}`],
    ['/bots/:id', `/bots/${idOf('bot', 'bot_twitter')}`],
    ['/behaviors/:id/tree/:path/new', `/behaviors/${behavior}/tree/0/new?action=send_message`],
    ['/behaviors/:id/tree/:path', `/behaviors/${behavior}/tree/0`],
    ['/behaviors/:id/tree/new', `/behaviors/${behavior}/tree/new?type=action`],
    ['/behaviors/:id', `/behaviors/${idOf('behavior', 'behavior_post')}`],
    ['/runs/:id', `/runs/${run.body.run_id}`],
    ['/channels/:id', `/channels/${channel.id}`],
    ['/conversations/:id', `/conversations/${channel.conversationId}`],
    ['/activity/:id', `/activity/${sent.body.delivery_id}`],
    ['/setup/imports/:id', `/setup/imports/${made.body.import_id}`],
    ['/setup/packages/:name', '/setup/packages/twitter'],
    ['/webhook-listeners/:id', `/webhook-listeners/${hook}`],
    ['/setup/groups/:id', `/setup/groups/${group.body.id}`],
    ['/setup/notices/:id', `/setup/notices/${told.body.id}`],
    ['/setup/workers/:id', `/setup/workers/${worker}`],
    ['/welcome/:code', new URL(welcome).pathname],
    ['/link/done/:id', '/link/done/none'],
    ['/link/:code', new URL(link.body.url).pathname],
    ['/oauth/callback/:extension', '/oauth/callback/cerb.service.provider.oauth1'],
    ['/setup/api-keys/:id', `/setup/api-keys/${worker}`],
  ];
  return (template) => {
    const [start = '', end = ''] = paths.find(([start]) => template.startsWith(start)) ?? [];
    return (end + template.slice(start.length)).replace(':path', '0.0').replace(/:[a-z]+/g, 'none');
  };
}

/** A webhook listener's fields, for a behavior that is here. */
function listening(behaviorId: string) {
  const extension_id = 'cerb.webhooks.listener.engine.va';
  return {
    name: 'Hook',
    guid: 'the-hook-of-tests',
    extension_id,
    extension_params: { behavior_id: behaviorId },
  };
}

/** A channel with a conversation, disabled at the end so that nothing of it changes by itself. */
async function addChannel(hub: TestHub, botId: string): Promise<{ id: string; conversationId: string }> {
  hub.sandbox.setAccessLevel(consumer.key, 'read-write-directmessages');
  const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
  const keys = {
    client_id: consumer.key,
    client_secret: consumer.secret,
    oauth_token: token,
    oauth_token_secret: tokenSecret,
  };
  const made = await hub.api('POST', '/channels', {
    bot_id: botId,
    type: 'twitter',
    transport: 'polling',
    keys,
  });
  const { id } = made.body;
  await hub.api('POST', `/channels/${id}/authorize`, {});
  await hub.api('POST', `/channels/${id}/enable`);
  const said = await hub.api('POST', `/channels/${id}/test`, { to: '1750000000000000007', text: 'Hello' });
  await hub.api('POST', `/channels/${id}/disable`);
  return { id, conversationId: said.body.conversation_id };
}

async function workerId(hub: TestHub): Promise<string> {
  const ada = await signedIn(hub.url, email, password);
  const { text } = await ada.get('/setup/workers');
  return /\/setup\/workers\/([0-9A-Z]{26})/.exec(text)?.[1] ?? assert.fail('no worker is listed');
}
