import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import OAuth from 'oauth-1.0a';
import type { SignableRequest } from '../../../../server/connections/oauth1/parameters.ts';
import { OAuth1Refusal } from '../../../../server/connections/oauth1/refusal.ts';
import {
  type SigningCredentials,
  type SigningParams,
  sign,
} from '../../../../server/connections/oauth1/sign.ts';
import { signLine } from '../../../../server/connections/oauth1/sign-line.ts';
import { deepFreeze } from '../../../support/deep-freeze.ts';

interface Vector {
  id: string;
  request: {
    method: string;
    url: string;
    headers: Record<string, string>;
    body: string | null;
    bodyBase64?: string;
  };
  credentials: {
    consumerKey: string;
    consumerSecret: string | null;
    token: string | null;
    tokenSecret: string | null;
    rsaPrivateKeyPem?: string;
  };
  params: SigningParams;
  expect: { wireUrl: string; baseString?: string; signature: string; authorizationHeader: string };
}

const folder = join(import.meta.dirname, '../../../vectors');
const vectors: Vector[] = JSON.parse(readFileSync(join(folder, 'oauth1.json'), 'utf8'));
const refused: Vector[] = JSON.parse(readFileSync(join(folder, 'oauth1-refused.json'), 'utf8'));

test('the vectors are all there', () => {
  assert.equal(vectors.length, 229);
  assert.equal(refused.length, 25);
});

for (const vector of vectors) {
  test(`signs ${vector.id} byte for byte, its inputs frozen`, () => {
    const { wireUrl, baseString, signature, authorizationHeader } = sign(...inputsOf(vector));
    const { expect } = vector;
    assert.equal(wireUrl, expect.wireUrl);
    assert.equal(signature, expect.signature);
    if (expect.baseString !== undefined) assert.equal(baseString, expect.baseString);
    assert.deepEqual(quotedPairs(authorizationHeader), quotedPairs(expect.authorizationHeader));
  });
}

test('the line command answers every vector as the signer does', () => {
  for (const vector of vectors) {
    const { wireUrl, baseString, signature, authorizationHeader } = sign(...inputsOf(vector));
    const expected = { id: vector.id, wireUrl, baseString, signature, authorizationHeader };
    assert.deepEqual(signLine(JSON.stringify(vector)), expected);
  }
});

const codes: Record<string, string> = {
  'edge-bad-escape-query': 'query_not_decodable',
  'edge-bad-escape-zz': 'query_not_decodable',
  'edge-bad-escape-body': 'body_not_decodable',
  'edge-non-utf8-query': 'query_not_decodable',
  'edge-latin1-body': 'body_not_decodable',
  'edge-raw-nonascii-body': 'body_not_decodable',
  'edge-json-in-form': 'body_not_decodable',
  'edge-oauth-param-in-query': 'protocol_parameter_in_query',
  'edge-oauth-nonce-in-query': 'protocol_parameter_in_query',
  'edge-oauth-signature-in-query': 'protocol_parameter_in_query',
  'edge-oauth-param-in-body': 'protocol_parameter_in_body',
  'edge-oauth-ext-in-body': 'protocol_parameter_in_body',
  'edge-oauth-param-escaped': 'protocol_parameter_in_query',
  'edge-userinfo': 'url_userinfo',
  'edge-userinfo-confusion': 'url_userinfo',
  'edge-scheme': 'url_scheme',
  'edge-relative-url': 'url_invalid',
  'edge-lone-surrogate-token': 'text_not_encodable',
  'edge-realm-crlf': 'realm_invalid',
  'edge-method-token': 'method_invalid',
  'edge-method-crlf': 'method_invalid',
  'edge-two-content-types': 'content_type_doubled',
  'edge-body-hash-form': 'body_hash_with_form',
  'edge-unknown-method': 'signature_method_unknown',
  'edge-missing-secret': 'consumer_secret_missing',
};

for (const vector of refused) {
  test(`refuses ${vector.id} with its code`, () => {
    assert.throws(
      () => sign(...inputsOf(vector)),
      (error: unknown) => error instanceof OAuth1Refusal && error.code === codes[vector.id],
    );
    const answer = signLine(JSON.stringify(vector));
    assert.ok('error' in answer);
    assert.equal(answer.id, vector.id);
    assert.equal(answer.error.code, codes[vector.id]);
  });
}

test('no HMAC or RSA vector passes once the package makes another base string', () => {
  const original = OAuth.prototype.getBaseString;
  OAuth.prototype.getBaseString = () => 'replaced';
  try {
    for (const vector of vectors) {
      const isPlaintext = vector.params.signatureMethod === 'PLAINTEXT';
      const { signature } = sign(...inputsOf(vector));
      assert.equal(signature === vector.expect.signature, isPlaintext, vector.id);
    }
  } finally {
    OAuth.prototype.getBaseString = original;
  }
});

function inputsOf({
  request,
  credentials,
  params,
}: Vector): [SignableRequest, SigningCredentials, SigningParams] {
  const { method, url, headers, body, bodyBase64 } = request;
  const { rsaPrivateKeyPem, ...rest } = credentials;
  const text = body === null ? null : Buffer.from(body);
  const bytes = bodyBase64 === undefined ? text : Buffer.from(bodyBase64, 'base64');
  return [
    deepFreeze({ method, url, headers: Object.entries(headers), body: bytes }),
    deepFreeze({ ...rest, rsaPrivateKey: rsaPrivateKeyPem ?? null }),
    deepFreeze({ ...params }),
  ];
}

/** `name="value"` pairs of a header, quoted strings undone, sorted: realms hold commas. */
function quotedPairs(header: string): string[] {
  assert.match(header, /^OAuth /);
  const rest = header.slice(6);
  const found = [...rest.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)];
  assert.equal(found.map(([whole]) => whole).join(', '), rest);
  return found.map(([, name, value = '']) => `${name}=${value.replace(/\\(.)/g, '$1')}`).sort();
}
