import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlainRequest, RunMode } from '../../../server/bots/action.ts';
import { httpRequest, parseHeaderLines } from '../../../server/bots/actions/http-request.ts';
import { setCustomVar } from '../../../server/bots/actions/set-custom-var.ts';
import { HubError } from '../../../server/errors.ts';
import { writeJson } from '../../../server/json.ts';
import { refusingTools } from '../../support/bots.ts';

const answer = {
  content_type: 'application/json',
  headers: { 'content-type': 'application/json', 'x-api-key': 'k-12345' },
  body: '{"ok":true}',
  info: { url: 'https://api.example/', http_code: 200 },
  error: '',
  delivery_id: 'D1',
};

/** Tools whose templates are texts as they stand, but for {{name}} of `known`. */
function bench(mode: RunMode = 'live', known: Record<string, string> = {}) {
  const seen = {
    sent: [] as { request: PlainRequest; account: string | undefined }[],
    set: new Map<string, unknown>(),
    said: [] as string[],
    accounts: [] as string[],
  };
  const tools = refusingTools({
    mode,
    render: async (template) => template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => known[name] ?? ''),
    set: (name, value) => void seen.set.set(name, value),
    say: (text) => void seen.said.push(text),
    account: async (id) => {
      seen.accounts.push(id);
      return { id: `resolved-${id}`, name: 'Twitter' };
    },
    send: async (request, account) => {
      seen.sent.push({ request, account });
      return answer;
    },
  });
  return { tools, seen };
}

const params = {
  action: 'core.va.action.http_request',
  http_verb: 'get',
  http_url: 'https://api.example/',
  http_headers: '',
  http_body: '',
  auth: '',
  options: { raw_response_body: '1' },
  run_in_simulator: '1',
  response_placeholder: '_http_response',
};

test('a request without authentication is sent without account, and its answer has the five keys of Cerb', async () => {
  const { tools, seen } = bench();
  assert.equal(await httpRequest.run(params, tools), 'done');
  assert.deepEqual(seen.sent, [
    {
      account: undefined,
      request: {
        method: 'GET',
        url: 'https://api.example/',
        headers: [],
        body: '',
        raw: true,
        ignoreCertificate: false,
      },
    },
  ]);
  const { delivery_id: _, ...kept } = answer;
  assert.deepEqual(seen.set.get('_http_response'), kept);
});

test('a connected account is resolved before it signs', async () => {
  const { tools, seen } = bench();
  await httpRequest.run(
    { ...params, auth: 'connected_account', auth_connected_account_id: 'twitter' },
    tools,
  );
  assert.equal(seen.sent[0]?.account, 'resolved-twitter');
  assert.ok(seen.said.some((text) => text.includes('Authenticating with Twitter')));
});

test('the account may come out of a placeholder', async () => {
  const { tools, seen } = bench('live', { which: ' A1 ' });
  await httpRequest.run({ ...params, auth: 'placeholder', auth_placeholder: '{{which}}' }, tools);
  assert.deepEqual(seen.accounts, ['A1']);
});

for (const bound of [
  { auth: 'connected_account', auth_connected_account_id: '0' },
  { auth: 'connected_account', auth_connected_account_id: '' },
  { auth: 'connected_account' },
  { auth: 'placeholder', auth_placeholder: '{{nothing}}' },
  { auth: 'placeholder', auth_placeholder: '0' },
]) {
  test(`authentication without an account is refused, never sent unsigned: ${JSON.stringify(bound)}`, async () => {
    const { tools, seen } = bench();
    await assert.rejects(httpRequest.run({ ...params, ...bound }, tools), isRefusal('request_refused'));
    assert.deepEqual(seen.sent, []);
  });
}

test('what cannot be sent is remarked before any run', () => {
  const paths = (more: object) => httpRequest.remarks({ ...params, ...more }).map((remark) => remark.path);
  assert.deepEqual(paths({}), []);
  assert.deepEqual(paths({ http_verb: 'brew' }), ['/http_verb']);
  assert.deepEqual(paths({ http_url: ' ' }), ['/http_url']);
  assert.deepEqual(paths({ response_placeholder: '' }), ['/response_placeholder']);
  assert.deepEqual(paths({ auth: 'connected_account', auth_connected_account_id: 0 }), [
    '/auth_connected_account_id',
  ]);
  assert.deepEqual(paths({ auth: 'magic' }), ['/auth']);
  const insecure = { options: { ignore_ssl_validation: '1' } };
  assert.deepEqual(paths(insecure), []);
  assert.deepEqual(paths({ ...insecure, auth: 'connected_account', auth_connected_account_id: 'A1' }), [
    '/options/ignore_ssl_validation',
  ]);
});

for (const verb of ['post', 'put', 'patch']) {
  test(`${verb.toUpperCase()} without Content-Type goes out as a form`, async () => {
    const { tools, seen } = bench();
    await httpRequest.run({ ...params, http_verb: verb, http_body: 'a=1' }, tools);
    await httpRequest.run({ ...params, http_verb: verb, http_headers: 'content-TYPE: text/plain' }, tools);
    assert.deepEqual(seen.sent[0]?.request.headers, [['Content-Type', 'application/x-www-form-urlencoded']]);
    assert.deepEqual(seen.sent[1]?.request.headers, [['content-TYPE', 'text/plain']]);
  });
}

test('header lines are split at their first colon; blank lines are dropped, others refused by number', () => {
  assert.deepEqual(parseHeaderLines('User-Agent: Cerb\r\n\r\n  X: a:b \n'), [
    ['User-Agent', 'Cerb'],
    ['X', 'a:b'],
  ]);
  assert.throws(() => parseHeaderLines('A: b\nno colon here'), /Line 2 of the request headers/);
});

test('an empty URL is refused, where Cerb does nothing', async () => {
  const { tools } = bench();
  await assert.rejects(
    httpRequest.run({ ...params, http_url: '{{nothing}}' }, tools),
    isRefusal('request_refused'),
  );
});

test('in the simulator a request goes out only when it is set to, and says so otherwise', async () => {
  const quiet = bench('simulate');
  assert.equal(await httpRequest.run({ ...params, run_in_simulator: '0' }, quiet.tools), 'skipped');
  assert.deepEqual(quiet.seen.sent, []);
  assert.match(quiet.seen.said.at(-1) ?? '', /NOTE/);
  const loud = bench('simulate');
  assert.equal(await httpRequest.run(params, loud.tools), 'done');
  assert.equal(loud.seen.sent.length, 1);
});

test('secret headers of request and answer are masked in what is told', async () => {
  const { tools, seen } = bench();
  await httpRequest.run({ ...params, http_headers: 'Authorization: Bearer planted-value' }, tools);
  const told = seen.said.join('\n');
  assert.ok(!told.includes('planted-value') && !told.includes('k-12345'));
  assert.match(told, /Authorization: \[masked, 20 characters\]/);
});

test('set placeholder keeps text, or JSON with every digit; bad JSON is null', async () => {
  const { tools, seen } = bench('live', { id: '{"id":1212092628029698048}', bad: '{"id":' });
  await setCustomVar.run({ value: '{{id}}', format: '', var: 'text' }, tools);
  await setCustomVar.run({ value: '{{id}}', format: 'json', var: 'json' }, tools);
  await setCustomVar.run({ value: '{{bad}}', format: 'json', var: 'bad' }, tools);
  assert.equal(seen.set.get('text'), '{"id":1212092628029698048}');
  assert.equal(writeJson(seen.set.get('json')), '{"id":1212092628029698048}');
  assert.equal(seen.set.get('bad'), null);
});

test('set placeholder does nothing with an empty script, and live nothing with one for the simulator only', async () => {
  const live = bench();
  assert.equal(await setCustomVar.run({ value: '', var: 'x' }, live.tools), 'skipped');
  assert.equal(
    await setCustomVar.run({ value: 'a', var: 'x', is_simulator_only: '1' }, live.tools),
    'skipped',
  );
  assert.equal(live.seen.set.size, 0);
  const simulated = bench('simulate');
  assert.equal(
    await setCustomVar.run({ value: 'a', var: 'x', is_simulator_only: '1' }, simulated.tools),
    'done',
  );
});

test('a placeholder needs a name that templates can read', () => {
  assert.equal(setCustomVar.remarks({ var: 'response_json' }).length, 0);
  for (const name of ['', 'a b', '1a', '__proto__'])
    assert.equal(setCustomVar.remarks({ var: name }).length, 1);
});

function isRefusal(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HubError && error.code === code;
}
