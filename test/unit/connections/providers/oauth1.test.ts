import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOAuthHeader } from '../../../../server/connections/oauth1/header.ts';
import { oauth1 } from '../../../../server/connections/providers/oauth1.ts';
import type { OutboundRequest } from '../../../../server/delivery/delivery.ts';
import { HubError } from '../../../../server/errors.ts';

const service = {
  grant_type: 'authorization_code',
  client_id: 'test-key',
  client_secret: 'test-consumer-secret',
  request_token_url: 'https://api.example.com/oauth/request_token',
  authentication_url: 'https://www.example.com/oauth/authenticate',
  access_token_url: 'https://api.example.com/oauth/access_token',
  signature_method_: 'HMAC-SHA1',
};
const account = { oauth_token: 'test-token', oauth_token_secret: 'test-token-secret', user_id: '12' };
const fresh = { nonce: 'n1', timestamp: 1_730_000_000 };

function protocolOf(request: OutboundRequest): Record<string, string> {
  const header = request.headers.find(([name]) => name === 'Authorization')?.[1] ?? '';
  return Object.fromEntries(parseOAuthHeader(header) ?? []);
}

const keyHeader = { name: 'X-Key', field: 'oauth_token_secret' };

function faultPaths(changes: Record<string, unknown>): string[] {
  return oauth1.checkService({ ...service, ...changes }).faults.map(({ path }) => path);
}

test('a package of the shape Cerb publishes has no fault, and the misspelt method gives a note', () => {
  const { faults, warnings } = oauth1.checkService(service);
  assert.deepEqual(faults, []);
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ['/signature_method_'],
  );
});

test('every parameter of the contract is taken', () => {
  const full = {
    allowed_hosts: ['api.example.com'],
    identity: { method: 'GET', url: 'https://api.example.com/me', id: 'id_str', name: 'screen_name' },
    token_transport: 'header',
    request_params: { scope: 'read,write' },
    authorization_params: { oauth_consumer_key: '{consumer_key}' },
    access_params: { x: 'y' },
    request_method: 'GET',
    access_method: 'POST',
    realm: 'Photos',
    body_hash: 'sha256',
    oauth_version: 'absent',
    callback: 'oob',
    verifier: 'absent',
    user_agent: 'Helpdesk/1.0',
    lifetime: { kind: 'fixed', days: 90, warn_days: 7 },
    rate_headers: { remaining: 'x-rate-limit-remaining' },
    notes: 'Paid.',
    steps: ['Make an app.'],
  };
  assert.deepEqual(faultPaths(full), []);
});

test('what is unknown, missing or of the wrong shape is a fault at its place', () => {
  const cases: [Record<string, unknown>, string[]][] = [
    [{ signature_metod: 'PLAINTEXT' }, ['/signature_metod']],
    [{ 'a/b~c': 1 }, ['/a~1b~0c']],
    [{ client_id: undefined }, ['/client_id']],
    [{ client_id: ' ' }, ['/client_id']],
    [{ client_secret: 5 }, ['/client_secret']],
    [{ request_token_url: undefined }, ['/request_token_url']],
    [{ request_token_url: '/oauth' }, ['/request_token_url']],
    [{ access_token_url: 'ftp://x.example/' }, ['/access_token_url']],
    [{ access_token_url: 'https://u:p@x.example/' }, ['/access_token_url']],
    [{ access_token_url: 'https://x.example/?oauth_token=1' }, ['/access_token_url']],
    [{ authentication_url: 'https://x.example/#f' }, ['/authentication_url']],
    [{ signature_method: 'HMAC-MD5' }, ['/signature_method']],
    [{ signature_method: 'RSA-MD5' }, ['/signature_method']],
    [{ allowed_hosts: 'api.example.com' }, ['/allowed_hosts']],
    [{ allowed_hosts: ['a', 1] }, ['/allowed_hosts/1']],
    [{ identity: 'https://x.example' }, ['/identity']],
    [{ identity: { name: 'n', path: 'x' } }, ['/identity/url', '/identity/path']],
    [{ token_transport: 'cookie' }, ['/token_transport']],
    [{ request_params: { oauth_token: 'x' } }, ['/request_params/oauth_token']],
    [{ request_params: { a: 1 } }, ['/request_params/a']],
    [{ authorization_params: { oauth_token: 'x' } }, ['/authorization_params/oauth_token']],
    [{ request_method: 'PUT' }, ['/request_method']],
    [{ realm: 'a\r\nb' }, ['/realm']],
    [{ user_agent: 'ü' }, ['/user_agent']],
    [{ realm: 'x', token_transport: 'query' }, ['/realm']],
    [{ body_hash: true }, ['/body_hash']],
    [{ oauth_version: '2.0' }, ['/oauth_version']],
    [{ lifetime: { a: {} } }, ['/lifetime/kind', '/lifetime/a']],
    [{ rate_headers: [] }, ['/rate_headers']],
    [{ steps: 'one' }, ['/steps']],
    [{ request_header: 'X-Key' }, ['/request_header']],
    [{ request_header: {} }, ['/request_header/name', '/request_header/field']],
    [{ request_header: { name: 'X Key', field: '' } }, ['/request_header/name', '/request_header/field']],
    [{ request_header: { name: 'cookie', field: 'oauth_token' } }, ['/request_header/name']],
    [{ request_header: keyHeader, legs: 'one' }, ['/request_header']],
    [{ request_header: keyHeader, identity: { url: 'http://x.example/me' } }, ['/identity/url']],
    [{ signature_method: 'PLAINTEXT', access_token_url: 'http://x.example/' }, ['/access_token_url']],
  ];
  for (const [changes, paths] of cases) assert.deepEqual(faultPaths(changes), paths, JSON.stringify(changes));
});

test('plain http and a pasted OAuth 2.0 Client ID are pointed out', () => {
  const clientId = Buffer.from('not-a-real-client:1:ci').toString('base64url');
  const { faults, warnings } = oauth1.checkService({
    ...service,
    client_id: clientId,
    request_token_url: 'http://intranet.example/request',
  });
  assert.deepEqual(faults, []);
  const paths = warnings.map(({ path }) => path);
  assert.ok(paths.includes('/client_id') && paths.includes('/request_token_url'));
});

test('an account is empty or has both halves of its token', () => {
  assert.deepEqual(oauth1.checkAccount({}).faults, []);
  assert.deepEqual(oauth1.checkAccount(account).faults, []);
  const half = oauth1.checkAccount({ oauth_token: 'x' }).faults.map(({ path }) => path);
  assert.deepEqual(half, ['/oauth_token_secret']);
});

test('each host is told with what it receives, PLAINTEXT secrets only where they are sent', () => {
  const api = ['consumer key', 'request token', 'access token'];
  assert.deepEqual(oauth1.hosts({ ...service, allowed_hosts: ['api.example.com', 'api2.example.com'] }), [
    { host: 'api.example.com', receives: api },
    { host: 'www.example.com', receives: ['request token'] },
    { host: 'api2.example.com', receives: ['consumer key', 'access token'] },
  ]);
  const [plain] = oauth1.hosts({ ...service, signature_method: 'PLAINTEXT' });
  assert.ok(plain?.receives.includes('consumer secret') && plain.receives.includes('access token secret'));
});

test('the secrets are those of service and account, not the remote identity', () => {
  assert.deepEqual(oauth1.secrets(service, account), [
    'test-consumer-secret',
    'test-token',
    'test-token-secret',
  ]);
});

test('a request is signed into a copy, in place of any Authorization it had', () => {
  const request: OutboundRequest = {
    method: 'get',
    url: new URL('https://api.example.com/1.1/x.json?q=a+b#f'),
    headers: [
      ['authorization', 'Bearer x'],
      ['User-Agent', 'Countersign'],
    ],
  };
  const signed = oauth1.authorize(request, { ...service, user_agent: 'Helpdesk/1.0' }, account, fresh);
  assert.equal(request.headers.length, 2);
  assert.equal(signed.method, 'GET');
  assert.equal(signed.url.href, 'https://api.example.com/1.1/x.json?q=a+b');
  assert.deepEqual(
    signed.headers.map(([name]) => name),
    ['User-Agent', 'Authorization'],
  );
  assert.equal(signed.headers[0]?.[1], 'Helpdesk/1.0');
  assert.equal(protocolOf(signed).oauth_token, 'test-token');
  assert.equal(protocolOf(signed).oauth_version, '1.0');
});

test('without a token, or where the request cannot be signed, nothing goes out', () => {
  const request = { method: 'GET', url: new URL('https://api.example.com/?oauth_token=x'), headers: [] };
  for (const credentials of [account, {}]) {
    assert.throws(
      () => oauth1.authorize(request, service, credentials, fresh),
      (error: unknown) => error instanceof HubError && error.code === 'request_refused',
    );
  }
  const doubled: OutboundRequest = {
    ...request,
    headers: [
      ['Content-Type', 'a/b'],
      ['content-type', 'c/d'],
    ],
  };
  assert.throws(() => oauth1.authorize(doubled, service, account, fresh), HubError);
});

test('the protocol parameters travel in query or form body where the service says so', () => {
  const get: OutboundRequest = { method: 'GET', url: new URL('https://api.example.com/x?a=1'), headers: [] };
  const inQuery = oauth1.authorize(get, { ...service, token_transport: 'query' }, account, fresh);
  assert.match(inQuery.url.search, /^\?a=1&oauth_consumer_key=test-key&oauth_token=test-token&/);
  assert.ok(inQuery.url.searchParams.has('oauth_signature'));
  assert.deepEqual(inQuery.headers, []);
  const post: OutboundRequest = { method: 'POST', url: get.url, headers: [], body: new Uint8Array() };
  const inBody = oauth1.authorize(post, { ...service, token_transport: 'body' }, account, fresh);
  assert.match(Buffer.from(inBody.body ?? []).toString(), /^oauth_consumer_key=test-key&/);
  assert.deepEqual(inBody.headers, [['Content-Type', 'application/x-www-form-urlencoded']]);
  const getWithBody = oauth1.authorize(get, { ...service, token_transport: 'body' }, account, fresh);
  assert.equal(protocolOf(getWithBody).oauth_token, 'test-token');
});

test('a body hash is sent with every body but a form', () => {
  const hashing = { ...service, body_hash: 'sha1' };
  const json: OutboundRequest = {
    method: 'POST',
    url: new URL('https://api.example.com/x'),
    headers: [['Content-Type', 'application/json']],
    body: Buffer.from('{}'),
  };
  assert.ok(protocolOf(oauth1.authorize(json, hashing, account, fresh)).oauth_body_hash);
  const form: OutboundRequest = {
    ...json,
    headers: [['Content-Type', 'application/x-www-form-urlencoded']],
    body: Buffer.from('a=1'),
  };
  assert.equal(protocolOf(oauth1.authorize(form, hashing, account, fresh)).oauth_body_hash, undefined);
});

test('a granted key travels in its header in place of a signature, and of any header of that name', () => {
  const headers: [string, string][] = [
    ['Accept', 'text/plain'],
    ['x-key', 'mine'],
  ];
  const request = { method: 'GET', url: new URL('https://api.example.com/me'), headers };
  const keyed = { ...service, request_header: keyHeader, user_agent: 'Desk/1' };
  assert.deepEqual(oauth1.authorize(request, keyed, account, fresh).headers, [
    ['Accept', 'text/plain'],
    ['User-Agent', 'Desk/1'],
    ['X-Key', 'test-token-secret'],
  ]);
  const byToken = { ...service, request_header: { name: 'Authorization', field: 'oauth_token' } };
  assert.deepEqual(oauth1.authorize(request, byToken, account, fresh).headers.at(-1), [
    'Authorization',
    'test-token',
  ]);
});

test('a granted key goes nowhere in the clear, nor where no header can hold it', () => {
  const keyed = { ...service, request_header: keyHeader };
  const request = (url: string) => ({ method: 'GET', url: new URL(url), headers: [] });
  const refusals: [string, Record<string, string>, RegExp][] = [
    ['http://api.example.com/me', account, /X-Key would send the key in the clear/],
    ['https://api.example.com/me', {}, /link it first/],
    ['https://api.example.com/me', { ...account, oauth_token_secret: 'ü' }, /no header can carry/],
    ['https://api.example.com/me', { ...account, oauth_token_secret: '' }, /no access token secret to send/],
  ];
  for (const [url, credentials, message] of refusals)
    assert.throws(
      () => oauth1.authorize(request(url), keyed, credentials, fresh),
      (error) => error instanceof HubError && error.code === 'request_refused' && message.test(error.message),
    );
});

test('of a granted key the hosts are told, and deliveries explain it masked; steps stay signed', () => {
  const keyed = { ...service, request_header: keyHeader, allowed_hosts: ['data.example.com'] };
  assert.deepEqual(oauth1.hosts(keyed), [
    { host: 'api.example.com', receives: ['consumer key', 'request token'] },
    { host: 'www.example.com', receives: ['request token'] },
    { host: 'data.example.com', receives: ['access token secret'] },
  ]);
  const request = { method: 'GET', url: new URL('https://data.example.com/me'), headers: [] };
  const sent = oauth1.authorize(request, keyed, account, fresh);
  assert.deepEqual(oauth1.explain?.(sent, keyed, account), [
    { label: 'Signature', value: 'none: this service takes the access token secret itself' },
    { label: 'Header X-Key', value: '[masked, 17 characters]' },
  ]);
  const signed = oauth1.authorize(request, service, account, fresh);
  assert.equal(oauth1.explain?.(signed, keyed, account)?.[0]?.value, 'HMAC-SHA1');
  assert.equal(oauth1.explain?.(request, keyed, account), null);
});
