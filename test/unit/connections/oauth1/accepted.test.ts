/** What the signer makes is accepted by a verifier and equals what a signer makes that share no code with it. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import oauthSign from 'oauth-sign';
import type { Pair } from '../../../../server/connections/oauth1/parameters.ts';
import { sign } from '../../../../server/connections/oauth1/sign.ts';
import { signatureMethodNames } from '../../../../server/connections/oauth1/signature-method.ts';
import { carriesForm, placeSignature, transports } from '../../../../server/connections/oauth1/transport.ts';
import type { OutboundRequest } from '../../../../server/delivery/delivery.ts';
import { createNonces } from '../../../../server/sandbox/nonces.ts';
import { verify } from '../../../../server/sandbox/verify.ts';
import { deepFreeze } from '../../../support/deep-freeze.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** All of Unicode, all of ASCII, and what some encoder somewhere gets wrong: left to chance it would hardly come up. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...'!\'()*~ +%&=;?#/[]|"<,@:éa1\u0000\u{1f600}'), maxLength: 12 }),
);
const someText = anyText.filter((text) => text !== '');
const anyName = fc
  .oneof(anyText, fc.constantFrom('__proto__', 'constructor', 'toString', 'a', 'a[]', 'realm', ''))
  .filter((name) => !name.startsWith('oauth_'));
const anyPairs = fc.array(fc.tuple(anyName, anyText), { maxLength: 6 });
const formType = 'application/x-www-form-urlencoded';

/** Origin as it is typed, and as it is signed. */
const origins = [
  ['https://api.example.com', 'https://api.example.com'],
  ['HTTPS://API.example.COM:443', 'https://api.example.com'],
  ['http://api.example.com:80', 'http://api.example.com'],
  ['https://api.example.com:8443', 'https://api.example.com:8443'],
  ['http://[::1]:8080', 'http://[::1]:8080'],
] as const;

const anyRequest = fc.record({
  method: fc.constantFrom('GET', 'POST', 'put', 'Patch', 'DELETE', 'HEAD', 'OPTIONS', 'X-PURGE'),
  origin: fc.constantFrom(...origins),
  path: fc
    .array(anyText.map(encodeURIComponent), { maxLength: 3 })
    .filter((segments) => !segments.some((segment) => /^\.\.?$/.test(segment))),
  query: anyPairs,
  fragment: fc.constantFrom('', '#top', '#a=b&c'),
  plus: fc.boolean(),
  body: fc.oneof(
    fc.constant({ kind: 'none' } as const),
    fc.record({
      kind: fc.constant('form' as const),
      pairs: anyPairs,
      type: fc.constantFrom(formType, `${formType}; charset=UTF-8`, 'Application/X-WWW-Form-URLEncoded'),
    }),
    fc.record({
      kind: fc.constant('other' as const),
      bytes: fc.uint8Array({ maxLength: 40 }),
      type: fc.constantFrom(
        'application/json',
        'text/plain',
        'multipart/form-data; boundary="a,b"',
        undefined,
      ),
    }),
  ),
});

const anySigning = fc.record({
  signatureMethod: fc.constantFrom(...signatureMethodNames),
  transport: fc.constantFrom(...transports),
  consumerKey: someText,
  consumerSecret: anyText,
  /** Three legs, two with an empty token, one or two without any. */
  token: fc.oneof(fc.record({ token: someText, tokenSecret: anyText }), fc.constant(''), fc.constant(null)),
  nonce: someText,
  timestamp: fc.integer({ min: 1, max: 4_102_444_800 }),
  version: fc.constantFrom('1.0', undefined),
  realm: fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 12 }), { nil: undefined }),
  callback: fc.option(fc.constantFrom('oob', 'https://hub.example/oauth/callback?a=ü'), { nil: undefined }),
  verifier: fc.option(someText, { nil: undefined }),
  bodyHash: fc.constantFrom('sha1', 'sha256', undefined),
});

type Request = typeof anyRequest extends fc.Arbitrary<infer T> ? T : never;
type Signing = typeof anySigning extends fc.Arbitrary<infer T> ? T : never;

test("every request is accepted by the sandbox's own verifier, whatever its method, transport and body", () => {
  fc.assert(
    fc.property(anyRequest, anySigning, (request, signing) => {
      const { sent } = signAndPlace(request, signing);
      const { token, consumerKey: key, consumerSecret: secret } = signing;
      const consumer = { key, secret, name: 'app', callbacks: [], publicKey };
      const judged = verify(
        {
          consumers: new Map([[key, consumer]]),
          nonces: createNonces(),
          now: signing.timestamp * 1000,
          verified: [],
        },
        wireOf(sent),
        token
          ? (value) => (value === token.token ? { secret: token.tokenSecret, consumer } : undefined)
          : undefined,
      );
      assert.deepEqual(judged.parameters, ownPairs(request));
      assert.equal(judged.protocol.get('oauth_version'), signing.version);
      assert.equal(judged.protocol.get('oauth_callback'), signing.callback);
      assert.equal(judged.protocol.get('oauth_verifier'), signing.verifier);
      assert.equal(judged.protocol.get('oauth_token'), token === '' ? '' : token?.token);
      const hash = hashOf(request, signing);
      const hashed =
        hash &&
        createHash(hash)
          .update(sent.body ?? '')
          .digest('base64');
      assert.equal(judged.protocol.get('oauth_body_hash'), hashed);
    }),
    { numRuns: 3000 },
  );
});

test('every signature is the one that oauth-sign makes, for the methods it knows', () => {
  const known = ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT'] as const;
  fc.assert(
    fc.property(anyRequest, anySigning, fc.constantFrom(...known), (request, signing, signatureMethod) => {
      const { signed } = signAndPlace(request, { ...signing, signatureMethod });
      const parameters: Record<string, string[]> = Object.create(null);
      const protocol = signed.protocol.filter(([name]) => name !== 'oauth_signature');
      for (const [name, value] of [...ownPairs(request), ...protocol]) {
        parameters[name] = [...(parameters[name] ?? []), value];
      }
      const theirs = oauthSign.sign(
        signatureMethod,
        request.method,
        `${request.origin[1]}/${request.path.join('/')}`,
        parameters,
        signatureMethod === 'RSA-SHA1' ? pem : signing.consumerSecret,
        signing.token ? signing.token.tokenSecret : '',
      );
      assert.equal(signed.signature, theirs);
    }),
    { numRuns: 1500 },
  );
});

/** Signed from frozen inputs; the bytes handed in are the same afterwards. */
function signAndPlace(request: Request, signing: Signing) {
  const { token, transport, consumerKey, consumerSecret, bodyHash: _, ...params } = signing;
  const { method, origin, path, query, fragment, plus, body } = request;
  const search = query.length === 0 ? '' : `?${writeForm(query, plus)}`;
  const bytes = bytesOf(request);
  const before = bytes && Buffer.from(bytes);
  const url = `${origin[0]}/${path.join('/')}${search}${fragment}`;
  const headers: [string, string][] =
    body.kind === 'none' || body.type === undefined ? [] : [['Content-Type', body.type]];
  const signed = sign(
    deepFreeze({ method, url, headers, body: bytes ?? null }),
    deepFreeze({
      consumerKey,
      consumerSecret,
      token: token === '' ? '' : (token?.token ?? null),
      tokenSecret: token ? token.tokenSecret : '',
      rsaPrivateKey: pem,
    }),
    deepFreeze({ ...params, bodyHash: hashOf(request, signing) }),
  );
  const out: OutboundRequest = { method, url: new URL(url), headers, ...(bytes && { body: bytes }) };
  const sent = placeSignature(deepFreeze(out), signed, transport);
  assert.deepEqual(bytes && Buffer.from(bytes), before);
  return { signed, sent };
}

/** Forms have none, nor what becomes one when it takes up the protocol parameters. */
function hashOf(request: Request, { bodyHash, transport }: Signing): string | undefined {
  const { method, body } = request;
  const bytes = bytesOf(request);
  const headers: [string, string][] =
    body.kind === 'none' || body.type === undefined ? [] : [['Content-Type', body.type]];
  const url = new URL('https://api.example.com/');
  const becomesForm =
    transport === 'body' && carriesForm({ method, url, headers, ...(bytes && { body: bytes }) });
  return body.kind === 'form' || becomesForm ? undefined : bodyHash;
}

function bytesOf({ body, plus }: Request): Uint8Array | undefined {
  if (body.kind === 'none') return undefined;
  return body.kind === 'form' ? Buffer.from(writeForm(body.pairs, plus)) : body.bytes;
}

/** Query and form as the generator made them, before anything was encoded. */
function ownPairs({ query, body }: Request): Pair[] {
  return body.kind === 'form' ? [...query, ...body.pairs] : query;
}

/** As browsers write forms: a space as `+` or `%20`. A pair keeps its "=", or an empty one would vanish. */
function writeForm(pairs: readonly Pair[], plus: boolean): string {
  const encode = (text: string) => {
    const encoded = encodeURIComponent(text);
    return plus ? encoded.replaceAll('%20', '+') : encoded;
  };
  return pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

function wireOf({ method, url, headers, body = new Uint8Array() }: OutboundRequest) {
  const scheme = url.protocol === 'http:' ? 'http' : 'https';
  const target = `${url.pathname}${url.search}`;
  return { method, scheme, host: url.host, target, headers, body } as const;
}
