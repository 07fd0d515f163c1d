import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OAuth1RefusalCode } from '../../../../server/connections/oauth1/refusal.ts';
import { OAuth1Refusal } from '../../../../server/connections/oauth1/refusal.ts';
import {
  type SigningCredentials,
  type SigningParams,
  sign,
} from '../../../../server/connections/oauth1/sign.ts';
import { signLine } from '../../../../server/connections/oauth1/sign-line.ts';

const request = { method: 'GET', url: 'https://api.example.com/x', headers: [], body: null };
const credentials: SigningCredentials = {
  consumerKey: 'test-key',
  consumerSecret: 'test-secret',
  token: 'test-token',
  tokenSecret: 'test-token-secret',
};
const params: SigningParams = {
  signatureMethod: 'HMAC-SHA1',
  nonce: 'n1',
  timestamp: 1_730_000_000,
  version: '1.0',
};

function rsaPem(bits: number): string {
  return generateKeyPairSync('rsa', { modulusLength: bits })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
}

function refusal(run: () => unknown): OAuth1RefusalCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof OAuth1Refusal) return error.code;
    throw error;
  }
}

test('an RSA key that is short, public, encrypted, of another kind or no key is refused, each with its code', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const encrypted = rsa.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'test',
  });
  const cases: [string | null, string, OAuth1RefusalCode][] = [
    [rsaPem(512), 'RSA-SHA1', 'rsa_key_too_short'],
    [rsaPem(1024), 'RSA-SHA256', 'rsa_key_too_short'],
    [rsaPem(1024), 'RSA-SHA512', 'rsa_key_too_short'],
    [rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'RSA-SHA1', 'rsa_key_public'],
    [ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'RSA-SHA1', 'rsa_key_not_rsa'],
    [encrypted.toString(), 'RSA-SHA1', 'rsa_key_encrypted'],
    ['not a key', 'RSA-SHA1', 'rsa_key_unreadable'],
    [null, 'RSA-SHA1', 'rsa_key_missing'],
  ];
  for (const [rsaPrivateKey, signatureMethod, code] of cases) {
    const run = () => sign(request, { ...credentials, rsaPrivateKey }, { ...params, signatureMethod });
    assert.equal(refusal(run), code);
  }
});

test('a key object signs as its PEM does', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const rsaParams = { ...params, signatureMethod: 'RSA-SHA256' };
  const byObject = sign(request, { ...credentials, rsaPrivateKey: privateKey }, rsaParams);
  const byPem = sign(request, { ...credentials, rsaPrivateKey: pem }, rsaParams);
  assert.equal(byObject.signature, byPem.signature);
});

test('what is missing or malformed is refused', () => {
  const cases: [OAuth1RefusalCode, () => unknown][] = [
    ['consumer_key_missing', () => sign(request, { ...credentials, consumerKey: '' }, params)],
    ['token_secret_missing', () => sign(request, { ...credentials, tokenSecret: null }, params)],
    ['nonce_invalid', () => sign(request, credentials, { ...params, nonce: '' })],
    ['timestamp_invalid', () => sign(request, credentials, { ...params, timestamp: 1.5 })],
    ['timestamp_invalid', () => sign(request, credentials, { ...params, timestamp: 0 })],
    ['body_hash_unknown', () => sign(request, credentials, { ...params, bodyHash: 'md5' })],
    [
      'signature_method_unknown',
      () => sign(request, credentials, { ...params, signatureMethod: 'hmac-sha1' }),
    ],
    [
      'signature_method_unknown',
      () => sign(request, credentials, { ...params, signatureMethod: 'toString' }),
    ],
    ['signature_method_unknown', () => sign(request, credentials, { ...params, signatureMethod: '' })],
    ['text_not_encodable', () => sign({ ...request, url: 'https://a.example/\ud800' }, credentials, params)],
    ['text_not_encodable', () => sign(request, { ...credentials, consumerSecret: '\udc00' }, params)],
    ['text_not_encodable', () => sign(request, credentials, { ...params, realm: '\ud800' })],
    ['realm_invalid', () => sign(request, credentials, { ...params, realm: 'a\u0000b' })],
    [
      'content_type_doubled',
      () => sign({ ...request, headers: [['Content-Type', 'text/plain, text/html']] }, credentials, params),
    ],
  ];
  for (const [code, run] of cases) assert.equal(refusal(run), code);
});

test('no refusal repeats a value it was given', () => {
  const canary = 'canary-value';
  const answers = [
    signLine(JSON.stringify({ id: 1, request: { ...request, url: `https://${canary}@x.example` } })),
    signLine(JSON.stringify({ id: 1, request: {}, [canary]: 1 })),
    signLine(`{"${canary}`),
  ];
  for (const answer of answers) assert.doesNotMatch(JSON.stringify(answer), new RegExp(canary));
});

test('parameters are told with their origin', () => {
  const form = {
    method: 'post',
    url: 'https://api.example.com/x?q=1+2',
    headers: [['content-type', 'application/x-www-form-urlencoded']] as const,
    body: Buffer.from('b=%C3%A9'),
  };
  const signed = sign(form, credentials, params);
  assert.equal(signed.method, 'POST');
  assert.deepEqual(signed.parameters.slice(0, 2), [
    { name: 'q', value: '1 2', origin: 'query' },
    { name: 'b', value: 'é', origin: 'body' },
  ]);
  assert.equal(
    signed.normalized,
    'b=%C3%A9&oauth_consumer_key=test-key&oauth_nonce=n1&oauth_signature_method=HMAC-SHA1&oauth_timestamp=1730000000&oauth_token=test-token&oauth_version=1.0&q=1%202',
  );
});

test('a line that is no vector gets an error, with its id where it can be read', () => {
  const cases: [string, unknown, string][] = [
    ['', null, 'not_json'],
    ['{', null, 'not_json'],
    ['[]', null, 'vector_invalid'],
    ['{"id":"a"}', 'a', 'vector_invalid'],
    ['{"id":7,"request":{"method":"GET"}}', 7, 'vector_invalid'],
    [line({ params: { ...params, timestamp: '1' } }), 'v', 'vector_invalid'],
    [line({ params: { ...params, bodyhash: 'sha1' } }), 'v', 'vector_invalid'],
    [line({ request: { ...request, headers: {}, bodyBase64: '!!' } }), 'v', 'vector_invalid'],
    [line({ credentials: { ...credentials, token: 5 } }), 'v', 'vector_invalid'],
  ];
  for (const [text, id, code] of cases) {
    const answer = signLine(text);
    assert.ok('error' in answer);
    assert.deepEqual([answer.id, answer.error.code], [id, code], text);
  }
});

function line(changes: object): string {
  return JSON.stringify({ id: 'v', request: { ...request, headers: {} }, credentials, params, ...changes });
}

/*
 * The second implementation: RFC 5849 §3.4 to §3.6 over bytes, sharing nothing with the signer. It starts from
 * the decoded parameters that the generator made, so that it also checks how the signer decodes.
 */
const unreserved = new Set(Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~'));

function escapeBytes(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    out += unreserved.has(byte)
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}

function referenceSignature(
  method: string,
  baseUrl: string,
  pairs: [string, string][],
  hash: string,
  secrets: [string, string],
): { base: string; signature: string } {
  const encoded = pairs.map(([name, value]): [string, string] => [escapeBytes(name), escapeBytes(value)]);
  encoded.sort(
    ([a, x], [b, y]) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)) || Buffer.compare(Buffer.from(x), Buffer.from(y)),
  );
  const normalized = encoded.map((pair) => pair.join('=')).join('&');
  const base = [method.toUpperCase(), baseUrl, normalized].map(escapeBytes).join('&');
  const signature = createHmac(hash, secrets.map(escapeBytes).join('&')).update(base).digest('base64');
  return { base, signature };
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
);
const anyName = fc
  .oneof(anyText, fc.constantFrom('__proto__', 'constructor', 'a', 'a[]', 'realm', ''))
  .filter((name) => !name.startsWith('oauth_'));
const anyPairs = fc.array(fc.tuple(anyName, anyText), { maxLength: 6 });

/** As browsers write forms: a space as `+` or `%20`, everything else escaped or not as RFC 3986 lets it. */
function encodeLoosely(pairs: [string, string][], plus: boolean): string {
  const encode = (text: string) =>
    plus ? encodeURIComponent(text).replaceAll('%20', '+') : escapeBytes(text);
  // A pair without name and value must keep its "=", or it would be an empty piece that nobody signs.
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

test('any request gets the signature that a second implementation computes', () => {
  const anyCase = fc.record({
    method: fc.constantFrom('GET', 'post', 'PUT', 'DELETE', 'pAtCh'),
    path: fc
      .array(anyText.map(encodeURIComponent), { maxLength: 3 })
      .filter((p) => !p.some((s) => /^\.\.?$/.test(s))),
    query: anyPairs,
    form: anyPairs,
    plus: fc.boolean(),
    consumer: fc.tuple(
      anyText.filter((key) => key !== ''),
      anyText,
    ),
    token: fc.option(fc.tuple(anyText, anyText)),
    method2: fc.constantFrom('HMAC-SHA1', 'HMAC-SHA256', 'HMAC-SHA512'),
    nonce: anyText.filter((nonce) => nonce !== ''),
    verifier: fc.option(anyText),
    timestamp: fc.integer({ min: 1, max: 4_102_444_800 }),
  });
  fc.assert(
    fc.property(anyCase, (c) => {
      const path = `/${c.path.join('/')}`;
      const search = encodeLoosely(c.query, c.plus);
      const own: [string, string][] = [
        ['oauth_consumer_key', c.consumer[0]],
        ['oauth_signature_method', c.method2],
        ['oauth_timestamp', String(c.timestamp)],
        ['oauth_nonce', c.nonce],
      ];
      if (c.token) own.push(['oauth_token', c.token[0]]);
      if (c.verifier !== null) own.push(['oauth_verifier', c.verifier]);
      const expected = referenceSignature(
        c.method,
        `https://api.example.com${path}`,
        [...c.query, ...c.form, ...own],
        c.method2.slice('HMAC-'.length),
        [c.consumer[1], c.token?.[1] ?? ''],
      );
      const signed = sign(
        {
          method: c.method,
          url: `https://api.example.com${path}?${search}`,
          headers: [['Content-Type', 'application/x-www-form-urlencoded']],
          body: Buffer.from(encodeLoosely(c.form, c.plus)),
        },
        {
          consumerKey: c.consumer[0],
          consumerSecret: c.consumer[1],
          token: c.token?.[0] ?? null,
          tokenSecret: c.token?.[1] ?? null,
        },
        {
          signatureMethod: c.method2,
          nonce: c.nonce,
          timestamp: c.timestamp,
          verifier: c.verifier ?? undefined,
        },
      );
      assert.equal(signed.baseString, expected.base);
      assert.equal(signed.signature, expected.signature);
    }),
    { numRuns: 2000 },
  );
});
