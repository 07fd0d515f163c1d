/** The Contract's calls for packages, the errors of all calls, and Idempotency-Key, on both databases. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  assertFields,
  assertList,
  assertRefused,
  id,
  makeAccount,
  makeService,
  time,
} from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const userPackage = readFileSync(
  join(import.meta.dirname, '../support/packages/twitter-service.json'),
  'utf8',
);
const prompts = { prompt_client_id: consumer.key, prompt_client_secret: consumer.secret };
const update = 'https://api.twitter.com/1.1/statuses/update.json';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
  });
  after(() => hub.close());

  const linkedAccount = async (fields: object = {}): Promise<string> => {
    const { id: account } = await makeAccount(hub, (await makeService(hub)).id, fields);
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
    return account;
  };
  const postedTimes = () =>
    hub.sandbox.journal.entries().filter((entry) => entry.path.endsWith('/statuses/update.json')).length;

  test(`${on}: plan, import and history have the Contract's fields`, async () => {
    const plan = await hub.api('POST', '/packages/plan', { package: userPackage });
    assert.equal(plan.status, 200, plan.text);
    for (const field of ['prompts', 'records', 'warnings', 'unsupported', 'hosts'])
      assert.ok(Array.isArray(plan.body[field]), field);
    assertFields(plan.body.records[0], 'context uid label action');
    assertFields(plan.body.warnings[0], 'path message');
    assert.equal(plan.body.records[0].context, 'cerberusweb.contexts.connected_service');
    for (const prompt of plan.body.prompts)
      for (const field of ['key', 'type', 'label', 'params', 'missing']) assert.ok(field in prompt, field);

    const made = await hub.api('POST', '/packages/import', { package: JSON.parse(userPackage), prompts });
    assert.equal(made.status, 201, made.text);
    assertFields(made.body, 'import_id records_created records_modified warnings');
    assert.match(made.body.import_id, id);
    const created = made.body.records_created;
    assert.deepEqual(Object.keys(created).sort(), [
      'cerberusweb.contexts.connected_account',
      'cerberusweb.contexts.connected_service',
    ]);
    assertFields(created['cerberusweb.contexts.connected_account'].account_twitter, 'id label');
    assert.match(created['cerberusweb.contexts.connected_account'].account_twitter.id, id);
    for (const warning of made.body.warnings) assertFields(warning, 'path message');

    const [entry] = assertList(await hub.api('GET', '/imports'));
    assert.equal(entry.id, made.body.import_id);
    assert.match(entry.created_at, time);
  });

  test(`${on}: a package is refused with what a program needs to mend it`, async () => {
    const send = (body: object) => hub.api('POST', '/packages/import', body);
    const named = (name: string) => userPackage.replace('Bird Service', name);
    assertRefused(await send({ package: userPackage, prompts }), 409, 'already_imported');
    const missing = assertRefused(await send({ package: named('Other') }), 422, 'prompts_missing');
    assert.deepEqual(
      missing.prompts.map((prompt: { key: string }) => prompt.key),
      ['prompt_client_id', 'prompt_client_secret'],
    );
    for (const prompt of missing.prompts)
      for (const field of ['key', 'type', 'label', 'params']) assert.ok(field in prompt, field);
    const syntax = assertRefused(await send({ package: '{\n "package": {,}' }), 422, 'package_invalid');
    assertFields(syntax.faults[0], 'path message line column');
    assert.equal(syntax.faults[0].line, 2);
    const invalid = assertRefused(await send({ package: { records: [] } }), 422, 'package_invalid');
    assert.ok(invalid.faults.every((fault: object) => 'path' in fault && 'message' in fault));
    const unsupported = JSON.parse(named('Unsupported'));
    unsupported.records.push({ uid: 'x', _context: 'calendar', name: 'x' });
    const refused = await send({ package: unsupported, prompts });
    assertFields(assertRefused(refused, 422, 'package_unsupported').unsupported[0], 'path message');
    assertRefused(await send({ package: 7 }), 400, 'bad_request');
    assertRefused(await send({ package: userPackage, prompts: { prompt_client_id: 7 } }), 400, 'bad_request');
    assertRefused(await send({ package: userPackage, mode: 'both' }), 400, 'bad_request');
  });

  test(`${on}: bodies that are no JSON, too deep, doubled, of another type or too large are refused`, async () => {
    const plan = (text: string, headers = {}) =>
      hub.api('POST', '/packages/plan', text, hub.adminKey, headers);
    for (const text of [
      '{',
      'hello',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '"\\ud800',
      '\ufeff{',
      '[]',
      '7',
    ]) {
      assertRefused(await plan(text), 400, 'bad_request');
    }
    assertRefused(await plan(`${'['.repeat(65)}${']'.repeat(65)}`), 400, 'bad_request');
    assertRefused(await plan('{"constructor":{"prototype":{"x":1}}}'), 400, 'bad_request');
    for (const type of [
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
    ]) {
      assertRefused(await plan('{"package":"{}"}', { 'Content-Type': type }), 400, 'bad_request');
    }
    assert.equal(Object.hasOwn(Object.prototype, 'x'), false);
    const large = `{"package":"${'x'.repeat(12 * 1024 * 1024)}"}`;
    assertRefused(await plan(large), 413, 'too_large');
  });

  test(`${on}: an upload without a length that passes the cap still gets its answer`, async () => {
    const { hostname, port } = new URL(hub.url);
    const socket = connect(Number(port), hostname);
    socket.write(
      `POST /api/v1/packages/plan HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${hub.adminKey}\r\n` +
        'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const chunk = Buffer.alloc(1024 * 1024, 0x20);
    const size = chunk.length.toString(16);
    for (let count = 0; count < 14; count++) {
      socket.write(`${size}\r\n`);
      socket.write(chunk);
      socket.write('\r\n');
    }
    socket.write('0\r\n\r\n');
    const answer = await new Promise<string>((resolve, reject) => {
      socket.once('data', (data) => resolve(data.toString()));
      socket.once('error', reject);
    });
    socket.destroy();
    assert.match(answer, /^HTTP\/1\.1 413 /);
  });

  test(`${on}: a package of 20 MB gets its answer, also where the caller closes and reads only after sending`, async () => {
    const { hostname, port } = new URL(hub.url);
    const socket = connect(Number(port), hostname);
    const body = Buffer.alloc(20_000_000, 0x20);
    const head = [
      'POST /api/v1/packages/import HTTP/1.1',
      `Host: ${hostname}`,
      `Authorization: Bearer ${hub.adminKey}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
      'Connection: close',
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    await new Promise<void>((sent, failed) =>
      socket.write(body, (error) => (error ? failed(error) : sent())),
    );
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test(`${on}: without a key, or with a wrong one, nothing is told`, async () => {
    for (const key of ['', 'wrong', `cs_${'A'.repeat(43)}`]) {
      const refused = await hub.api('GET', '/bots', undefined, key);
      assertRefused(refused, 401, 'unauthorized');
    }
    for (const authorization of ['Basic YTpi', 'Bearer', `Bearer ${hub.adminKey} x`, hub.adminKey]) {
      const refused = await hub.api('GET', '/bots', undefined, '', { Authorization: authorization });
      assertRefused(refused, 401, 'unauthorized');
    }
    const byQuery = await hub.api('GET', `/bots?key=${hub.adminKey}`, undefined, '');
    assertRefused(byQuery, 401, 'unauthorized');
  });

  test(`${on}: an unknown address is 404, a known one with another verb 405 and says which`, async () => {
    assertRefused(await hub.api('GET', '/nothing-here'), 404, 'not_found');
    const answer = await fetch(`${hub.url}/api/v1/bots`, { method: 'DELETE' });
    assert.equal(answer.status, 405);
    assert.match(answer.headers.get('allow') ?? '', /GET/);
    assert.equal(JSON.parse(await answer.text()).error.code, 'bad_request');
  });

  test(`${on}: links begun without end are braked with the time to wait`, async () => {
    const { id: account } = await makeAccount(hub, (await makeService(hub)).id);
    let last = await hub.api('POST', `/connected-accounts/${account}/link`, {});
    for (let count = 0; count < 110 && last.status === 201; count++)
      last = await hub.api('POST', `/connected-accounts/${account}/link`, {});
    const error = assertRefused(last, 429, 'rate_limited');
    assert.ok(error.retry_after > 0 && error.retry_after <= 600);
  });

  test(`${on}: an Idempotency-Key gives the first answer again, and another body is refused`, async () => {
    const account = await linkedAccount();
    hub.sandbox.journal.clear();
    const send = (status: string, key = 'k1', asker = hub.adminKey) =>
      hub.api(
        'POST',
        `/connected-accounts/${account}/request`,
        {
          method: 'POST',
          url: update,
          headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
          body: `status=${status}`,
        },
        asker,
        { 'Idempotency-Key': key },
      );
    const first = await send('once');
    assert.equal(first.body.info?.http_code, 200, first.text);
    const again = await send('once');
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    assert.equal(postedTimes(), 1);
    assertRefused(await send('other'), 422, 'idempotency_mismatch');
    const otherKey = await hub.hub.createApiKey({ name: 'other', isAdmin: true, accounts: [] });
    const others = await send('mine', 'k1', otherKey);
    assert.equal(others.body.info?.http_code, 200, 'a key of its own for each API key');
    assertRefused(await send('x', 'k'.repeat(256)), 400, 'bad_request');
    hub.clock.offsetMs = 24 * 60 * 60_000 + 1000;
    const nextDay = await send('tomorrow');
    hub.clock.offsetMs = 0;
    assert.equal(nextDay.status, 200, nextDay.text);
    assert.notEqual(nextDay.text, first.text);
  });

  test(`${on}: an answer is kept over a restart`, async () => {
    const own = await database.create();
    const env = { COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') };
    const headers = { 'Idempotency-Key': 'kept' };
    const body = { package: userPackage, prompts };
    const first = await startTestHub({ database: own, env });
    const made = await first.api('POST', '/packages/import', body, first.adminKey, headers);
    assert.equal(made.status, 201, made.text);
    await first.close();
    const second = await startTestHub({ database: own, env, hasAdmin: false });
    const again = await second.api('POST', '/packages/import', body, first.adminKey, headers);
    await second.close();
    assert.deepEqual([again.status, again.text], [made.status, made.text]);
  });

  test(`${on}: of fifty at once with one key one reaches the provider, the rest share its answer or wait`, async () => {
    const account = await linkedAccount();
    hub.sandbox.journal.clear();
    const body = {
      method: 'POST',
      url: update,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'status=fifty',
    };
    const headers = { 'Idempotency-Key': 'fifty' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () =>
        hub.api('POST', `/connected-accounts/${account}/request`, body, hub.adminKey, headers),
      ),
    );
    assert.equal(postedTimes(), 1);
    const done = answers.filter(({ status }) => status === 200);
    assert.ok(done.length >= 1);
    assert.equal(new Set(done.map(({ text }) => text)).size, 1);
    for (const answer of answers) if (answer.status !== 200) assertRefused(answer, 409, 'in_progress');
  });

  test(`${on}: a refused request leaves its Idempotency-Key free`, async () => {
    const { id: account } = await makeAccount(hub, (await makeService(hub)).id);
    const send = () =>
      hub.api(
        'POST',
        `/connected-accounts/${account}/request`,
        { method: 'GET', url: 'https://api.twitter.com/1.1/account/verify_credentials.json' },
        hub.adminKey,
        { 'Idempotency-Key': 'freed' },
      );
    assertRefused(await send(), 409, 'account_unlinked');
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    await hub.api('PUT', `/connected-accounts/${account}/credentials`, credentials);
    assert.equal((await send()).status, 200);
  });

  test(`${on}: an import is kept under its key too`, async () => {
    const body = { package: userPackage, prompts, mode: 'new' };
    const headers = { 'Idempotency-Key': 'import' };
    const [first, second] = [
      await hub.api('POST', '/packages/import', body, hub.adminKey, headers),
      await hub.api('POST', '/packages/import', body, hub.adminKey, headers),
    ];
    assert.equal(first.status, 201, first.text);
    assert.deepEqual([second.status, second.text], [first.status, first.text]);
  });
});
