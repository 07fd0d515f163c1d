/** What services differ in, as settings of the sandbox: each is asked for, and each is refused when it is wrong. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type Profile, plain } from '../../server/sandbox/profile.ts';
import { send } from '../support/oauth-client.ts';
import { callback, origin, type Signing, startService } from '../support/sandbox-service.ts';

type Service = Awaited<ReturnType<typeof startService>>;

/** Runs with a sandbox of its own. */
async function withService(
  changes: Partial<Profile>,
  run: (service: Service) => Promise<void>,
  options?: Parameters<typeof startService>[1],
): Promise<void> {
  const service = await startService(changes, options);
  try {
    await run(service);
  } finally {
    await service.close();
  }
}

const json = { 'Content-Type': 'application/json' };
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const nextKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

for (const method of ['HMAC-SHA1', 'HMAC-SHA256', 'HMAC-SHA512', 'PLAINTEXT']) {
  test(`a service that signs with ${method} links by it and refuses every other method`, () =>
    withService({ signatureMethods: [method] }, async (service) => {
      const token = await service.link({ method });
      assert.equal((await service.call('/me', { method, token })).status, 200);
      const other = method === 'HMAC-SHA1' ? 'HMAC-SHA256' : 'HMAC-SHA1';
      assert.equal((await service.call('/me', { method: other, token })).status, 400);
      assert.equal(service.last()?.refused, 'signature allowed');
    }));
}

for (const method of ['RSA-SHA1', 'RSA-SHA256', 'RSA-SHA512']) {
  test(`a service that signs with ${method} checks by the registered key, and by both while they change`, () =>
    withService({ signatureMethods: [method] }, async (service) => {
      const { sandbox } = service;
      sandbox.setPublicKeys('app', keys.publicKey);
      const token = await service.link({ method, privateKey: keys.privateKey });
      const call = (privateKey: typeof keys.privateKey) => service.call('/me', { method, privateKey, token });
      assert.equal((await call(nextKeys.privateKey)).status, 401);
      sandbox.setPublicKeys('app', keys.publicKey, nextKeys.publicKey);
      assert.equal((await call(keys.privateKey)).status, 200);
      assert.equal((await call(nextKeys.privateKey)).status, 200);
      sandbox.setPublicKeys('app', nextKeys.publicKey);
      assert.equal((await call(keys.privateKey)).status, 401);
      assert.equal(service.last()?.refused, 'signature');
    }));
}

for (const place of ['header', 'query', 'body'] as const) {
  test(`a service that takes its parameters in the ${place} refuses them elsewhere`, () =>
    withService({ transports: [place] }, async (service) => {
      const token = await service.link({ place });
      const request = place === 'body' ? { method: 'POST' } : {};
      assert.equal((await service.call('/me', { place, token }, request)).status, 200);
      const other = place === 'header' ? 'query' : 'header';
      assert.equal((await service.call('/me', { place: other, token }, request)).status, 400);
      assert.equal(service.last()?.refused, 'transport');
    }));
}

test('where parameters stand in the body, what has no form names them in its header', () =>
  withService({ transports: ['body'] }, async (service) => {
    const token = await service.link({ place: 'body' });
    assert.equal((await service.call('/me', { token })).status, 200);
    const posted = await service.call('/x', { token }, { method: 'POST', headers: json, body: '{}' });
    assert.equal(posted.status, 200);
    assert.equal((await service.call('/me', { token, place: 'query' })).status, 400);
  }));

test('a realm is asked for to the letter, quotes included, and is not part of what is signed', () =>
  withService({ realm: 'A "B", C' }, async (service) => {
    const token = await service.link({ realm: 'A "B", C' });
    for (const realm of ['A', undefined]) {
      await service.call('/me', { token, ...(realm !== undefined && { realm }) });
      assert.equal(service.last()?.refused, 'realm');
    }
  }));

test('oauth_version is required, refused, or left to the app', async () => {
  const cases: [Profile['version'], Record<string, string>, string | null][] = [
    ['required', {}, 'version'],
    ['required', { oauth_version: '1.0' }, null],
    ['refused', { oauth_version: '1.0' }, 'version'],
    ['refused', {}, null],
    ['optional', { oauth_version: '1.0' }, null],
    ['optional', {}, null],
  ];
  for (const [version, extra, refused] of cases)
    await withService({ version }, async (service) => {
      await service.askRequest({ extra });
      assert.equal(service.last()?.refused, refused, `${version} ${JSON.stringify(extra)}`);
    });
});

test('a body hash is checked by its algorithm, wanted with every body that is no form, and refused with one', () =>
  withService({ bodyHash: { algorithm: 'sha256', isRequired: true } }, async (service) => {
    const token = await service.link();
    const send = (signing: Signing, headers = json, body = '{"a":1}') =>
      service.call('/things', { token, ...signing }, { method: 'POST', headers, body });
    assert.equal((await send({ bodyHash: 'sha256' })).status, 200);
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    for (const wrong of [
      send({}),
      send({ bodyHash: 'sha1' }),
      send({ extra: { oauth_body_hash: 'x' } }),
      send({ bodyHash: 'sha256' }, form, 'a=1'),
    ]) {
      assert.equal((await wrong).status, 400);
      assert.equal(service.last()?.refused, 'body hash');
    }
    assert.equal((await send({}, form, 'a=1')).status, 200);
    assert.equal((await service.call('/me', { token })).status, 200);
  }));

test('a User-Agent may be asked for', () =>
  withService({ userAgent: 'required' }, async (service) => {
    assert.equal((await service.askRequest()).answer.status, 400);
    assert.equal(service.last()?.refused, 'user agent');
    const named = await service.askRequest({}, { headers: { 'User-Agent': 'Desk/1' } });
    assert.equal(named.answer.status, 200);
  }));

for (const [legs, noToken, token, refused] of [
  ['one', 'absent', undefined, null],
  ['one', 'absent', { token: '', secret: '' }, 'empty token'],
  ['two', 'empty', { token: '', secret: '' }, null],
  ['two', 'empty', undefined, 'empty token'],
  ['two', 'either', { token: '', secret: '' }, null],
  ['two', 'either', { token: 'some', secret: '' }, 'token'],
] as const) {
  const shown = token ? (token.token === '' ? 'an empty token' : 'a token') : 'no token';
  test(`${legs} legs, oauth_token ${noToken}: ${shown} is ${refused ? 'refused' : 'accepted'}`, () =>
    withService({ legs, noToken }, async (service) => {
      await service.call('/me', token ? { token } : {});
      assert.equal(service.last()?.refused, refused);
      if (!refused) assert.deepEqual(service.last()?.authenticated, { consumer: 'Desk', user: 'alice' });
    }));
}

test('no legs: a token at hand signs with an empty consumer secret', () =>
  withService(
    { legs: 'zero', signatureMethods: ['PLAINTEXT'], endpoints: [] },
    async (service) => {
      const token = { token: 'tok', secret: 'sec' };
      service.sandbox.issueToken('app', 'bob', token);
      assert.equal((await service.call('/MAAS/x', { method: 'PLAINTEXT', token })).status, 200);
      assert.equal(service.last()?.authenticated?.user, 'bob');
      const wrong = { ...token, secret: 'other' };
      assert.equal((await service.call('/MAAS/x', { method: 'PLAINTEXT', token: wrong })).status, 401);
      assert.equal((await service.call('/oauth/request_token', { method: 'PLAINTEXT' })).status, 401);
    },
    { secret: '' },
  ));

test('whoever calls is an app where none is registered', () =>
  withService({ consumers: 'any', callback: { at: 'request', match: 'any' } }, async (service) => {
    const consumer = { key: 'My desk', secret: '' };
    const token = await service.link({ consumer });
    assert.equal((await service.call('/me', { consumer, token })).status, 200);
    assert.deepEqual(service.last()?.authenticated, { consumer: 'My desk', user: 'alice' });
  }));

test('endpoints stand at any path, share one with their query, and take the methods they say', () =>
  withService(
    {
      endpoints: [
        { of: 'request', methods: ['GET'], target: '/w/index.php?title=Special:OAuth/initiate' },
        {
          of: 'authorize',
          methods: ['GET', 'POST'],
          target: '/w/index.php?title=Special%3AOAuth%2Fauthorize',
        },
        { of: 'access', methods: ['POST'], target: '/w/index.php?title=Special:OAuth/token' },
        { of: 'identity', methods: ['GET'], target: '/api/v2!authuser' },
      ],
    },
    async (service) => {
      const token = await service.link();
      assert.deepEqual(
        service.sandbox.journal.entries().map(({ endpoint }) => endpoint),
        ['request', 'authorize', 'authorize', 'access'],
      );
      assert.equal(
        (await service.call('/api/v2!authuser', { token })).text,
        '{"id":"9007199254740993","name":"alice"}',
      );
      assert.equal((await service.call('/w/index.php?title=Other', { token })).status, 200);
      const posted = await service.askRequest({}, { method: 'POST' });
      assert.notEqual(posted.answer.status, 200);
    },
  ));

test('calls are verified for the origin that they were meant for, of several', () =>
  withService(
    { origins: ['https://www.service.example', 'https://api.service.example:8443'] },
    async (service) => {
      for (const origin of ['https://www.service.example', 'https://api.service.example:8443']) {
        const extra = { oauth_callback: callback };
        const answer = await service.call('/oauth/request_token', { extra }, { method: 'POST', origin });
        assert.equal(answer.status, 200);
        assert.equal(service.last()?.host, new URL(origin).host);
      }
      const elsewhere = await service.call('/oauth/request_token', {}, { method: 'POST' });
      assert.equal(elsewhere.status, 400);
    },
  ));

test('steps ask for parameters of their own, by value or by name', () =>
  withService(
    {
      wanted: {
        request: { scope: 'read,write' },
        authorize: { perms: null },
        access: { store: '7' },
        revoke: { why: null },
      },
    },
    async (service) => {
      const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } };
      assert.equal((await service.askRequest()).answer.status, 400);
      assert.equal(service.last()?.refused, 'parameter scope');
      const request = await service.askRequest({}, { ...form, body: 'scope=read%2Cwrite' });
      assert.equal((await service.decide(request.token)).page.status, 400);
      const { page, back } = await service.decide(request.token, 'authorize', '&perms=write');
      assert.match(page.text, /<li>perms: <code>write<\/code><\/li>/);
      const verifier = back.get('oauth_verifier') ?? '';
      assert.equal((await service.askAccess(request, verifier)).answer.status, 400);
      assert.equal(service.last()?.refused, 'parameter store');
      const token = await service.askAccess(request, verifier, {}, { ...form, body: 'store=7' });
      assert.equal(token.answer.status, 200);
      const revoke = (query: string) => service.call(`/oauth/revoke${query}`, { token }, { method: 'POST' });
      assert.deepEqual([(await revoke('')).status, (await revoke('?why=bored')).status], [400, 200]);
    },
  ));

test('the consent address may call the token by another name', () =>
  withService(
    { authorizeToken: 'token', wanted: { ...plain.wanted, authorize: { key: 'app' } } },
    async (service) => {
      const request = await service.askRequest();
      const { back } = await service.decide(request.token, 'authorize', '&key=app');
      assert.equal((await service.askAccess(request, back.get('oauth_verifier') ?? '')).answer.status, 200);
    },
  ));

test('without a verifier, as in OAuth 1.0, consent alone is enough and nothing is confirmed', () =>
  withService({ verifier: 'absent', callback: { at: 'authorize', match: 'exact' } }, async (service) => {
    const request = await service.askRequest({ extra: { oauth_callback: undefined } });
    assert.doesNotMatch(request.answer.text, /callback_confirmed/);
    assert.equal((await service.askAccess(request, undefined)).answer.status, 401);
    assert.equal(service.last()?.refused, 'consent');
    const asked = `&oauth_callback=${encodeURIComponent(callback)}`;
    const { answer, back } = await service.decide(request.token, 'authorize', asked);
    assert.ok(String(answer.headers.location).startsWith(callback));
    assert.deepEqual([...back.keys()], ['oauth_token']);
    assert.equal((await service.askAccess(request, undefined)).answer.status, 200);
    const other = await service.askRequest({ extra: { oauth_callback: undefined } });
    assert.equal(
      (await service.decide(other.token, 'authorize', '&oauth_callback=https://evil.example/')).page.status,
      403,
    );
  }));

test('a PIN has the digits that the service gives it, and is asked for by oob or by no callback at all', async () => {
  for (const [asked, oauth_callback] of [
    ['oob', 'oob'],
    ['omitted', undefined],
  ] as const)
    await withService({ pin: { asked, digits: 5, isOpen: true } }, async (service) => {
      const request = await service.askRequest({ extra: { oauth_callback } });
      const { answer } = await service.decide(request.token);
      const pin = /<code>(\d+)</.exec(answer.text)?.[1] ?? '';
      assert.equal(pin.length, 5);
      assert.equal((await service.askAccess(request, 'wrong')).answer.status, 401);
      assert.equal((await service.askAccess(request, pin)).answer.status, 200);
    });
  await withService({ pin: { asked: 'omitted', digits: 5, isOpen: true } }, async (service) => {
    assert.equal((await service.askRequest({ extra: { oauth_callback: 'oob' } })).answer.status, 403);
  });
  await withService({ pin: null }, async (service) => {
    assert.equal((await service.askRequest({ extra: { oauth_callback: 'oob' } })).answer.status, 403);
  });
});

test('callbacks are compared whole, by their beginning, or not at all', async () => {
  const longer = `${callback}?a=1`;
  const cases: [Profile['callback']['match'], string, number][] = [
    ['exact', longer, 403],
    ['prefix', longer, 200],
    ['prefix', 'https://evil.example/', 403],
    ['any', 'https://elsewhere.example/', 200],
    ['any', 'nowhere', 403],
  ];
  for (const [match, oauth_callback, status] of cases)
    await withService({ callback: { at: 'request', match } }, async (service) => {
      assert.equal((await service.askRequest({ extra: { oauth_callback } })).answer.status, status, match);
    });
});

test('a no is told as the service tells it', async () => {
  const told: [Profile['deny'], string[]][] = [
    ['denied', ['denied']],
    ['problem', ['oauth_token', 'oauth_problem']],
    ['empty-verifier', ['oauth_token', 'oauth_verifier']],
    ['nothing', []],
  ];
  for (const [deny, names] of told)
    await withService({ deny }, async (service) => {
      const request = await service.askRequest();
      const { back } = await service.decide(request.token, 'deny');
      assert.deepEqual([...back.keys()], names);
      assert.equal(back.get('oauth_verifier') ?? '', '');
      assert.equal((await service.askAccess(request, 'any')).answer.status, 401);
    });
});

test('token answers are forms or JSON under any name, with fields of their own; so are callbacks', () =>
  withService(
    {
      tokenAnswer: { format: 'json', type: 'text/html', fields: { user_nsid: '{id}', full: '{name}' } },
      callbackFields: { username: '{screen_name}', wp_scope: '{param:wp_scope}' },
    },
    async (service) => {
      const request = await service.askRequest();
      const { back } = await service.decide(request.token, 'authorize', '&wp_scope=all');
      assert.equal(back.get('username'), 'alice');
      assert.equal(back.get('wp_scope'), 'all');
      const { answer } = await service.askAccess(request, back.get('oauth_verifier') ?? '');
      assert.match(String(answer.headers['content-type']), /^text\/html/);
      const { user_nsid: id, full } = JSON.parse(answer.text);
      assert.deepEqual([id, full], ['9007199254740993', 'Alice Example']);
    },
  ));

test('nonces have a length, and may be unique for ever', () =>
  withService(
    {
      freshness: {
        ...plain.freshness,
        uniqueIn: 'consumer',
        nonceLength: { least: 8, most: 12 },
      },
    },
    async (service) => {
      for (const nonce of ['1234567', '1234567890123']) {
        await service.askRequest({ nonce });
        assert.equal(service.last()?.refused, 'nonce length');
      }
      assert.equal((await service.askRequest({ nonce: '12345678' })).answer.status, 200);
      await service.sandbox.clock.advance(10 * 24 * 3_600_000);
      assert.equal((await service.askRequest({ nonce: '12345678' })).answer.status, 401);
      assert.equal(service.last()?.refused, 'nonce');
    },
  ));

test('timestamps may have to grow, and the refusal says which would do', () =>
  withService(
    { freshness: { ...plain.freshness, isNonDecreasing: true, toleranceSeconds: 900 } },
    async (service) => {
      const now = Math.floor(service.sandbox.clock.now() / 1000);
      assert.equal((await service.askRequest({ timestamp: now + 800 })).answer.status, 200);
      const { answer } = await service.askRequest({ timestamp: now });
      assert.equal(service.last()?.refused, 'timestamp');
      assert.equal(
        answer.headers['www-authenticate'],
        `OAuth oauth_problem="timestamp_refused", oauth_acceptable_timestamps="${now - 900}-${now + 900}"`,
      );
    },
  ));

test('refusals are numbered, named as problems, or a line of text', async () => {
  const told: [Profile['errors'], RegExp][] = [
    ['codes', /^\{"errors":\[\{"code":89,/],
    ['problem', /^oauth_problem=token_rejected&oauth_problem_advice=/],
    ['text', /^Error: .* \(token_rejected\)$/],
  ];
  for (const [errors, pattern] of told)
    await withService({ errors }, async (service) => {
      assert.match((await service.call('/me', { token: { token: 'no', secret: '' } })).text, pattern);
    });
});

test('whoever may call any path is told what arrived and what was signed', () =>
  withService({}, async (service) => {
    const token = await service.link();
    const answer = await service.call('/a/b?c=d%20e', { token });
    const { user, path, parameters, base_string: base } = JSON.parse(answer.text);
    assert.deepEqual([user, path, parameters], ['alice', '/a/b', [{ name: 'c', value: 'd e' }]]);
    assert.ok(
      base.startsWith('GET&https%3A%2F%2Fservice.example%2Fa%2Fb&c%3Dd%2520e%26oauth_consumer_key%3Dapp'),
    );
  }));

test('where a granted key is sent as it is, calls carry it once and no signature beside it', () =>
  withService({ keyHeader: { name: 'X-Key', holds: 'secret' } }, async (service) => {
    const token = await service.link();
    const ask = (headers: [string, string][]) =>
      send(service.origin, '/me', { origin, headers: Object.fromEntries(headers) });
    const answer = await ask([['X-Key', token.secret]]);
    assert.equal(answer.text, '{"id":"9007199254740993","name":"alice"}');
    assert.equal((await ask([['X-Key', token.token]])).status, 401);
    assert.equal((await ask([])).status, 401);
    assert.equal((await service.call('/me', { token })).status, 401);
    const both = { headers: { 'X-Key': token.secret } };
    assert.equal((await service.call('/me', { token }, both)).status, 401);
    assert.equal(service.last()?.refused, 'granted key');
    service.sandbox.revokeToken(token.token);
    assert.equal((await ask([['X-Key', token.secret]])).status, 401);
  }));
