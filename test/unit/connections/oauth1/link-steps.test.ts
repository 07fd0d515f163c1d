import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOAuth1Service } from '../../../../server/connections/oauth1/check-service.ts';
import { parseOAuthHeader } from '../../../../server/connections/oauth1/header.ts';
import { linkSteps } from '../../../../server/connections/oauth1/link-steps.ts';
import type { Grant, Handshake, Reading } from '../../../../server/connections/provider.ts';
import type { InboundResponse, OutboundRequest } from '../../../../server/delivery/delivery.ts';

const service = {
  client_id: 'test-key',
  client_secret: 'test-consumer-secret',
  request_token_url: 'https://api.example.com/oauth/request_token',
  authentication_url: 'https://www.example.com/oauth/authenticate',
  access_token_url: 'https://api.example.com/oauth/access_token',
};
const fresh = { nonce: 'n1', timestamp: 1_730_000_000 };
const callbackUrl = 'https://hub.example/oauth/callback';
const handshake = { token: 'rt', secret: 'rs' };
const confirmed = 'oauth_token=rt&oauth_token_secret=rs&oauth_callback_confirmed=true';

type Params = Record<string, unknown>;

/** One step against a remote service that gives this answer; the request as it was sent. */
async function start(changes: Params, answered = answer(confirmed)) {
  const sent: OutboundRequest[] = [];
  const send = async (request: OutboundRequest) => {
    sent.push(request);
    return answered;
  };
  const random = () => assert.fail('a request token is not made here');
  const input = { ...fresh, callbackUrl, random, send };
  const reading: Reading<Handshake> = await linkSteps.start({ ...service, ...changes }, input);
  return { request: sent[0] ?? assert.fail('nothing was sent'), reading };
}

async function finish(changes: Params, given: Partial<Handshake> & { verifier: string }, body: string) {
  const sent: OutboundRequest[] = [];
  const send = async (request: OutboundRequest) => {
    sent.push(request);
    return answer(body);
  };
  const input = { ...fresh, ...handshake, ...given, callbackUrl, query: new URLSearchParams(), send };
  const reading: Reading<Grant> = await linkSteps.finish({ ...service, ...changes }, input);
  return { request: sent[0] ?? assert.fail('nothing was sent'), reading };
}

function answer(body: string, status = 200, headers: [string, string][] = []): InboundResponse {
  return { status, headers, body: Buffer.from(body), truncated: false };
}

function protocolOf(request: OutboundRequest): Record<string, string> {
  const header = request.headers.find(([name]) => name === 'Authorization')?.[1] ?? '';
  return Object.fromEntries(parseOAuthHeader(header) ?? []);
}

function granted(reading: Reading<Grant>): Grant {
  return reading.ok ? reading.value : assert.fail(reading.problem);
}

test('the request token is asked for by POST with an empty body and the callback in the header', async () => {
  const { request } = await start({});
  assert.equal(request.method, 'POST');
  assert.equal(request.body?.byteLength, 0);
  const { oauth_callback, oauth_token } = protocolOf(request);
  assert.deepEqual([oauth_callback, oauth_token], [callbackUrl, undefined]);
});

test('extra parameters go into the form of a POST and the query of a GET, after what the URL holds', async () => {
  const wiki = {
    request_token_url: 'https://w.example/index.php?title=Special:OAuth/initiate',
    request_params: { scope: 'a b' },
  };
  const { request: post } = await start(wiki);
  assert.equal(Buffer.from(post.body ?? []).toString(), 'scope=a%20b');
  const { request: get } = await start({ ...wiki, request_method: 'GET', callback: 'oob' });
  assert.equal(get.url.search, '?title=Special:OAuth/initiate&scope=a%20b');
  assert.equal(get.body, undefined);
  assert.equal(protocolOf(get).oauth_callback, 'oob');
});

test('a request token counts only when the callback was confirmed, exactly', async () => {
  const token = 'oauth_token=rt&oauth_token_secret=rs';
  const { reading } = await start({});
  assert.deepEqual(reading, { ok: true, value: handshake });
  for (const end of [
    '',
    '&oauth_callback_confirmed=TRUE',
    '&oauth_callback_confirmed=1',
    '&oauth_callback_confirmed=false',
    '&oauth_callback_confirmed=true&oauth_callback_confirmed=true',
  ]) {
    assert.equal((await start({}, answer(token + end))).reading.ok, false, end);
  }
  assert.equal((await start({ verifier: 'absent' }, answer(token))).reading.ok, true);
});

test('a refused request token says why and what to do, without the secrets', async () => {
  const body = '{"errors":[{"code":32,"message":"Could not authenticate test-consumer-secret."}]}';
  const { reading } = await start({}, answer(body, 401));
  assert.ok(!reading.ok);
  assert.equal(reading.remoteCode, '32');
  assert.match(reading.problem, /OAuth 2\.0 Client ID/);
  assert.doesNotMatch(JSON.stringify(reading), /test-consumer-secret/);
  const { reading: redirect } = await start({}, answer('', 302));
  assert.ok(!redirect.ok && /302/.test(redirect.problem));
  const { reading: wiki } = await start({}, answer('Error: unknown consumer key'));
  assert.ok(!wiki.ok && /consumer key/.test(wiki.problem));
});

test('the consent URL keeps its own query and carries the token escaped, and what the service adds', () => {
  const consenting = {
    ...service,
    authentication_url: 'https://w.example/i?title=A',
    authorization_params: { lang: 'de', oauth_consumer_key: '{consumer_key}' },
  };
  assert.equal(
    linkSteps.consentUrl(consenting, { token: 'r&x=y#z', secret: '' }, callbackUrl).href,
    'https://w.example/i?title=A&oauth_token=r%26x%3Dy%23z&lang=de&oauth_consumer_key=test-key',
  );
});

test('the access token is asked for with request token and verifier, unchanged', async () => {
  const tokens = 'oauth_token=at&oauth_token_secret=as';
  const verifier = 'v+/=%20 x';
  const { request } = await finish({}, { verifier }, tokens);
  const { oauth_token, oauth_verifier, oauth_signature } = protocolOf(request);
  assert.deepEqual([oauth_token, oauth_verifier], ['rt', verifier]);
  const { request: other } = await finish({}, { verifier, secret: 'other' }, tokens);
  assert.notEqual(protocolOf(other).oauth_signature, oauth_signature);
});

test('a grant holds tokens, identity, access level and the fields that are no secret', async () => {
  const body =
    'oauth_token=at&oauth_token_secret=as&user_id=9007199254740993&screen_name=alice&oauth_session_handle=h';
  const level: [string, string][] = [['X-Access-Level', 'read-write']];
  const send = async () => answer(body, 200, level);
  const query = new URLSearchParams();
  const input = { ...fresh, ...handshake, verifier: 'v', callbackUrl, query, send };
  assert.deepEqual(granted(await linkSteps.finish(service, input)), {
    credentials: { oauth_session_handle: 'h', oauth_token: 'at', oauth_token_secret: 'as' },
    identity: { id: '9007199254740993', name: 'alice' },
    accessLevel: 'read-write',
    extra: { user_id: '9007199254740993', screen_name: 'alice' },
    lifetimeMs: null,
    consentLifetimeMs: null,
  });
});

test('where the callback parameter is absent it is not sent, and there is nothing to confirm', async () => {
  const token = 'oauth_token=rt&oauth_token_secret=rs';
  for (const callback of ['url', 'oob']) {
    const { request, reading } = await start({ callback, callback_parameter: 'absent' }, answer(token));
    assert.equal(protocolOf(request).oauth_callback, undefined, callback);
    assert.equal(reading.ok, true, callback);
  }
  assert.equal((await start({ callback: 'oob' }, answer(token))).reading.ok, false, 'a PIN is confirmed too');
});

test('the consent URL calls the token as the service does, and takes consumer key and callback as values', () => {
  const bank = {
    ...service,
    authorization_token_name: 'token',
    authorization_params: {
      key: '{consumer_key}',
      oauth_callback: '{callback_url}',
      note: 'a {callback_url}',
    },
  };
  const url = linkSteps.consentUrl(bank, handshake, callbackUrl);
  assert.deepEqual(
    [...url.searchParams],
    [
      ['token', 'rt'],
      ['key', 'test-key'],
      ['oauth_callback', callbackUrl],
      ['note', 'a {callback_url}'],
    ],
  );
});

test('without a verifier none is sent, where the service gives none', async () => {
  const tokens = 'oauth_token=at&oauth_token_secret=as';
  const { request } = await finish({ verifier: 'absent' }, { verifier: '' }, tokens);
  assert.equal(protocolOf(request).oauth_verifier, undefined);
});

test("each step's method and parameters are the service's", async () => {
  const { request: get } = await finish(
    { access_method: 'GET', access_params: { x: '1' }, access_token_url: 'https://w.example/i?title=T' },
    { verifier: 'v' },
    'oauth_token=at&oauth_token_secret=as',
  );
  assert.deepEqual([get.method, get.url.search, get.body], ['GET', '?title=T&x=1', undefined]);
});

test('the identity may stand in fields of the token answer that the service names', async () => {
  const body = 'oauth_token=at&oauth_token_secret=as&user_nsid=12%40N01&username=al&fullname=Al%20B';
  const named = { identity: { id: 'user_nsid', name: 'username' } };
  const grant = granted((await finish(named, { verifier: 'v' }, body)).reading);
  assert.deepEqual(grant.identity, { id: '12@N01', name: 'al' });
  assert.deepEqual(grant.extra, { user_nsid: '12@N01', username: 'al', fullname: 'Al B' });
  const asked = { identity: { url: 'https://api.example.com/me', id: 'user_nsid' } };
  const other = granted((await finish(asked, { verifier: 'v' }, body)).reading);
  assert.deepEqual(other.identity, { id: null, name: null }, 'with an address the names are of its answer');
});

test('how long tokens and consent last is read from the answer, and no extra field', async () => {
  const tokens = 'oauth_token=at&oauth_token_secret=as';
  const times = '&oauth_expires_in=3600&oauth_authorization_expires_in=7200';
  const grant = granted((await finish({}, { verifier: 'v' }, tokens + times)).reading);
  assert.deepEqual([grant.lifetimeMs, grant.consentLifetimeMs, grant.extra], [3_600_000, 7_200_000, {}]);
  for (const odd of ['0', '-1', 'soon', '1e9', '']) {
    const { reading } = await finish({}, { verifier: 'v' }, `${tokens}&oauth_expires_in=${odd}`);
    assert.equal(granted(reading).lifetimeMs, null, odd);
  }
});

test('what has no place in a service is refused by its path', () => {
  const paths = (changes: Params) =>
    checkOAuth1Service({ ...service, ...changes }).faults.map(({ path }) => path);
  assert.deepEqual(paths({ identity: { id: 'user_nsid', name: 'username' } }), []);
  assert.deepEqual(paths({ identity: { id: 'user_nsid', method: 'GET' } }), ['/identity/method']);
  assert.deepEqual(paths({ identity: { name: 'username' } }), ['/identity/url']);
  assert.deepEqual(paths({ callback_parameter: 'maybe' }), ['/callback_parameter']);
  assert.deepEqual(paths({ denial: 'nothing' }), ['/denial']);
  assert.deepEqual(paths({ authorization_token_name: 'token' }), []);
  const twice = { authorization_token_name: 'token', authorization_params: { token: 'x' } };
  assert.deepEqual(paths(twice), ['/authorization_token_name']);
  const { client_id: _id, client_secret: _secret, authentication_url: _url, ...pushed } = service;
  assert.deepEqual(checkOAuth1Service({ ...pushed, handshake: 'push' }).faults, []);
  assert.deepEqual(paths({ handshake: 'push', legs: 'two' }), ['/handshake']);
});
