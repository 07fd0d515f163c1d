import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mask } from '../../../../server/connections/oauth1/base-string.ts';
import { explainSignature } from '../../../../server/connections/oauth1/explain.ts';
import { parseOAuthHeader } from '../../../../server/connections/oauth1/header.ts';
import { sign } from '../../../../server/connections/oauth1/sign.ts';
import { placeSignature } from '../../../../server/connections/oauth1/transport.ts';

const credentials = {
  consumerKey: 'test-key',
  consumerSecret: 'test consumer&secret',
  token: 'tok/en +é',
  tokenSecret: 'test-token-secret',
};
const params = {
  signatureMethod: 'HMAC-SHA1',
  nonce: 'n1',
  timestamp: 1_730_000_000,
  verifier: 'veri=fier',
  realm: 'a, "b"',
};
const unsigned = {
  method: 'POST',
  url: new URL('https://api.example.com/x?a=1&realm=eu'),
  headers: [['Content-Type', 'application/x-www-form-urlencoded']] as [string, string][],
  body: Buffer.from('text=one%26two'),
};
const secrets = { consumerSecret: credentials.consumerSecret, tokenSecret: credentials.tokenSecret };

function sent(transport: 'header' | 'query' | 'body', signatureMethod = 'HMAC-SHA1') {
  const { url, ...rest } = unsigned;
  const signed = sign({ ...rest, url: url.href }, credentials, { ...params, signatureMethod });
  const out = placeSignature(unsigned, signed, transport);
  return { signed, request: { ...out, url: out.url.href, body: out.body ?? null } };
}

test('the explained base string is the signed one but for the masked values, whatever the transport', () => {
  for (const transport of ['header', 'query', 'body'] as const) {
    const { signed, request } = sent(transport);
    const explained = explainSignature(request, secrets);
    const expected = signed.baseString
      .replace(/oauth_token%3D.*?%26/, `oauth_token%3D${mask(credentials.token)}%26`)
      .replace(/oauth_verifier%3D.*?%26/, `oauth_verifier%3D${mask(params.verifier)}%26`);
    assert.equal(explained?.baseString, expected);
    assert.match(explained?.normalizedParameters ?? '', /&oauth_token=\[masked, 9 characters\]&/);
    assert.equal(explained?.key, '[masked, 20 characters]&[masked, 17 characters]');
    assert.equal(explained?.header === null, transport !== 'header');
  }
});

test('no secret shows anywhere, neither plain nor percent-encoded once or twice', () => {
  for (const transport of ['header', 'query', 'body'] as const) {
    for (const method of ['HMAC-SHA256', 'PLAINTEXT']) {
      const { signed, request } = sent(transport, method);
      const shown = JSON.stringify(explainSignature(request, secrets));
      const hidden = [
        credentials.token,
        credentials.consumerSecret,
        credentials.tokenSecret,
        params.verifier,
      ];
      for (const value of [...hidden, signed.signature]) {
        const once = encodeURIComponent(value);
        for (const form of [value, once, encodeURIComponent(once)]) assert.ok(!shown.includes(form), form);
      }
    }
  }
});

test('the header is shown with its realm, the secret values masked', () => {
  const { signed, request } = sent('header');
  const { header } = explainSignature(request, secrets) ?? {};
  assert.equal(
    header,
    `OAuth realm="a, \\"b\\"", oauth_consumer_key="test-key", oauth_nonce="n1", oauth_signature="${mask(signed.signature)}", oauth_signature_method="HMAC-SHA1", oauth_timestamp="1730000000", oauth_token="[masked, 9 characters]", oauth_verifier="[masked, 9 characters]"`,
  );
});

test('PLAINTEXT has no base string, and unknown secrets are told as such', () => {
  const explained = explainSignature(sent('header', 'PLAINTEXT').request, {});
  assert.equal(explained?.baseString, null);
  assert.equal(explained?.normalizedParameters, null);
  assert.equal(explained?.key, '[not known]&[not known]');
});

test('parameters keep their origin, the signature and realm among them', () => {
  const explained = explainSignature(sent('header').request, secrets);
  const origins = explained?.parameters.map(({ name, origin }) => `${origin} ${name}`);
  assert.deepEqual(origins?.slice(0, 4), ['query a', 'query realm', 'body text', 'protocol realm']);
  assert.ok(origins?.includes('protocol oauth_signature'));
});

test('a password or an API key among the parameters is masked like a token', () => {
  const form = { ...unsigned, body: Buffer.from('x_auth_password=hunter-two&api_key=k-12345&text=x') };
  const signed = sign({ ...form, url: form.url.href }, credentials, params);
  const { url, ...out } = placeSignature(form, signed, 'header');
  const shown = JSON.stringify(explainSignature({ ...out, url, body: out.body ?? null }, secrets));
  assert.doesNotMatch(shown, /hunter|k-12345/);
});

test('the key names no secret of another token, and none where no token was sent', () => {
  const { request } = sent('header');
  const known = { ...secrets, token: 'another' };
  assert.equal(explainSignature(request, known)?.key, '[masked, 20 characters]&[not known]');
  const alone = sign({ ...unsigned, url: unsigned.url.href }, { ...credentials, token: null }, params);
  const { url, ...out } = placeSignature(unsigned, alone, 'header');
  const explained = explainSignature({ ...out, url, body: out.body ?? null }, known);
  assert.equal(explained?.key, '[masked, 20 characters]&[masked, 0 characters]');
});

test('what is hidden shows in no value, wherever it stands', () => {
  const echo = { ...unsigned, url: new URL('https://api.example.com/x?echo=test-token-secret') };
  const signed = sign({ ...echo, url: echo.url.href }, credentials, params);
  const { url, ...out } = placeSignature(echo, signed, 'header');
  const known = { ...secrets, hidden: [credentials.tokenSecret] };
  const shown = JSON.stringify(explainSignature({ ...out, url, body: out.body ?? null }, known));
  assert.doesNotMatch(shown, /test-token-secret/);
});

test("the remote side's base string is compared with the true one, and none with PLAINTEXT", () => {
  const { signed, request } = sent('header');
  assert.equal(explainSignature(request, secrets)?.difference, null);
  assert.equal(explainSignature(request, secrets, signed.baseString)?.difference?.same, true);
  const found = explainSignature(
    request,
    secrets,
    signed.baseString.replace('one%2526two', 'one'),
  )?.difference;
  assert.deepEqual(found?.parameter, { name: 'text', origin: 'body' });
  assert.equal(explainSignature(sent('header', 'PLAINTEXT').request, secrets, 'x')?.difference, null);
});

test('a request without a signature, or one that cannot be read, has no explanation', () => {
  const plain = { method: 'GET', url: 'https://api.example.com/', headers: [], body: null };
  assert.equal(explainSignature(plain, {}), undefined);
  assert.equal(explainSignature({ ...plain, url: 'nonsense' }, {}), undefined);
  const bearer = { ...plain, headers: [['Authorization', 'Bearer x']] as const };
  assert.equal(explainSignature(bearer, {}), undefined);
});

test('a header is read as quoted strings: commas and escaped quotes stay inside the realm', () => {
  assert.deepEqual(parseOAuthHeader('OAuth realm="a, \\"b\\" \\\\", oauth_token="x%2Cy"'), [
    ['realm', 'a, "b" \\'],
    ['oauth_token', 'x,y'],
  ]);
  assert.equal(parseOAuthHeader('Basic abc'), undefined);
});
