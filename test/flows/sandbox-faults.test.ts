/** Every switch that makes the sandbox misbehave towards whoever signs in or calls. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { FaultName } from '../../server/sandbox/fault-table.ts';
import type { FaultSwitch } from '../../server/sandbox/faults.ts';
import { type Signing, startService, type Token } from '../support/sandbox-service.ts';

let service: Awaited<ReturnType<typeof startService>>;
let token: Token;
before(async () => {
  service = await startService({ errors: 'codes' });
  token = await service.link();
});
afterEach(() => service.sandbox.faults.clear());
after(() => service.close());

const set = (name: FaultName, to: FaultSwitch = true) => service.sandbox.faults.set(name, to);
const me = (signing: Signing = {}) => service.call('/me', { token, ...signing });

const tokenAnswers: [FaultName, FaultSwitch, (answer: { text: string; type: string }) => unknown, unknown][] =
  [
    ['no-callback-confirmed', true, ({ text }) => text.includes('confirmed'), false],
    ['callback-confirmed-false', true, ({ text }) => text.endsWith('&oauth_callback_confirmed=false'), true],
    ['callback-confirmed', 'TRUE', ({ text }) => text.endsWith('&oauth_callback_confirmed=TRUE'), true],
    ['duplicate-callback-confirmed', true, ({ text }) => text.match(/confirmed=true/g)?.length, 2],
    [
      'token-json',
      true,
      ({ text, type }) => [text.startsWith('{"oauth_token":'), type],
      [true, 'application/x-www-form-urlencoded'],
    ],
    [
      'token-form-as-json',
      true,
      ({ text, type }) => [text.startsWith('oauth_token='), type],
      [true, 'application/json'],
    ],
    [
      'token-json-as-form',
      true,
      ({ text, type }) => [text.startsWith('{'), type],
      [true, 'application/x-www-form-urlencoded'],
    ],
    ['token-malformed', true, ({ text }) => text.startsWith('<!doctype html>'), true],
    ['token-missing-secret', true, ({ text }) => text.includes('secret'), false],
    ['token-empty', true, ({ text }) => text.startsWith('oauth_token=&'), true],
    ['token-control', true, ({ text }) => text.startsWith('oauth_token=%00&'), true],
    ['duplicate-token', true, ({ text }) => text.match(/oauth_token=/g)?.length, 2],
  ];

for (const [name, to, look, expected] of tokenAnswers) {
  test(`a token answer: ${name}`, async () => {
    set(name, to);
    const { answer } = await service.askRequest();
    const type = String(answer.headers['content-type']).split(';')[0] ?? '';
    assert.deepEqual(look({ text: answer.text, type }), expected);
    assert.deepEqual(service.last()?.faults, [name]);
  });
}

test('tokens and secrets that end oddly are good as they are', async () => {
  set('token-ending', '+/= %2B&x=#');
  const odd = await service.link();
  assert.ok(odd.token.endsWith('+/= %2B&x=#') && odd.secret.endsWith('+/= %2B&x=#'));
  assert.equal((await service.call('/me', { token: odd })).status, 200);
});

test('a verifier of any characters is good as it is', async () => {
  set('callback-verifier', '+/= %25"é');
  await service.link();
  const request = await service.askRequest();
  const { back } = await service.decide(request.token);
  assert.equal(back.get('oauth_verifier'), '+/= %25"é');
});

const callbacks: [FaultName, (names: string[], values: string[], token: string) => boolean][] = [
  ['deny-consent', (names) => names.includes('oauth_problem') && !names.includes('oauth_verifier')],
  ['callback-no-verifier', (names) => names.join() === 'oauth_token'],
  ['callback-other-token', (_names, [told], token) => told !== token],
  ['callback-duplicate-token', (names) => names.join() === 'oauth_token,oauth_token,oauth_verifier'],
  ['callback-duplicate-verifier', (names) => names.join() === 'oauth_token,oauth_verifier,oauth_verifier'],
  ['callback-and-denied', (names) => names.join() === 'oauth_token,oauth_verifier,denied'],
];

for (const [name, isPlayed] of callbacks) {
  test(`a callback: ${name}`, async () => {
    set(name);
    const request = await service.askRequest();
    const { back } = await service.decide(request.token);
    assert.ok(isPlayed([...back.keys()], [...back.values()], request.token), back.toString());
  });
}

test('an exchange: another person, an expired request token', async () => {
  set('identity-other');
  await service.link();
  assert.equal(service.last()?.authenticated?.user, 'bob');
  const request = await service.askRequest();
  const { back } = await service.decide(request.token);
  set('expire-request-tokens');
  assert.equal((await service.askAccess(request, back.get('oauth_verifier') ?? '')).answer.status, 401);
});

test('who-am-I names somebody else, and other calls do not', async () => {
  set('identity-drift');
  assert.match((await me()).text, /"name":"bob"/);
  assert.match((await service.call('/other', { token })).text, /"user":"alice"/);
});

test('a nonce counts as used once, or each time', async () => {
  set('nonce-used-once');
  assert.deepEqual([(await me()).status, (await me()).status], [401, 200]);
  set('nonce-used');
  assert.deepEqual([(await me()).status, (await me()).status], [401, 401]);
});

test('the clock is ahead or behind, and Date tells it unless it shall tell another, or nothing', async () => {
  for (const seconds of [4000, -4000]) {
    set('clock-skew', seconds);
    const answer = await me();
    assert.equal(service.last()?.refused, 'timestamp');
    const timestamp = Date.parse(String(answer.headers.date)) / 1000;
    assert.equal((await me({ timestamp })).status, 200);
  }
  set('clock-skew', false);
  set('date', 'Thu, 01 Jan 1970 00:00:00 GMT');
  set('age', 60);
  const { headers } = await me();
  assert.deepEqual([headers.date, headers.age], ['Thu, 01 Jan 1970 00:00:00 GMT', '60']);
  set('date', '');
  assert.equal((await me()).headers.date, undefined);
});

const refusals: [FaultName, FaultSwitch, number, RegExp][] = [
  ['error-code', 89, 401, /"code":89/],
  ['error-code', { value: 326, status: 418 }, 418, /"code":326/],
  ['error-status', 503, 503, /errors/],
  ['problem', 'token_revoked', 401, /^$/],
  ['problem', { value: 'nonce_used', status: 400 }, 400, /^$/],
  ['problem-form', 'token_expired', 401, /^oauth_problem=token_expired$/],
  ['plain-error', 'Error: no', 400, /^Error: no$/],
  ['plain-error', { value: 'Error: no', status: 200 }, 200, /^Error: no$/],
  ['empty-error', 401, 401, /^$/],
  ['error-500', true, 500, /131/],
  ['html-error', true, 503, /^<!doctype html>/],
  ['rate-limited', true, 429, /88/],
  ['retry-after', '30', 429, /88/],
  ['user-window', 60, 429, /88/],
  ['user-day', 60, 429, /88/],
  ['app-day', 60, 429, /88/],
  ['huge-body', 100_000, 200, /^a{100000}$/],
  ['huge-body', { value: 10, status: 401 }, 401, /^a{10}$/],
];

for (const [name, to, status, text] of refusals) {
  test(`an answer: ${name} ${JSON.stringify(to)}`, async () => {
    set(name, to);
    const answer = await me();
    assert.equal(answer.status, status);
    assert.match(answer.text, text);
  });
}

test('what a refusal tells stands in its headers', async () => {
  set('problem', 'token_revoked');
  assert.equal((await me()).headers['www-authenticate'], 'OAuth oauth_problem="token_revoked"');
  service.sandbox.faults.clear();
  set('retry-after', 'Mon, 05 Jan 2026 12:01:00 GMT');
  assert.equal((await me()).headers['retry-after'], 'Mon, 05 Jan 2026 12:01:00 GMT');
  service.sandbox.faults.clear();
  set('redirect', { value: 'https://service.example/elsewhere', status: 308 });
  const moved = await me();
  assert.deepEqual([moved.status, moved.headers.location], [308, 'https://service.example/elsewhere']);
  service.sandbox.faults.clear();
  set('long-header', 9000);
  set('set-cookie', 'a=b');
  const { headers } = await me();
  assert.deepEqual([headers['x-long']?.length, headers['set-cookie']], [9000, ['a=b']]);
});

/** What arrives until the connection ends or `enough` bytes are there. */
function receive(enough: number): Promise<{ bytes: Buffer; isWhole: boolean }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const request = httpRequest(`${service.origin}/`, { agent: false }, (response) => {
      const finish = () => resolve({ bytes: Buffer.concat(chunks), isWhole: response.complete });
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (Buffer.concat(chunks).length >= enough) request.destroy();
      });
      response.on('error', finish);
      response.on('end', finish);
      response.on('close', finish);
    });
    request.on('error', () => resolve({ bytes: Buffer.alloc(0), isWhole: false }));
    request.end();
  });
}

test('an answer is packed, cut, endless, or never comes', async () => {
  set('packed-body', 1_000_000);
  const { bytes } = await receive(Number.POSITIVE_INFINITY);
  assert.ok(bytes.length < 10_000);
  assert.equal(gunzipSync(bytes).length, 1_000_000);
  service.sandbox.faults.clear();
  set('endless');
  assert.equal((await receive(2)).isWhole, false);
  service.sandbox.faults.clear();
  for (const name of ['drop', 'drop-answer', 'truncated'] as const) {
    set(name);
    assert.equal((await receive(Number.POSITIVE_INFINITY)).isWhole, false, name);
    service.sandbox.faults.clear();
  }
});

test('a switch of several settings works by path, method and so many times, and what does not fit is refused', async () => {
  const post = (json: unknown) => service.control('/faults', json);
  assert.equal((await post({ problem: { value: 'x', times: 1, path: '/me', method: 'GET' } })).status, 200);
  assert.equal((await service.call('/other', { token })).status, 200);
  assert.deepEqual([(await me()).status, (await me()).status], [401, 200]);
  for (const wrong of [
    { problem: true },
    { problem: { value: 'x', status: 200 } },
    { redirect: { value: 'https://x.example/', status: 200 } },
    { 'huge-body': 'many' },
    { 'token-json': { status: 400 } },
    { nothing: true },
  ])
    assert.equal((await post(wrong)).status, 400, JSON.stringify(wrong));
});
