/** The sandbox's API and its faults, by a signer that shares nothing with the product. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RunningSandbox, startSandbox } from '../../server/sandbox/start.ts';
import { type Answer, authorization, type Call, send } from '../support/oauth-client.ts';

const callback = 'http://127.0.0.1/oauth/callback';
const consumer = { key: 'desk-app', secret: 'fake-secret' };
let sandbox: RunningSandbox;
let nonce = 0;
before(async () => {
  const publicOrigins = ['https://api.twitter.com', 'https://api.x.com'];
  sandbox = await startSandbox({ port: 0, publicOrigins, consumer, callbacks: [callback] });
});
after(() => sandbox.close());

function as(screenName: string) {
  const { token, tokenSecret } = sandbox.issueToken(consumer.key, screenName);
  return { token, secret: tokenSecret };
}

function call(
  path: string,
  request: Call = {},
  token?: { token: string; secret: string },
  extra = {},
): Promise<Answer> {
  const timestamp = Math.floor(Date.now() / 1000);
  const signing = { consumer, nonce: `n-${++nonce}`, timestamp, extra, ...(token && { token }) };
  const headers = { ...request.headers, Authorization: authorization(path, request, signing) };
  return send(sandbox.origin, path, { ...request, headers });
}

function requestToken(): Promise<Answer> {
  return call('/oauth/request_token', { method: 'POST' }, undefined, { oauth_callback: callback });
}

function update(status: string, screenName = 'alice'): Promise<Answer> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ status }).toString();
  return call('/1.1/statuses/update.json', { method: 'POST', headers, body }, as(screenName));
}

function tweet(body: unknown): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json' };
  return call('/2/tweets', { method: 'POST', headers, body: JSON.stringify(body) }, as('bob'));
}

const code = (answer: Answer): unknown => JSON.parse(answer.text).errors[0].code;

test('ids above 2^53 are bare digits with id_str beside them in 1.1, and text in 2', async () => {
  const first = await call('/1.1/account/verify_credentials.json', {}, as('alice'));
  assert.match(first.text, /"id":9007199254740993,"id_str":"9007199254740993"/);
  assert.equal(first.headers['x-access-level'], 'read-write');
  assert.equal(first.headers['x-rate-limit-limit'], '900');
  assert.equal(first.headers['x-rate-limit-remaining'], '899');
  const me = await call('/2/users/me?user.fields=description', {}, as('alice'));
  assert.deepEqual(JSON.parse(me.text).data, {
    id: '9007199254740993',
    name: 'Alice Example',
    username: 'alice',
    description: 'Answers for the example shop',
  });
});

test('people, tweets and mentions are found in both versions', async () => {
  const show = await call('/1.1/users/show.json?screen_name=BOB', {}, as('alice'));
  assert.equal(JSON.parse(show.text).id_str, '1750000000000000007');
  assert.equal((await call('/1.1/users/show.json?screen_name=nobody', {}, as('alice'))).status, 404);
  const byId = await call('/2/users/1750000000000000007', {}, as('alice'));
  assert.equal(JSON.parse(byId.text).data.username, 'bob');
  const byName = await call('/2/users/by/username/alice', {}, as('bob'));
  assert.equal(JSON.parse(byName.text).data.id, '9007199254740993');
  const nobody = JSON.parse((await call('/2/users/by/username/nobody', {}, as('bob'))).text);
  assert.equal(nobody.errors[0].title, 'Not Found Error');

  const search = JSON.parse((await call('/1.1/search/tweets.json?q=shop+down', {}, as('alice'))).text);
  assert.equal(search.statuses[0].id_str, '1990000000000000203');
  const mentions = JSON.parse(
    (await call('/1.1/statuses/mentions_timeline.json?count=1', {}, as('alice'))).text,
  );
  assert.deepEqual([mentions.length, mentions[0].user.screen_name], [1, 'bob']);
  const path = '/2/users/9007199254740993/mentions?expansions=author_id&since_id=1990000000000000203';
  const recent = JSON.parse((await call(path, {}, as('alice'))).text);
  assert.deepEqual([recent.meta.result_count, recent.includes.users[0].username], [1, 'bob']);
  const found = await call(
    '/2/tweets/search/recent?query=%40alice%20from%3Abob&max_results=10',
    {},
    as('alice'),
  );
  assert.equal(JSON.parse(found.text).meta.result_count, 2);
});

test('posting answers with the tweet; repeated, too long and unknown ones are numbered errors', async () => {
  const posted = await update('We are on it & will write 👋');
  assert.equal(JSON.parse(posted.text).text, 'We are on it &amp; will write 👋');
  assert.deepEqual([posted.status, code(await update('We are on it & will write 👋'))], [200, 187]);
  assert.equal(code(await update('x'.repeat(281))), 186);
  assert.equal(code(await update('')), 170);

  const { id_str: parent } = JSON.parse(posted.text);
  const reply = await tweet({ text: '@alice thanks', reply: { in_reply_to_tweet_id: parent } });
  assert.equal(reply.status, 201);
  assert.equal(typeof JSON.parse(reply.text).data.id, 'string');
  assert.equal(code(await tweet({ text: '@alice thanks' })), 187);
  assert.equal((await tweet({ text: 'Hello', colour: 'red' })).status, 400);
  assert.equal(code(await tweet({ text: 'Hi', reply: { in_reply_to_tweet_id: '1' } })), 144);
});

test('an app without write permission gets 261 until its token is made anew', async () => {
  sandbox.setAccessLevel(consumer.key, 'read');
  const old = as('carol');
  sandbox.setAccessLevel(consumer.key, 'read-write');
  const request = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"text":"Good morning"}',
  };
  const refused = await call('/2/tweets', request, old);
  assert.deepEqual([refused.status, code(refused), refused.headers['x-access-level']], [403, 261, 'read']);
  assert.equal((await call('/2/tweets', request, as('carol'))).status, 201);
});

test('a revoked token is refused with 89, and relinking gives another', async () => {
  const token = as('carol');
  assert.equal((await call('/1.1/oauth/invalidate_token', { method: 'POST' }, token)).status, 200);
  assert.equal(code(await call('/2/users/me', {}, token)), 89);
  assert.notEqual(as('carol').token, token.token);
});

test('faults are switched over HTTP from this machine, and spoil as many answers as told', async () => {
  const own = { origin: sandbox.origin, method: 'POST', headers: { 'Content-Type': 'application/json' } };
  const set = (faults: unknown) =>
    send(sandbox.origin, '/_sandbox/faults', { ...own, body: JSON.stringify(faults) });
  assert.equal((await set({ 'no-callback-confirmed': 1 })).status, 200);
  assert.doesNotMatch((await requestToken()).text, /oauth_callback_confirmed/);
  assert.match((await requestToken()).text, /oauth_callback_confirmed=true/);
  assert.equal((await set({ 'no-such-fault': true })).status, 400);
  assert.equal((await set({ slow: 'long' })).status, 400);
  assert.equal((await set(null)).status, 400);
});

test('each fault of the token answer does what it says', async () => {
  const spoiled: [Parameters<typeof sandbox.faults.set>[0], RegExp][] = [
    ['callback-confirmed-false', /oauth_callback_confirmed=false/],
    ['token-json', /^\{"oauth_token":/],
    ['token-malformed', /^<!doctype/],
    ['token-missing-secret', /^oauth_token=[\w-]+&oauth_callback_confirmed=true$/],
    ['token-empty', /^oauth_token=&/],
    ['duplicate-token', /&oauth_token=another$/],
    ['html-error', /^<!doctype/],
  ];
  for (const [name, text] of spoiled) {
    sandbox.faults.set(name, { times: 1 });
    assert.match((await requestToken()).text, text, name);
  }
});

test('each fault of the transport does what it says', async () => {
  sandbox.faults.set('drop', 1);
  await assert.rejects(requestToken());
  sandbox.faults.set('truncated', 1);
  await assert.rejects(requestToken());
  sandbox.faults.set('error-500', 1);
  assert.equal((await requestToken()).status, 500);
  sandbox.faults.set('rate-limited', 1);
  assert.equal(code(await requestToken()), 88);
  sandbox.faults.set('redirect', { value: 'https://elsewhere.example/', times: 1 });
  assert.equal((await requestToken()).headers.location, 'https://elsewhere.example/');
  sandbox.faults.set('huge-body', { value: 200_000, times: 1 });
  assert.equal((await requestToken()).text.length, 200_000);
  sandbox.faults.set('nonce-used-once', true);
  assert.equal(code(await requestToken()), 32);
  sandbox.faults.set('clock-skew', { value: 4000, times: 1 });
  const skewed = await requestToken();
  assert.equal(code(skewed), 135);
  assert.ok(Date.parse(String(skewed.headers.date)) > Date.now() + 3_900_000);
  assert.equal((await requestToken()).status, 200);
  assert.deepEqual(sandbox.faults.list(), {});
});

test('the home page tells who is there and shows no secret', async () => {
  const page = await send(sandbox.origin, '/', { origin: sandbox.origin });
  assert.equal(page.status, 200);
  assert.match(page.text, /Alice Example/);
  assert.ok(!page.text.includes(consumer.secret));
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
});
