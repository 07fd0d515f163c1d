/** The sandbox from outside, by a signer of its own on node:crypto alone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSandbox } from '../../server/sandbox/sandbox.ts';
import { type Answer, authorization, type Call, send } from '../support/oauth-client.ts';

const callback = 'https://hub.example/oauth/callback';
const app = { key: 'desk-app', secret: 'fake&secret' };
const startedAt = Date.UTC(2026, 0, 5);
let clock = startedAt;
let nonce = 0;

const sandbox = createSandbox({
  consumers: [
    { ...app, name: 'Desk', callbacks: [callback, 'oob'], accessLevel: 'read-write-directmessages' },
    { key: 'reader', secret: 'r', name: 'Reader', callbacks: [callback], accessLevel: 'read' },
  ],
  publicOrigins: ['https://api.twitter.com'],
  now: () => clock,
});
let running: Awaited<ReturnType<typeof sandbox.listen>>;
before(async () => {
  running = await sandbox.listen();
});
after(() => running.close());

type Changes = {
  token?: { token: string; secret: string };
  consumer?: typeof app;
  extra?: Record<string, string>;
};

const at = (path: string, call?: Call) => send(running.origin, path, call);
const signing = (changes: Changes) => ({
  consumer: app,
  nonce: `n-${++nonce}`,
  timestamp: clock / 1000,
  ...changes,
});

function signed(path: string, changes: Changes, call: Call = {}): Promise<Answer> {
  const headers = { ...call.headers, Authorization: authorization(path, call, signing(changes)) };
  return at(path, { ...call, headers });
}

const code = (answer: Answer): unknown => JSON.parse(answer.text).errors[0].code;

function tokenOf(answer: Answer) {
  const pairs = new URLSearchParams(answer.text);
  return { token: pairs.get('oauth_token') ?? '', secret: pairs.get('oauth_token_secret') ?? '' };
}

async function requestToken(extra: Record<string, string> = {}) {
  const answer = await signed(
    '/oauth/request_token',
    { extra: { oauth_callback: callback, ...extra } },
    { method: 'POST' },
  );
  assert.equal(answer.status, 200, answer.text);
  return { answer, ...tokenOf(answer) };
}

/** Opens the consent page as a browser does and presses a button of it. */
async function decide(
  token: string,
  decision: 'authorize' | 'deny',
  path = '/oauth/authorize',
  csrf?: string,
) {
  const page = await at(`${path}?oauth_token=${token}`, { origin: running.origin });
  assert.equal(page.status, 200, page.text);
  const cookie = String(page.headers['set-cookie']).split(';')[0] ?? '';
  const code = csrf ?? /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const body = new URLSearchParams({ oauth_token: token, csrf: code, user: 'alice', decision }).toString();
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Cookie: cookie };
  const answer = await at(path, { method: 'POST', origin: running.origin, headers, body });
  return { page, answer, back: new URL(String(answer.headers.location ?? 'none:')).searchParams };
}

function exchange(request: { token: string; secret: string }, verifier: string) {
  return signed(
    '/oauth/access_token',
    { token: request, extra: { oauth_verifier: verifier } },
    { method: 'POST' },
  );
}

async function link(path?: string) {
  const request = await requestToken();
  const { back } = await decide(request.token, 'authorize', path);
  const answer = await exchange(request, back.get('oauth_verifier') ?? '');
  assert.equal(answer.status, 200, answer.text);
  return { request, answer, ...tokenOf(answer) };
}

test('three legs lead to a token, and the journal says what was verified', async () => {
  const request = await requestToken();
  assert.match(request.answer.text, /&oauth_callback_confirmed=true$/);
  assert.match(String(request.answer.headers['content-type']), /^text\/html/);
  const { page, answer, back } = await decide(request.token, 'authorize');
  assert.match(page.text, /Authorize Desk to use your account\?/);
  assert.match(String(page.headers['content-security-policy']), /form-action 'self' https:\/\/hub\.example;/);
  assert.equal(answer.status, 303);
  assert.ok(String(answer.headers.location).startsWith(`${callback}?`));
  assert.equal(back.get('oauth_token'), request.token);

  const access = await exchange(request, back.get('oauth_verifier') ?? '');
  assert.equal(new URLSearchParams(access.text).get('user_id'), '9007199254740993');
  assert.equal(access.headers['x-access-level'], 'read-write-directmessages');
  const last = sandbox.journal.entries().at(-1);
  assert.deepEqual(last?.verified, [
    'consumer',
    'token',
    'signature HMAC-SHA1',
    'timestamp',
    'nonce',
    'verifier',
  ]);
  assert.deepEqual(last?.authenticated, { consumer: 'Desk', user: 'alice' });
  const journal = (await at('/_sandbox/journal', { origin: running.origin })).text;
  const token = tokenOf(access);
  for (const secret of [
    request.token,
    request.secret,
    back.get('oauth_verifier'),
    token.token,
    token.secret,
    app.secret,
  ]) {
    assert.ok(secret && !journal.includes(secret));
  }
  assert.match(journal, /"cookieNames":\["sandbox_browser"\]/);
  assert.equal((await at('/_sandbox/journal')).status, 404, 'not under a public origin');
});

test('a verifier is good once, and the exchange needs the secret of the request token', async () => {
  const request = await requestToken();
  const { back } = await decide(request.token, 'authorize');
  const verifier = back.get('oauth_verifier') ?? '';
  assert.equal(code(await exchange({ ...request, secret: 'wrong' }, verifier)), 32);
  assert.equal(code(await exchange(request, 'wrong')), 32);
  assert.equal((await exchange(request, verifier)).status, 200);
  assert.equal(code(await exchange(request, verifier)), 89);
});

test('a request token lives a quarter of an hour', async () => {
  const request = await requestToken();
  clock += 15 * 60_000;
  assert.equal(code(await exchange(request, 'any')), 89);
  const page = await at(`/oauth/authorize?oauth_token=${request.token}`, { origin: running.origin });
  assert.equal(page.status, 403);
});

test('Cancel leads back with denied and ends the request token', async () => {
  const request = await requestToken();
  const { back } = await decide(request.token, 'deny');
  assert.deepEqual([...back], [['denied', request.token]]);
  assert.equal(code(await exchange(request, 'any')), 89);
});

test('a form that was not made for this browser decides nothing', async () => {
  const request = await requestToken();
  const { answer } = await decide(request.token, 'authorize', '/oauth/authorize', 'forged');
  assert.equal(answer.status, 403);
  assert.equal(code(await exchange(request, 'any')), 32);
});

test('a callback is accepted only as registered, to the last slash', async () => {
  for (const other of [`${callback}/`, callback.replace('https', 'http'), 'https://evil.example/']) {
    const answer = await signed(
      '/oauth/request_token',
      { extra: { oauth_callback: other } },
      { method: 'POST' },
    );
    assert.deepEqual([answer.status, code(answer)], [403, 415]);
  }
  const consumer = { key: 'reader', secret: 'r' };
  const pin = await signed(
    '/oauth/request_token',
    { consumer, extra: { oauth_callback: 'oob' } },
    { method: 'POST' },
  );
  assert.equal(code(pin), 415);
});

test('without a callback the PIN is shown', async () => {
  const request = await requestToken({ oauth_callback: 'oob' });
  const { answer } = await decide(request.token, 'authorize');
  assert.equal((await exchange(request, /<code>(\d{7})</.exec(answer.text)?.[1] ?? '')).status, 200);
});

test('what was tampered with, replayed or is old is refused with the right number', async () => {
  const token = await link();
  const path = '/1.1/statuses/update.json';
  const call = {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
    body: 'status=a+b%21',
  };
  const good = { ...call.headers, Authorization: authorization(path, call, signing({ token })) };
  const tampered = await at(path, { ...call, headers: good, body: 'status=a+b%3F' });
  assert.deepEqual([tampered.status, code(tampered)], [401, 32]);
  assert.equal((await at(path, { ...call, headers: good })).status, 200);
  assert.equal(code(await at(path, { ...call, headers: good })), 32, 'replayed');
  assert.equal(sandbox.journal.entries().at(-1)?.refused, 'nonce');
  const old = await signed(path, { token, extra: { oauth_timestamp: String(clock / 1000 - 301) } }, call);
  assert.deepEqual([old.status, code(old)], [401, 135]);
  assert.equal(code(await signed(path, { token: { ...token, secret: 'wrong' } }, call)), 32);
  assert.equal(code(await signed(path, { token: { token: 'none', secret: '' } }, call)), 89);
  assert.equal(code(await at(path, call)), 215);
  assert.equal(code(await signed('/1.1/none.json', { token })), 34);
  const host = await at('/1.1/users/show.json', { origin: 'https://api.twitter.com.evil.example' });
  assert.equal(host.status, 400);
});

test('faults of the journey: no verifier, another token, an expired one, another identity', async () => {
  sandbox.faults.set('callback-no-verifier', 1);
  const first = await decide((await requestToken()).token, 'authorize');
  assert.deepEqual([...first.back.keys()], ['oauth_token']);
  sandbox.faults.set('callback-other-token', 1);
  const request = await requestToken();
  const { back } = await decide(request.token, 'authorize');
  assert.notEqual(back.get('oauth_token'), request.token);
  sandbox.faults.set('expire-request-tokens', 1);
  assert.equal(code(await exchange(request, back.get('oauth_verifier') ?? '')), 89);
  sandbox.faults.set('identity-other', 1);
  assert.match((await link()).answer.text, /&screen_name=bob$/);
});

test('authenticate never gives direct messages, authorize what the app is registered for', async () => {
  assert.equal((await link('/oauth/authenticate')).answer.headers['x-access-level'], 'read-write');
  assert.equal(
    (await link('/oauth/authorize')).answer.headers['x-access-level'],
    'read-write-directmessages',
  );
});
