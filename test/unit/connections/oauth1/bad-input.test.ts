/** What no signer should sign, line by line as `countersign sign` gets it, and what it must sign all the same. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { OAuth1RefusalCode } from '../../../../server/connections/oauth1/refusal.ts';
import { signLine } from '../../../../server/connections/oauth1/sign-line.ts';

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

interface Changes {
  request?: object;
  credentials?: object;
  params?: object;
}

function lineOf({ request, credentials, params }: Changes): string {
  return JSON.stringify({
    id: 'v',
    request: { method: 'GET', url: 'https://api.example.com/x', headers: {}, body: null, ...request },
    credentials: {
      consumerKey: 'test-key',
      consumerSecret: 'test-secret',
      token: 'test-token',
      tokenSecret: 'test-token-secret',
      ...credentials,
    },
    params: {
      signatureMethod: 'HMAC-SHA1',
      nonce: 'n1',
      timestamp: 1_730_000_000,
      version: '1.0',
      ...params,
    },
  });
}

function codeOf(changes: Changes): OAuth1RefusalCode | undefined {
  const answer = signLine(lineOf(changes));
  return 'error' in answer ? answer.error.code : undefined;
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = {
  short: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }),
  public: rsa.publicKey.export({ type: 'spki', format: 'pem' }),
  ec: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
};
const withKey = (rsaPrivateKeyPem: string | Buffer | null): Changes => ({
  credentials: { rsaPrivateKeyPem },
  params: { signatureMethod: 'RSA-SHA256' },
});
const post = (body: string, headers: object = form): Changes => ({
  request: { method: 'POST', headers, body },
});
const get = (url: string): Changes => ({ request: { url } });

const refused: [what: string, code: OAuth1RefusalCode, changes: Changes][] = [
  ['an unknown signature method', 'signature_method_unknown', { params: { signatureMethod: 'HMAC-MD5' } }],
  [
    'a signature method in lower case',
    'signature_method_unknown',
    { params: { signatureMethod: 'plaintext' } },
  ],
  ['no signature method', 'signature_method_unknown', { params: { signatureMethod: '' } }],
  ['an RSA key that is too short', 'rsa_key_too_short', withKey(pem.short)],
  ['a public key', 'rsa_key_public', withKey(pem.public)],
  ['an EC key', 'rsa_key_not_rsa', withKey(pem.ec)],
  ['a missing RSA key', 'rsa_key_missing', withKey(null)],
  ['text in place of an RSA key', 'rsa_key_unreadable', withKey('secret')],
  ['oauth_* in the query', 'protocol_parameter_in_query', get('https://api.example.com/x?oauth_token=other')],
  [
    'oauth_* escaped in the query',
    'protocol_parameter_in_query',
    get('https://api.example.com/x?o%61uth_x=1'),
  ],
  ['oauth_* in a form', 'protocol_parameter_in_body', post('a=1&oauth_callback=oob')],
  ['oauth_* escaped in a form', 'protocol_parameter_in_body', post('%6Fauth_nonce=1')],
  ['half a surrogate pair in the URL', 'text_not_encodable', get('https://api.example.com/\ud800')],
  ['half a surrogate pair in a body', 'text_not_encodable', post('\udfff', {})],
  ['half a surrogate pair in a token', 'text_not_encodable', { credentials: { token: 'a\ud800' } }],
  ['half a surrogate pair in a secret', 'text_not_encodable', { credentials: { tokenSecret: '\ud800' } }],
  ['half a surrogate pair in a verifier', 'text_not_encodable', { params: { verifier: '\ud800x' } }],
  ['half a surrogate pair in a callback', 'text_not_encodable', { params: { callback: '\ud800' } }],
  ['half a surrogate pair in a realm', 'text_not_encodable', { params: { realm: '\ud800' } }],
  ['a query with a lone %', 'query_not_decodable', get('https://api.example.com/x?q=100%')],
  ['a query that is not UTF-8', 'query_not_decodable', get('https://api.example.com/x?q=%E9')],
  ['a form with a broken escape', 'body_not_decodable', post('q=%zz')],
  ['a form that is not UTF-8', 'body_not_decodable', post('q=%E9')],
  ['JSON that calls itself a form', 'body_not_decodable', post('{"a":1}')],
  ['a control character in the realm', 'realm_invalid', { params: { realm: 'a\r\nX-Evil: 1' } }],
  ['a control character in the method', 'method_invalid', { request: { method: 'GET\r\nX: y' } }],
  ['a space in the method', 'method_invalid', { request: { method: 'GE T' } }],
  ['no method', 'method_invalid', { request: { method: '' } }],
  ['a user name in the URL', 'url_userinfo', get('https://user:pass@api.example.com/x')],
  ['another scheme', 'url_scheme', get('ftp://api.example.com/x')],
  ['a relative URL', 'url_invalid', get('/x')],
  [
    'two Content-Types in two spellings',
    'content_type_doubled',
    post('a=1', { ...form, 'content-type': 'text/plain' }),
  ],
  [
    'two Content-Types in one header',
    'content_type_doubled',
    post('a=1', { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8, text/plain' }),
  ],
  ['a body hash of a form', 'body_hash_with_form', { ...post('a=1'), params: { bodyHash: 'sha256' } }],
  ['an unknown body hash', 'body_hash_unknown', { params: { bodyHash: 'md5' } }],
  ['no consumer key', 'consumer_key_missing', { credentials: { consumerKey: '' } }],
  ['no consumer secret', 'consumer_secret_missing', { credentials: { consumerSecret: null } }],
  ['a token without its secret', 'token_secret_missing', { credentials: { tokenSecret: null } }],
  ['an empty nonce', 'nonce_invalid', { params: { nonce: '' } }],
  ['a timestamp in fractions', 'timestamp_invalid', { params: { timestamp: 1.5 } }],
  ['a misspelt parameter', 'vector_invalid', { params: { bodyhash: 'sha1' } }],
];

for (const [what, code, changes] of refused) {
  test(`${what} is refused as ${code}`, () => assert.equal(codeOf(changes), code));
}

test('a line that is not JSON is refused as not_json', () => {
  for (const line of ['', '{', 'GET https://api.example.com/', lineOf({}).slice(0, -1)]) {
    const answer = signLine(line);
    assert.ok('error' in answer);
    assert.deepEqual([answer.id, answer.error.code], [null, 'not_json']);
  }
});

test('where a request goes is not the business of the signer: it signs http, also with PLAINTEXT, and any host', () => {
  assert.equal(codeOf(get('http://api.example.com/x')), undefined);
  assert.equal(codeOf({ ...get('http://10.0.0.1/x'), params: { signatureMethod: 'PLAINTEXT' } }), undefined);
  assert.equal(codeOf(get('http://localhost:1/x')), undefined);
});

test('a comma inside a quoted boundary makes no second Content-Type', () => {
  assert.equal(codeOf(post('x', { 'Content-Type': 'multipart/form-data; boundary="a,b"' })), undefined);
});

test('PLAINTEXT needs no RSA key, and RSA needs neither secret', () => {
  assert.equal(codeOf({ params: { signatureMethod: 'PLAINTEXT' } }), undefined);
  const key = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' });
  const none = { consumerSecret: null, tokenSecret: null, rsaPrivateKeyPem: key };
  assert.equal(codeOf({ credentials: none, params: { signatureMethod: 'RSA-SHA512' } }), undefined);
});
