/** Who signs (one to three legs, or none) and what is sent of oauth_token and oauth_version. */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { parseOAuthHeader } from '../../../../server/connections/oauth1/header.ts';
import { type SigningCredentials, sign } from '../../../../server/connections/oauth1/sign.ts';

const json = {
  method: 'POST',
  url: 'https://api.example.com/x',
  headers: [['Content-Type', 'application/json']] as const,
  body: Buffer.from('{"a":"é"}'),
};
const params = { signatureMethod: 'HMAC-SHA1', nonce: 'n1', timestamp: 1_730_000_000 };

const legs: [name: string, credentials: SigningCredentials, token: string | undefined, key: string][] = [
  [
    'zero legs: the consumer has no secret, the token signs',
    { consumerKey: 'ck', consumerSecret: '', token: 'tk', tokenSecret: 'ts' },
    'tk',
    '&ts',
  ],
  [
    'one leg: the consumer signs, there is no token',
    { consumerKey: 'ck', consumerSecret: 'cs', token: null, tokenSecret: null },
    undefined,
    'cs&',
  ],
  [
    'two legs: the consumer signs, the token is sent empty',
    { consumerKey: 'ck', consumerSecret: 'cs', token: '', tokenSecret: '' },
    '',
    'cs&',
  ],
  [
    'three legs: consumer and token sign',
    { consumerKey: 'ck', consumerSecret: 'c s&', token: 'tk', tokenSecret: 't%s' },
    'tk',
    'c%20s%26&t%25s',
  ],
];

for (const [name, credentials, token, key] of legs) {
  test(name, () => {
    const signed = sign(json, credentials, params);
    const sent = new Map(parseOAuthHeader(signed.authorizationHeader));
    assert.equal(sent.get('oauth_token'), token);
    assert.equal(signed.baseString.includes('oauth_token%3D'), token !== undefined);
    assert.equal(signed.signature, createHmac('sha1', key).update(signed.baseString).digest('base64'));
    const plaintext = sign(json, credentials, { ...params, signatureMethod: 'PLAINTEXT' });
    assert.equal(plaintext.signature, key);
  });
}

test('oauth_version is sent and signed when it is given, and neither when it is not', () => {
  const credentials = { consumerKey: 'ck', consumerSecret: 'cs', token: null, tokenSecret: null };
  const without = sign(json, credentials, params);
  assert.doesNotMatch(without.authorizationHeader + without.baseString, /oauth_version/);
  const signed = sign(json, credentials, { ...params, version: '1.0' });
  assert.match(signed.authorizationHeader, /oauth_version="1\.0"/);
  assert.match(signed.baseString, /oauth_version%3D1\.0/);
});

test('a body hash is the bare hash of the bytes sent, of none where there is no body', () => {
  const credentials = { consumerKey: 'ck', consumerSecret: 'cs', token: null, tokenSecret: null };
  for (const bodyHash of ['sha1', 'sha256']) {
    for (const body of [json.body, null]) {
      const { protocol } = sign({ ...json, body }, credentials, { ...params, bodyHash });
      const expected = createHash(bodyHash)
        .update(body ?? '')
        .digest('base64');
      assert.equal(new Map(protocol).get('oauth_body_hash'), expected);
    }
  }
});

test('a realm with commas, quotes and backslashes is one quoted string, and is not signed', () => {
  const credentials = { consumerKey: 'ck', consumerSecret: 'cs', token: null, tokenSecret: null };
  const realm = 'a, b="c" \\ d';
  const signed = sign(json, credentials, { ...params, realm });
  assert.equal(new Map(parseOAuthHeader(signed.authorizationHeader)).get('realm'), realm);
  assert.equal(signed.baseString, sign(json, credentials, params).baseString);
});
