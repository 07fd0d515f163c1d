import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileOfPackage } from '../../../server/commands/sandbox-profile.ts';
import { profileOfService } from '../../../server/commands/service-profile.ts';
import { HubError } from '../../../server/errors.ts';
import { readLibrary } from '../../../server/packages/library.ts';
import { twitter } from '../../../server/sandbox/profile.ts';
import { profileFacts } from '../../../server/sandbox/profiles.ts';

const urls = {
  request_token_url: 'https://api.shop.example/w/index.php?title=Special:OAuth/initiate',
  authentication_url: 'https://www.shop.example/authorize',
  access_token_url: 'https://api.shop.example/access',
};
const profileOf = (params: Record<string, unknown>) =>
  profileOfService('shop', 'Shop', { ...urls, ...params });

test('a service that says nothing special is a profile that takes what the product sends by default', () => {
  const profile = profileOf({});
  assert.deepEqual(profile.endpoints, [
    { of: 'request', methods: ['POST'], target: '/w/index.php?title=Special:OAuth/initiate' },
    { of: 'authorize', methods: ['GET', 'POST'], target: '/authorize' },
    { of: 'access', methods: ['POST'], target: '/access' },
  ]);
  assert.deepEqual(profile.origins, ['https://api.shop.example', 'https://www.shop.example']);
  assert.deepEqual(
    [profile.legs, profile.signatureMethods, profile.transports],
    ['three', ['HMAC-SHA1'], ['header']],
  );
  assert.deepEqual(
    [profile.pin, profile.verifier, profile.realm, profile.bodyHash],
    [null, 'required', null, null],
  );
  assert.deepEqual(profile.tokenAnswer.fields, { user_id: '{id}', screen_name: '{screen_name}' });
});

const cases: [
  string,
  Record<string, unknown>,
  (profile: ReturnType<typeof profileOf>) => unknown,
  unknown,
][] = [
  ['its method', { signature_method: 'RSA-SHA256' }, (p) => p.signatureMethods, ['RSA-SHA256']],
  [
    'its method, misspelled as Cerb has it',
    { signature_method_: 'PLAINTEXT' },
    (p) => p.signatureMethods,
    ['PLAINTEXT'],
  ],
  ['its transport', { token_transport: 'body' }, (p) => p.transports, ['body']],
  ['its realm', { realm: 'A' }, (p) => p.realm, 'A'],
  ['its version', { oauth_version: 'absent' }, (p) => p.version, 'refused'],
  ['its body hash', { body_hash: 'sha256' }, (p) => p.bodyHash, { algorithm: 'sha256', isRequired: true }],
  ['its User-Agent', { user_agent: 'Desk' }, (p) => p.userAgent, 'required'],
  ['its legs', { legs: 'two', empty_token: 'sent' }, (p) => [p.legs, p.noToken], ['two', 'either']],
  ['its methods of steps', { request_method: 'get' }, (p) => p.endpoints[0]?.methods, ['GET']],
  ['its PIN', { callback: 'oob' }, (p) => p.pin, { asked: 'oob', digits: 6, isOpen: true }],
  ['its PIN without oob', { callback: 'oob', callback_parameter: 'absent' }, (p) => p.pin?.asked, 'omitted'],
  ['no callback in the first step', { callback_parameter: 'absent' }, (p) => p.callback.at, 'authorize'],
  ['no verifier', { verifier: 'absent' }, (p) => p.verifier, 'absent'],
  ['its denial', { denial: 'empty_verifier' }, (p) => p.deny, 'empty-verifier'],
  ['its push', { handshake: 'push' }, (p) => [p.isPushed, p.callback.at], [true, 'none']],
  ['the name of its token', { authorization_token_name: 'token' }, (p) => p.authorizeToken, 'token'],
  [
    'parameters of its steps, those that are filled in by any value',
    {
      request_params: { scope: 'a' },
      authorization_params: { key: '{consumer_key}' },
      access_params: { b: 'c' },
      revoke: { params: { d: 'e' } },
    },
    (p) => p.wanted,
    { request: { scope: 'a' }, authorize: { key: null }, access: { b: 'c' }, revoke: { d: 'e' } },
  ],
  [
    'fields of its token answer',
    { identity: { id: 'user_nsid', name: 'username' } },
    (p) => p.tokenAnswer.fields,
    { user_nsid: '{id}', username: '{screen_name}' },
  ],
  [
    'its who-am-I, lists included',
    { identity: { url: 'https://api.shop.example/me?x=1', id: 'a.0.id', name: 'a.0.b.name' } },
    (p) => [p.identity.answer, p.endpoints.at(-1)],
    [
      { a: [{ id: '{id}', b: { name: '{screen_name}' } }] },
      { of: 'identity', methods: ['GET'], target: '/me?x=1' },
    ],
  ],
  [
    'the header of the key that it grants',
    { request_header: { name: 'X-Key', field: 'oauth_token' } },
    (p) => p.keyHeader,
    { name: 'X-Key', holds: 'token' },
  ],
  ['a fixed life', { lifetime: { kind: 'fixed', days: 90 } }, (p) => p.lifetime, { fixedMs: 7_776_000_000 }],
  [
    'an idle life with its renewal',
    {
      lifetime: {
        kind: 'idle',
        idle_minutes: 120,
        daily_end: 'America/New_York',
        renew_url: 'https://api.shop.example/renew',
      },
    },
    (p) => [p.lifetime, p.endpoints.at(-1)],
    [
      { idleMs: 7_200_000, dailyEnd: 'America/New_York' },
      { of: 'renew', methods: ['GET'], target: '/renew' },
    ],
  ],
  ['a session', { lifetime: { kind: 'session' } }, (p) => p.lifetime.session?.tokenMs, 3_600_000],
  [
    'its revocation',
    { revoke: { url: 'https://api.shop.example/end', method: 'delete' } },
    (p) => p.endpoints.at(-1),
    { of: 'revoke', methods: ['DELETE'], target: '/end' },
  ],
  [
    'the names of its limits',
    {
      rate_headers: {
        limit: 'X-L',
        remaining: 'X-R',
        reset: 'X-S',
        reset_kind: 'seconds',
        retry_after: 'Retry-After',
      },
    },
    (p) => [p.rate.headers, p.rate.resetKind, p.rate.retryAfter],
    [{ limit: 'X-L', remaining: 'X-R', reset: 'X-S' }, 'seconds', 'seconds'],
  ],
  [
    'hosts that no address of it has',
    { allowed_hosts: ['api.shop.example', 'img.shop.example:8443'] },
    (p) => p.origins.at(-1),
    'https://img.shop.example:8443',
  ],
];

for (const [what, params, look, expected] of cases) {
  test(`a profile has ${what}`, () => assert.deepEqual(look(profileOf(params)), expected));
}

test('what no param says is added by the name of the package', () => {
  assert.deepEqual(profileOfService('twitter', 'Twitter', urls), { ...twitter });
  const noun = profileOfService('noun-project', 'Noun', { legs: 'one' });
  assert.deepEqual([noun.freshness.nonceLength.least, noun.freshness.toleranceSeconds], [8, 300]);
});

test("a package's prompts are answered, by default or by a host that exists nowhere", () => {
  const text = JSON.stringify({
    package: {
      name: 'Shop',
      revision: 1,
      requires: { cerb_version: '9.1.0', plugins: [] },
      configure: {
        placeholders: [],
        prompts: ['host', 'site'].map((key) => ({
          type: 'text',
          label: key,
          key,
          params: { default: key === 'site' ? 'site.example' : '' },
        })),
      },
    },
    records: [
      {
        uid: 's',
        _context: 'connected_service',
        name: 'Shop',
        extension_id: 'cerb.service.provider.oauth1',
        params: { request_token_url: 'https://{{{host}}}/a', access_token_url: 'https://{{{site}}}/b' },
      },
    ],
  });
  const origins = (answers?: Record<string, string>) => profileOfPackage('shop', text, answers).origins;
  assert.deepEqual(origins(), ['https://service.example', 'https://site.example']);
  assert.deepEqual(origins({ host: 'mine.example' }), ['https://mine.example', 'https://site.example']);
});

test('a package without an OAuth 1.0a service, or none at all, is refused by its name', () => {
  for (const [text, code] of [
    ['{"package":{"name":"X","revision":1,"requires":{"cerb_version":"9.1.0","plugins":[]}}}', 'not_found'],
    ['{', 'bad_request'],
  ] as const)
    assert.throws(
      () => profileOfPackage('shop', text),
      (error) => error instanceof HubError && error.code === code && /shop/.test(error.message),
    );
});

test('what is known beside a package is known of a package that is there', () => {
  const library = readLibrary();
  assert.deepEqual(
    Object.keys(profileFacts).filter((name) => !library.has(name)),
    [],
  );
});
