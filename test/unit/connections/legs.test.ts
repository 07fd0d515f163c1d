/** Services whose record says how many legs they have, what must be there for each, and what signs for their accounts. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { test } from 'node:test';
import { parseOAuthHeader } from '../../../server/connections/oauth1/header.ts';
import { checks } from '../../../server/connections/oauth1/service-checks.ts';
import { oauth1 } from '../../../server/connections/providers/oauth1.ts';
import { readServiceDraft } from '../../../server/connections/service.ts';
import type { OutboundRequest } from '../../../server/delivery/delivery.ts';
import { HubError } from '../../../server/errors.ts';

const fresh = { nonce: 'n1', timestamp: 1_730_000_000 };
const get: OutboundRequest = { method: 'GET', url: new URL('https://api.example.com/x?a=1'), headers: [] };
const consumer = { client_id: 'key', client_secret: 'canary-secret' };

function protocolOf(request: OutboundRequest): Record<string, string> {
  const header = request.headers.find(([name]) => name === 'Authorization')?.[1] ?? '';
  return Object.fromEntries(parseOAuthHeader(header) ?? []);
}

function faultPaths(params: Record<string, unknown>): string[] {
  return oauth1.checkService(params).faults.map(({ path }) => path);
}

const urls = ['/request_token_url', '/authentication_url', '/access_token_url'];

test('what a service must have depends on its legs and on its method', () => {
  assert.deepEqual(faultPaths({}), ['/client_id', '/client_secret', ...urls]);
  assert.deepEqual(faultPaths({ ...consumer, legs: 'three' }), urls);
  assert.deepEqual(faultPaths({ ...consumer, legs: 'two' }), []);
  assert.deepEqual(faultPaths({ client_id: 'key', client_secret: '', legs: 'one' }), []);
  assert.deepEqual(faultPaths({ client_id: 'key', legs: 'one' }), ['/client_secret']);
  assert.deepEqual(faultPaths({ client_id: 'key', legs: 'one', signature_method: 'RSA-SHA256' }), []);
  assert.deepEqual(faultPaths({ legs: 'zero', signature_method: 'PLAINTEXT' }), []);
  assert.deepEqual(faultPaths({ ...consumer, legs: 'four' }), [...urls, '/legs']);
  assert.deepEqual(faultPaths({ legs: 'zero', empty_token: 'sent' }), ['/empty_token']);
});

test('with two legs and with one the consumer alone signs, and the account has no field', () => {
  for (const legs of ['two', 'one']) {
    const service = { ...consumer, legs };
    assert.deepEqual(oauth1.accountFieldsOf?.(service), []);
    assert.equal(oauth1.isLinkedByConsent?.(service), false);
    const sent = protocolOf(oauth1.authorize(get, service, {}, fresh));
    assert.equal(sent.oauth_consumer_key, 'key');
    assert.equal('oauth_token' in sent, false);
  }
});

test('an empty token is sent, and signed, where the record says so', () => {
  const service = { ...consumer, legs: 'two' };
  const empty = protocolOf(oauth1.authorize(get, { ...service, empty_token: 'sent' }, {}, fresh));
  assert.equal(empty.oauth_token, '');
  assert.notEqual(
    empty.oauth_signature,
    protocolOf(oauth1.authorize(get, service, {}, fresh)).oauth_signature,
  );
});

test('zero legs with a consumer key: the account holds the token that was handed out', () => {
  const service = { ...consumer, legs: 'zero' };
  assert.deepEqual(
    oauth1.accountFieldsOf?.(service).map(({ key }) => key),
    ['oauth_token', 'oauth_token_secret'],
  );
  const account = { oauth_token: 't', oauth_token_secret: 's' };
  const { oauth_consumer_key, oauth_token } = protocolOf(oauth1.authorize(get, service, account, fresh));
  assert.deepEqual([oauth_consumer_key, oauth_token], ['key', 't']);
});

test('zero legs without one: consumer key, token and secret stand in one text', () => {
  const service = { legs: 'zero', signature_method: 'PLAINTEXT' };
  const account = { api_key: ' ck:tk:canary-ts\n' };
  assert.deepEqual(
    oauth1.accountFieldsOf?.(service).map(({ key }) => key),
    ['api_key'],
  );
  assert.deepEqual(oauth1.checkAccount({ api_key: 'ck:tk:ts' }, service).faults, []);
  const sent = protocolOf(oauth1.authorize(get, service, account, fresh));
  assert.deepEqual(
    [sent.oauth_consumer_key, sent.oauth_token, sent.oauth_signature],
    ['ck', 'tk', '&canary-ts'],
  );
  assert.ok(
    oauth1.secrets(service, account).includes('canary-ts'),
    'the part is masked, not the whole alone',
  );
});

test('an account holds what its own service asks for', () => {
  const paths = (credentials: Record<string, string>, service?: Record<string, unknown>) =>
    oauth1.checkAccount(credentials, service).faults.map(({ path }) => path);
  const maas = { legs: 'zero' };
  assert.deepEqual(paths({ api_key: 'a:b:c' }), []);
  assert.deepEqual(paths({ api_key: 'a:b' }, maas), ['/api_key']);
  assert.deepEqual(paths({ api_key: 'a:b:c d' }, maas), ['/api_key']);
  assert.deepEqual(paths({ oauth_token: 't', oauth_token_secret: 's' }, maas), ['/api_key']);
  assert.deepEqual(paths({ api_key: 'a:b:c' }, { legs: 'three' }), ['/oauth_token', '/oauth_token_secret']);
});

test('a token that is missing is named before anything is signed', () => {
  for (const service of [consumer, { ...consumer, legs: 'zero' }, { legs: 'zero' }]) {
    assert.throws(
      () => oauth1.authorize(get, service, {}, fresh),
      (error: unknown) => error instanceof HubError && error.code === 'request_refused',
    );
    assert.equal(oauth1.explain?.(get, service, {}), null);
  }
});

test('an empty consumer secret signs', () => {
  const service = { client_id: 'any name', client_secret: '', legs: 'one', signature_method: 'PLAINTEXT' };
  assert.equal(protocolOf(oauth1.authorize(get, service, {}, fresh)).oauth_signature, '&');
});

test('RSA signs with the key of the service and with neither secret', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  for (const [method, hash] of [
    ['RSA-SHA1', 'sha1'],
    ['RSA-SHA256', 'sha256'],
    ['RSA-SHA512', 'sha512'],
  ] as const) {
    const service = { client_id: 'key', legs: 'one', signature_method: method, rsa_private_key: privateKey };
    assert.equal(oauth1.signsWithKeyPair?.(service), true);
    const sent = protocolOf(oauth1.authorize(get, service, {}, fresh));
    const base = `GET&https%3A%2F%2Fapi.example.com%2Fx&${encodeURIComponent(
      `a=1&oauth_consumer_key=key&oauth_nonce=n1&oauth_signature_method=${method}&oauth_timestamp=1730000000&oauth_version=1.0`,
    )}`;
    const signature = Buffer.from(sent.oauth_signature ?? '', 'base64');
    assert.ok(verify(hash, Buffer.from(base), publicKey, signature), method);
  }
});

test('a service with an RSA method and no key signs nothing', () => {
  const service = { client_id: 'key', legs: 'one', signature_method: 'RSA-SHA1' };
  assert.throws(() => oauth1.authorize(get, service, {}, fresh), /private key/);
});

test('a private key cannot be brought in as a parameter', () => {
  const params = { client_id: 'key', legs: 'one', signature_method: 'RSA-SHA1', rsa_private_key: 'PEM' };
  assert.deepEqual(faultPaths(params), ['/rsa_private_key']);
});

test('PLAINTEXT goes nowhere in the clear: neither as an address of the service nor as a request', () => {
  const service = { ...consumer, legs: 'one', signature_method: 'PLAINTEXT' };
  const open = 'http://api.example.com/x';
  assert.deepEqual(
    faultPaths({
      ...service,
      identity: { url: open },
      revoke: { url: open },
      lifetime: { kind: 'idle', idle_minutes: 120, renew_url: open },
    }),
    ['/identity/url', '/lifetime/renew_url', '/revoke/url'],
  );
  assert.throws(
    () => oauth1.authorize({ ...get, url: new URL(open) }, service, {}, fresh),
    (error: unknown) => error instanceof HubError && /https/.test(error.message),
  );
  const here = oauth1.authorize({ ...get, url: new URL('http://127.0.0.1:1/x') }, service, {}, fresh);
  assert.ok(here.headers.length > 0);
});

test('hosts are told what they receive: no access token where there is none', () => {
  const service = { ...consumer, legs: 'one', identity: { url: 'https://api.example.com/me' } };
  assert.deepEqual(oauth1.hosts(service), [{ host: 'api.example.com', receives: ['consumer key'] }]);
  const revoked = oauth1.hosts({ ...service, legs: 'zero', revoke: { url: 'https://id.example.com/end' } });
  assert.deepEqual(revoked.at(-1), { host: 'id.example.com', receives: ['consumer key', 'access token'] });
});

test('lifetime, rate headers and the revoke call are checked member by member', () => {
  const service = { ...consumer, legs: 'one' };
  const cases: [Record<string, unknown>, string[]][] = [
    [{ lifetime: { kind: 'never' } }, []],
    [{ lifetime: { kind: 'fixed' } }, ['/lifetime/days']],
    [{ lifetime: { kind: 'fixed', days: 0 } }, ['/lifetime/days']],
    [{ lifetime: { kind: 'fixed', days: '90' } }, ['/lifetime/days']],
    [{ lifetime: { kind: 'fixed', days: 36_501 } }, ['/lifetime/days']],
    [
      { lifetime: { kind: 'fixed', days: 1e300, warn_days: 1e300 } },
      ['/lifetime/days', '/lifetime/warn_days'],
    ],
    [{ lifetime: { kind: 'idle', idle_minutes: 1e12 } }, ['/lifetime/idle_minutes']],
    [{ identity: { url: 'https://x.example/me', every_hours: 1e12 } }, ['/identity/every_hours']],
    [{ lifetime: { kind: 'idle', daily_end: 'America/New_York' } }, ['/lifetime/idle_minutes']],
    [{ lifetime: { kind: 'idle', idle_minutes: 120, daily_end: 'New York' } }, ['/lifetime/daily_end']],
    [{ lifetime: { kind: 'session', warn_days: 0 } }, []],
    [
      { lifetime: { kind: 'session', renew_url: 'x', renew_method: 'PUT' } },
      ['/lifetime/renew_url', '/lifetime/renew_method'],
    ],
    [{ lifetime: { kind: 'moon' } }, ['/lifetime/kind']],
    [{ lifetime: 'never' }, ['/lifetime']],
    [{ rate_headers: { remaining: 'X-Discogs-Ratelimit-Remaining', reset_kind: 'seconds' } }, []],
    [{ rate_headers: { remaining: 'not a header' } }, ['/rate_headers/remaining']],
    [{ rate_headers: { reset_kind: 'days' } }, ['/rate_headers/reset_kind']],
    [{ rate_headers: { rest: 'x' } }, ['/rate_headers/rest']],
    [{ revoke: { url: 'https://x.example/end', method: 'DELETE', params: { a: 'b' } } }, []],
    [{ revoke: { method: 'PUT' } }, ['/revoke/url', '/revoke/method']],
    [{ revoke: { url: 'https://x.example/', params: { oauth_token: 'x' } } }, ['/revoke/params/oauth_token']],
    [{ notes: ['a', 'b'] }, []],
    [{ notes: 5 }, ['/notes']],
  ];
  for (const [params, paths] of cases) {
    assert.deepEqual(faultPaths({ ...service, ...params }), paths, JSON.stringify(params));
  }
});

test('every parameter has its field on the form, but for spellings of Cerb and the hosts', () => {
  const unshown = ['signature_method_', 'grant_type', 'allowed_hosts'];
  const shown = oauth1.serviceFields.map(({ key }) => key);
  assert.deepEqual([...shown, ...unshown].sort(), Object.keys(checks).sort());
});

test('reading a service warns of a key that is to be made, and of requests that can go nowhere', () => {
  const providers = new Map([[oauth1.id, oauth1]]);
  const read = (params: Record<string, unknown>) =>
    readServiceDraft({ name: 'S', extension_id: oauth1.id, params }, providers);
  const { faults, warnings } = read({ client_id: 'key', legs: 'one', signature_method: 'RSA-SHA1' });
  assert.deepEqual(faults, []);
  assert.deepEqual(
    warnings.map(({ path }) => path),
    ['/params/signature_method', '/params/allowed_hosts'],
  );
  assert.match(warnings[0]?.message ?? '', /make or paste one on its card/);
  assert.deepEqual(read({ ...consumer, legs: 'one', allowed_hosts: ['api.example.com'] }).warnings, []);
});
