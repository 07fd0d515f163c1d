/** The Contract's calls for services and accounts: paths, statuses, exact fields, on both databases. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createBrowser } from '../../server/demo/browser.ts';
import {
  assertFields,
  assertList,
  assertRefused,
  id,
  makeAccount,
  makeService,
  serviceParams,
  time,
} from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const serviceFields = 'id uri name extension_id params allowed_hosts created_at updated_at';
const accountFields =
  'id uri name service_id owner status identity access_level linked_at expires_at last_error extra life';
const verify = 'https://api.twitter.com/1.1/account/verify_credentials.json';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
  });
  after(() => hub.close());

  test(`${on}: a service has its fields, absent ones null, and its secret only reads as set`, async () => {
    const made = await makeService(hub);
    assertFields(made, serviceFields);
    assert.match(made.id, id);
    assert.equal(made.uri, null);
    assert.match(made.created_at, time);
    assert.match(made.updated_at, time);
    assert.deepEqual(made.params.client_secret, { set: true });
    assert.deepEqual(made.params.client_id, serviceParams.client_id);
    assert.deepEqual(made.allowed_hosts, ['api.twitter.com']);
    const read = await hub.api('GET', `/connected-services/${made.id}`);
    assert.equal(read.status, 200);
    assert.deepEqual(read.body, made);
  });

  test(`${on}: a service answers by id and by uri, and what is not named in a change stays`, async () => {
    const made = await makeService(hub, { uri: 'by-uri' });
    assert.equal((await hub.api('GET', '/connected-services/by-uri')).body.id, made.id);
    const changed = await hub.api('PATCH', '/connected-services/by-uri', {
      name: 'Renamed',
      params: { notes: 'kept beside the rest' },
      allowed_hosts: ['api.twitter.com', 'api.x.com'],
    });
    assert.equal(changed.status, 200, changed.text);
    assertFields(changed.body, serviceFields);
    assert.equal(changed.body.name, 'Renamed');
    assert.deepEqual(changed.body.params, { ...made.params, notes: 'kept beside the rest' });
    assert.deepEqual(changed.body.allowed_hosts, ['api.twitter.com', 'api.x.com']);
    const taken = await hub.api('POST', '/connected-services', {
      name: 'Another',
      uri: 'by-uri',
      extension_id: 'cerb.service.provider.oauth1',
      params: serviceParams,
    });
    assertRefused(taken, 409, 'conflict');
  });

  test(`${on}: what a service cannot store is refused by its path`, async () => {
    const unknown = await hub.api('POST', '/connected-services', {
      name: 'X',
      extension_id: 'cerb.service.provider.oauth1',
      params: { ...serviceParams, made_up: 1 },
    });
    assert.match(JSON.stringify(assertRefused(unknown, 400, 'bad_request')), /\/params\/made_up/);
    const field = await hub.api('POST', '/connected-services', { name: 'X', is_admin: true });
    assert.match(JSON.stringify(assertRefused(field, 400, 'bad_request').faults), /"\/is_admin"/);
    const provider = await hub.api('POST', '/connected-services', {
      name: 'X',
      extension_id: 'made.up',
      params: {},
    });
    assert.match(JSON.stringify(assertRefused(provider, 400, 'bad_request')), /extension_id/);
  });

  test(`${on}: an account has its fields, absent ones null`, async () => {
    const service = await makeService(hub);
    const made = await makeAccount(hub, service.id, { uri: 'our-twitter' });
    assertFields(made, accountFields);
    assert.match(made.id, id);
    assert.equal(made.service_id, service.id);
    assert.deepEqual(made.owner, { context: 'cerberusweb.contexts.app', id: '0', label: made.owner.label });
    assert.equal(typeof made.owner.label, 'string');
    assert.deepEqual(
      [made.status, made.identity, made.access_level, made.linked_at, made.expires_at, made.last_error],
      ['unlinked', null, null, null, null, null],
    );
    assert.deepEqual((await hub.api('GET', '/connected-accounts/our-twitter')).body, made);
    const changed = await hub.api('PATCH', '/connected-accounts/our-twitter', { name: 'Renamed' });
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual(changed.body, { ...made, name: 'Renamed' });
    for (const fields of [{ service_id: service.id }, { status: 'linked' }, { id: made.id }]) {
      assertRefused(await hub.api('PATCH', '/connected-accounts/our-twitter', fields), 400, 'bad_request');
    }
  });

  test(`${on}: lists are ordered by name then id, in pages of limit, after what came before`, async () => {
    const service = await makeService(hub);
    for (const name of ['zz b', 'zz a', 'zz b', 'Zz c', 'zz é']) await makeAccount(hub, service.id, { name });
    const all: { name: string; id: string }[] = assertList(await hub.api('GET', '/connected-accounts'));
    const sorted = [...all].sort((a, b) =>
      a.name === b.name ? (a.id < b.id ? -1 : 1) : Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)),
    );
    assert.deepEqual(
      all.map((item) => item.id),
      sorted.map((item) => item.id),
    );
    const paged: { id: string }[] = [];
    for (let after = ''; ; ) {
      const page = await hub.api('GET', `/connected-accounts?limit=2${after}`);
      paged.push(...assertList(page));
      if (page.body.next === null) break;
      after = `&after=${encodeURIComponent(page.body.next)}`;
    }
    assert.deepEqual(
      paged.map((item) => item.id),
      all.map((item) => item.id),
    );
    for (const list of [
      'connected-accounts',
      'connected-services',
      'bots',
      'behaviors',
      'deliveries',
      'imports',
    ]) {
      for (const limit of ['0', '201', '-1', 'x', '1.5', '']) {
        assertRefused(await hub.api('GET', `/${list}?limit=${limit}`), 400, 'bad_request');
      }
      assert.equal((await hub.api('GET', `/${list}?limit=200`)).status, 200);
    }
  });

  test(`${on}: pasted credentials are tried first; refused ones leave the old ones in place`, async () => {
    const service = await makeService(hub);
    const { id: account } = await makeAccount(hub, service.id);
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const good = { oauth_token: token, oauth_token_secret: tokenSecret };
    const put = await hub.api('PUT', `/connected-accounts/${account}/credentials`, good);
    assert.equal(put.status, 200, put.text);
    assertFields(put.body, 'status test');
    assert.equal(put.body.status, 'linked');
    assertFields(put.body.test, 'ok http_code identity message');
    assert.deepEqual(put.body.test.identity, { id: '9007199254740993', name: 'alice' });
    const linked = (await hub.api('GET', `/connected-accounts/${account}`)).body;
    assert.match(linked.linked_at, time);
    assert.equal(linked.access_level, 'read-write');

    const bad = { oauth_token: 'made-up-token', oauth_token_secret: 'made-up-secret' };
    const refused = await hub.api('PUT', `/connected-accounts/${account}/credentials`, bad);
    assertRefused(refused, 422, 'credentials_refused');
    const tested = await hub.api('POST', `/connected-accounts/${account}/test`);
    assert.equal(tested.status, 200, tested.text);
    assertFields(tested.body, 'ok http_code identity message');
    assert.deepEqual([tested.body.ok, tested.body.http_code], [true, 200]);

    const forced = await hub.api('PUT', `/connected-accounts/${account}/credentials?force=1`, bad);
    assert.equal(forced.status, 200, forced.text);
    assert.equal(forced.body.test.ok, false);
    assert.equal((await hub.api('POST', `/connected-accounts/${account}/test`)).body.ok, false);

    const unlinked = await hub.api('POST', `/connected-accounts/${account}/unlink`);
    assert.equal(unlinked.status, 200, unlinked.text);
    assertFields(unlinked.body, 'ok http_code identity message');
    assert.equal((await hub.api('GET', `/connected-accounts/${account}`)).body.status, 'unlinked');
    assertRefused(await hub.api('POST', `/connected-accounts/${account}/test`), 409, 'account_unlinked');
  });

  test(`${on}: numbers, truths and lists in place of credentials are refused, not compared`, async () => {
    const service = await makeService(hub);
    const { id: account } = await makeAccount(hub, service.id);
    for (const value of [0, 1, true, [''], {}, null, 1e3]) {
      for (const body of [
        { oauth_token: value, oauth_token_secret: 'x' },
        { oauth_token: 'x', oauth_token_secret: value },
      ]) {
        const put = await hub.api('PUT', `/connected-accounts/${account}/credentials?force=1`, body);
        assertRefused(put, 400, 'bad_request');
      }
      const params = { ...serviceParams, client_secret: value };
      const made = await hub.api('PATCH', `/connected-services/${service.id}`, { params });
      const stays = made.status === 200 && made.body.params.client_secret?.set === true;
      assert.ok(stays || made.status === 400, made.text);
    }
    // What MySQL would call equal to every text that begins with no digit.
    for (const ref of ['0', '00', '0x0', 'false', '0.0', ' ']) {
      assertRefused(await hub.api('GET', `/connected-accounts/${encodeURIComponent(ref)}`), 404, 'not_found');
      assertRefused(await hub.api('GET', '/imports', undefined, ref), 401, 'unauthorized');
    }
  });

  test(`${on}: the address of link is shown without sign-in, changes nothing, and links at once`, async () => {
    const service = await makeService(hub);
    const { id: account } = await makeAccount(hub, service.id, { name: 'Linked by address' });
    const link = await hub.api('POST', `/connected-accounts/${account}/link`, {});
    assert.equal(link.status, 201, link.text);
    assertFields(link.body, 'url expires_at');
    assert.match(link.body.expires_at, time);
    const left = Date.parse(link.body.expires_at) - Date.now();
    assert.ok(left > 595_000 && left <= 600_000, String(left));
    assert.ok(link.body.url.startsWith(`${hub.url}/link/`));

    const browser = createBrowser();
    hub.sandbox.journal.clear();
    const offer = await browser.open(link.body.url);
    await browser.open(link.body.url);
    assert.equal(offer.status, 200);
    for (const word of ['Linked by address', 'Twitter', 'tests']) assert.match(offer.html, new RegExp(word));
    assert.equal(offer.html.match(/<form\b/g)?.length, 1);
    assert.match(offer.html, /<form[^>]*method="post"/i);
    assert.match(offer.html, /<button[^>]*>\s*Continue to Twitter\s*</);
    assert.deepEqual(hub.sandbox.journal.entries(), []);

    const consent = await browser.press(offer, /^Continue to Twitter$/);
    assert.equal(consent.url.origin, hub.sandbox.origin, 'through connect-to');
    // A second browser takes the flow over: the first one's consent is worth nothing.
    const second = createBrowser();
    const other = await second.press(await second.open(link.body.url), /^Continue to Twitter$/);
    const late = await browser.press(consent, /^Authorize/, { user: 'alice' });
    assert.equal(late.status, 400, late.html);
    const done = await second.press(other, /^Authorize/, { user: 'alice' });
    assert.equal(done.status, 200, done.html);
    assert.equal(done.url.search, '');
    const linked = (await hub.api('GET', `/connected-accounts/${account}`)).body;
    assert.equal(linked.status, 'linked');
    assert.deepEqual(linked.identity, { id: '9007199254740993', name: 'alice' });
    assert.equal((await second.open(link.body.url)).status, 409, 'used');
  });

  test(`${on}: another identity wants replace, a failing request token is 502, an old address 410`, async () => {
    const service = await makeService(hub);
    const { id: account } = await makeAccount(hub, service.id);
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
    const consentAs = async (user: string, body: object) => {
      const { url } = (await hub.api('POST', `/connected-accounts/${account}/link`, body)).body;
      const browser = createBrowser();
      const consent = await browser.press(await browser.open(url), /^Continue/);
      return browser.press(consent, /^Authorize/, { user });
    };
    assert.equal((await consentAs('bob', {})).status, 409);
    assert.equal((await hub.api('GET', `/connected-accounts/${account}`)).body.identity.name, 'alice');
    assert.equal((await consentAs('bob', { replace: true })).status, 200);
    assert.equal((await hub.api('GET', `/connected-accounts/${account}`)).body.identity.name, 'bob');

    const { url } = (await hub.api('POST', `/connected-accounts/${account}/link`, {})).body;
    const browser = createBrowser();
    hub.sandbox.faults.set('error-500', 1);
    assert.equal((await browser.press(await browser.open(url), /^Continue/)).status, 502);
    hub.sandbox.faults.clear();
    hub.clock.offsetMs += 11 * 60_000;
    assert.equal((await browser.open(url)).status, 410);
    hub.clock.offsetMs = 0;
  });

  test(`${on}: request sends any verb, header and body, and answers in Cerb's shape`, async () => {
    const service = await makeService(hub);
    const { id: account } = await makeAccount(hub, service.id, { uri: 'requests' });
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
    const request = (body: object) => hub.api('POST', '/connected-accounts/requests/request', body);

    const json = await request({ method: 'GET', url: verify });
    assert.equal(json.status, 200, json.text);
    assertFields(json.body, 'content_type headers body info error delivery_id');
    assertFields(json.body.info, 'url http_code');
    assert.deepEqual(json.body.info, { url: verify, http_code: 200 });
    assert.equal(json.body.error, '');
    assert.match(json.body.delivery_id, id);
    assert.equal(json.body.body.screen_name, 'alice');
    assert.ok(Object.keys(json.body.headers).every((name) => name === name.toLowerCase()));
    assert.ok(!('set-cookie' in json.body.headers));

    const raw = await request({ method: 'GET', url: verify, raw: true });
    assert.equal(typeof raw.body.body, 'string');
    const post = await request({
      method: 'POST',
      url: 'https://api.twitter.com/1.1/statuses/update.json',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body_base64: Buffer.from('status=from+bytes').toString('base64'),
    });
    assert.equal(post.body.body?.text, 'from bytes', post.text);
    const html = await request({ method: 'GET', url: 'https://api.twitter.com/' });
    assert.equal(html.body.content_type, 'text/html');
    assert.equal(typeof html.body.body, 'string');

    hub.sandbox.faults.set('redirect', { value: 'https://elsewhere.example/', times: 1 });
    const redirect = await request({ method: 'GET', url: verify });
    assert.equal(redirect.body.error, '', redirect.text);
    assert.match(String(redirect.body.info.http_code), /^30\d$/);
    assert.equal(redirect.body.headers.location, 'https://elsewhere.example/');

    hub.sandbox.faults.set('error-500', 1);
    const failed = await request({ method: 'POST', url: 'https://api.twitter.com/1.1/statuses/update.json' });
    assert.deepEqual([failed.status, failed.body.info.http_code, failed.body.error], [200, 500, '']);

    hub.sandbox.faults.set('slow', { value: 3000, times: 1 });
    const late = await request({
      method: 'POST',
      url: 'https://api.twitter.com/1.1/statuses/update.json',
      timeout_ms: 200,
    });
    assert.equal(late.status, 200, late.text);
    assertFields(late.body, 'content_type headers body info error delivery_id');
    assert.deepEqual([late.body.content_type, late.body.body, late.body.info.http_code], [null, null, null]);
    assert.notEqual(late.body.error, '');
    hub.sandbox.faults.clear();
  });

  test(`${on}: what request must not do is refused before anything is sent`, async () => {
    const service = await makeService(hub);
    const { id: account } = await makeAccount(hub, service.id);
    const request = (body: object) => hub.api('POST', `/connected-accounts/${account}/request`, body);
    assertRefused(await request({ method: 'GET', url: verify }), 409, 'account_unlinked');
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
    hub.sandbox.journal.clear();
    assertRefused(await request({ method: 'GET', url: 'https://evil.example/' }), 403, 'host_not_allowed');
    assertRefused(
      await request({ method: 'GET', url: `${verify}?oauth_token=evil` }),
      422,
      'request_refused',
    );
    assertRefused(await request({ method: 'GET', url: 'not an address' }), 422, 'request_refused');
    for (const body of [
      { url: verify },
      { method: 'GET' },
      { method: 1, url: verify },
      { method: 'GET', url: verify, timeout_ms: '1' },
      { method: 'GET', url: verify, socketPath: '/tmp/x' },
      { method: 'POST', url: verify, body: 'a', body_base64: 'YQ==' },
      { method: 'POST', url: verify, body_base64: 'not base64!' },
      [],
      null,
    ]) {
      assertRefused(await request(body ?? ('null' as unknown as object)), 400, 'bad_request');
    }
    await hub.api('PATCH', `/connected-services/${service.id}`, { allowed_hosts: ['127.0.0.1', '10.0.0.1'] });
    assertRefused(await request({ method: 'GET', url: 'https://10.0.0.1/' }), 403, 'address_not_allowed');
    assert.deepEqual(hub.sandbox.journal.entries(), []);
  });

  test(`${on}: a record in use says by whom, and goes with its dependents in one step`, async () => {
    const service = await makeService(hub, { uri: 'to-delete' });
    const account = await makeAccount(hub, service.id, { name: 'Depends on it' });
    const refused = assertRefused(await hub.api('DELETE', '/connected-services/to-delete'), 409, 'in_use');
    assert.deepEqual(refused.by, [
      { context: 'cerberusweb.contexts.connected_account', id: account.id, label: 'Depends on it' },
    ]);
    const gone = await hub.api('DELETE', '/connected-services/to-delete?with=dependents');
    assert.deepEqual([gone.status, gone.text], [204, '']);
    assertRefused(await hub.api('GET', `/connected-accounts/${account.id}`), 404, 'not_found');
    assertRefused(await hub.api('GET', `/connected-services/${service.id}`), 404, 'not_found');
    assertRefused(await hub.api('DELETE', `/connected-services/${service.id}`), 404, 'not_found');
  });

  test(`${on}: a key without admin rights reads and uses its accounts, and nothing else`, async () => {
    const service = await makeService(hub);
    const [mine, other] = [await makeAccount(hub, service.id), await makeAccount(hub, service.id)];
    const key = await hub.hub.createApiKey({ name: 'narrow', isAdmin: false, accounts: [mine.id] });
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    for (const { id: account } of [mine, other])
      await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
    const call = (method: string, path: string, body?: unknown) => hub.api(method, path, body, key);

    const list = await call('GET', '/connected-accounts');
    assert.deepEqual(
      assertList(list).map((account: { id: string }) => account.id),
      [mine.id],
    );
    assert.equal((await call('GET', `/connected-accounts/${mine.id}`)).body.status, 'linked');
    const sent = await call('POST', `/connected-accounts/${mine.id}/request`, { method: 'GET', url: verify });
    assert.equal(sent.body.info?.http_code, 200, sent.text);
    const theirs = await call('POST', `/connected-accounts/${other.id}/request`, {
      method: 'GET',
      url: verify,
    });
    assertRefused(theirs, 404, 'not_found');
    assertRefused(await call('GET', `/connected-accounts/${other.id}`), 404, 'not_found');
    const calls: [string, string, unknown?][] = [
      ['POST', '/connected-accounts', { name: 'x', service_id: service.id }],
      ['PATCH', `/connected-accounts/${mine.id}`, { name: 'x' }],
      ['DELETE', `/connected-accounts/${mine.id}`],
      ['POST', `/connected-accounts/${mine.id}/link`, {}],
      ['PUT', `/connected-accounts/${mine.id}/credentials`, credentials],
      ['POST', `/connected-accounts/${mine.id}/test`],
      ['POST', `/connected-accounts/${mine.id}/unlink`],
      ['GET', '/connected-services'],
      ['GET', `/connected-services/${service.id}`],
      ['GET', '/bots'],
      ['GET', '/behaviors'],
      ['GET', '/deliveries'],
      ['GET', `/deliveries/${sent.body.delivery_id}`],
      ['GET', '/imports'],
      ['GET', '/runs/01HZZZZZZZZZZZZZZZZZZZZZZZ'],
      ['POST', '/packages/plan', { package: '{}' }],
      ['POST', '/packages/import', { package: '{}' }],
    ];
    for (const [method, path, body] of calls) {
      const { status, body: answer, text } = await call(method, path, body);
      assert.ok(status === 403 || status === 404, `${method} ${path}: ${status} ${text}`);
      assert.ok(['forbidden', 'not_found'].includes(answer.error.code), text);
    }
    assert.equal((await hub.api('GET', `/connected-accounts/${mine.id}`)).body.status, 'linked');
  });
});
