import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { faultsOfCheck, problemOfRequest, type SignatureCheck } from '../../../server/webhooks/signature.ts';
import { keyOfSecret, signMessage, writeSecret } from '../../../server/webhooks/standard-webhook.ts';

const now = 1_614_265_330_000;
const bytes = (text: string) => Buffer.from(text, 'utf8');

/** The example that the libraries of standardwebhooks.com test themselves with. */
const published = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const standard: SignatureCheck = { kind: 'standard', toleranceSeconds: 300 };

function standardProblem(changes: Record<string, string>, body = published.body, at = now) {
  const headers = {
    'webhook-id': published.id,
    'webhook-timestamp': String(published.timestamp),
    'webhook-signature': published.signature,
    ...changes,
  };
  return problemOfRequest(standard, published.secret, { headers, body: bytes(body), url: '' }, at);
}

test('the published example of Standard Webhooks is signed and taken as it is published', () => {
  assert.equal(signMessage(published.secret, published), published.signature);
  assert.equal(standardProblem({}), undefined);
});

test('one of several signatures is enough, as while a secret is being changed', () => {
  const signatures = `v1,AAAA v2,BBBB ${published.signature}`;
  assert.equal(standardProblem({ 'webhook-signature': signatures }), undefined);
});

test('a message that was changed, is old, comes from the future or is not signed is refused', () => {
  for (const [problem, what] of [
    [standardProblem({}, '{"test": 2432232315}'), 'the body'],
    [standardProblem({ 'webhook-id': 'msg_other' }), 'the id'],
    [standardProblem({ 'webhook-timestamp': '1614265331' }), 'the time'],
    [standardProblem({ 'webhook-signature': '' }), 'no signature'],
    [standardProblem({ 'webhook-signature': published.signature.slice(0, -2) }), 'a short signature'],
    [standardProblem({ 'webhook-signature': published.signature.replace('v1', 'v2') }), 'another version'],
    [standardProblem({ 'webhook-id': '' }), 'no id'],
    [standardProblem({ 'webhook-timestamp': 'soon' }), 'no time'],
    [standardProblem({}, published.body, now + 301_000), 'old'],
    [standardProblem({}, published.body, now - 301_000), 'of the future'],
  ] as const) {
    assert.equal(typeof problem, 'string', what);
  }
});

test('a secret is 24 to 64 bytes in base64, with or without its prefix', () => {
  assert.equal(keyOfSecret(writeSecret(new Uint8Array(32)))?.length, 32);
  assert.deepEqual(keyOfSecret(published.secret), keyOfSecret(published.secret.slice(6)));
  for (const secret of ['', 'whsec_', 'whsec_short', 'whsec_***', `whsec_${'A'.repeat(100)}`]) {
    assert.equal(keyOfSecret(secret), undefined, secret);
  }
});

const hmac = {
  kind: 'hmac',
  header: 'X-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: '',
  signs: '{body}',
  timestamp: '',
  toleranceSeconds: 300,
} as const satisfies SignatureCheck;
const secret = 'a-secret-of-tests';
const mac = (algorithm: string, text: string, encoding: 'hex' | 'base64') =>
  createHmac(algorithm, secret).update(text, 'utf8').digest(encoding);

/** What services do, each written by hand here beside the settings that describe it. */
const services: Record<
  string,
  { check: SignatureCheck; headers: Record<string, string>; body: string; url?: string }
> = {
  GitHub: {
    check: { ...hmac, header: 'X-Hub-Signature-256', prefix: 'sha256=' },
    headers: { 'x-hub-signature-256': `sha256=${mac('sha256', '{"a":1}', 'hex')}` },
    body: '{"a":1}',
  },
  Shopify: {
    check: { ...hmac, header: 'X-Shopify-Hmac-Sha256', encoding: 'base64' },
    headers: { 'x-shopify-hmac-sha256': mac('sha256', 'grüße', 'base64') },
    body: 'grüße',
  },
  Slack: {
    check: {
      ...hmac,
      header: 'X-Slack-Signature',
      prefix: 'v0=',
      signs: 'v0:{header:X-Slack-Request-Timestamp}:{body}',
      timestamp: '{header:X-Slack-Request-Timestamp}',
    },
    headers: {
      'x-slack-request-timestamp': '1614265330',
      'x-slack-signature': `v0=${mac('sha256', 'v0:1614265330:token=x', 'hex')}`,
    },
    body: 'token=x',
  },
  Stripe: {
    check: {
      ...hmac,
      header: 'Stripe-Signature',
      prefix: 'v1=',
      signs: '{field:t}.{body}',
      timestamp: '{field:t}',
    },
    headers: {
      'stripe-signature': `t=1614265330,v1=00ff,v1=${mac('sha256', '1614265330.{"id":"evt_1"}', 'hex')},v0=11`,
    },
    body: '{"id":"evt_1"}',
  },
  Twilio: {
    check: {
      ...hmac,
      header: 'X-Twilio-Signature',
      algorithm: 'sha1',
      encoding: 'base64',
      signs: '{url}{form}',
    },
    headers: {
      'x-twilio-signature': mac('sha1', 'https://hub.example/webhooks/g?a=bBodyhi thereFrom+1', 'base64'),
    },
    body: 'From=%2B1&Body=hi+there',
    url: 'https://hub.example/webhooks/g?a=b',
  },
  'SHA-512 in capitals': {
    check: { ...hmac, algorithm: 'sha512' },
    headers: { 'x-signature': mac('sha512', 'x', 'hex').toUpperCase() },
    body: 'x',
  },
};

for (const [name, { check, headers, body, url = '' }] of Object.entries(services)) {
  test(`${name}: its signature is taken, and one of another body, secret or time is not`, () => {
    assert.deepEqual(faultsOfCheck(check, secret), []);
    const problem = (given: Record<string, string>, text: string, key = secret, at = now) =>
      problemOfRequest(check, key, { headers: given, body: bytes(text), url }, at);
    assert.equal(problem(headers, body), undefined);
    assert.match(problem(headers, `${body}&x=y`) ?? '', /not signed/);
    assert.match(problem(headers, body, 'another-secret') ?? '', /not signed/);
    assert.match(problem({}, body) ?? '', /missing/);
    if (check.kind === 'hmac' && check.timestamp !== '') {
      assert.match(problem(headers, body, secret, now + 301_000) ?? '', /too far/);
    }
  });
}

test('settings that would let anything through are refused', () => {
  const fields = (check: Partial<Extract<SignatureCheck, { kind: 'hmac' }>>, key?: string) =>
    faultsOfCheck({ ...hmac, ...check }, key).map(({ field }) => field);
  assert.deepEqual(fields({ signs: '{header:X-Time}' }), ['signs']);
  assert.deepEqual(fields({ signs: '' }), ['signs']);
  assert.deepEqual(fields({ signs: '{body}{nothing}' }), ['signs']);
  assert.deepEqual(fields({ timestamp: '{header:X-Time}' }), ['timestamp'], 'a time that is not signed');
  assert.deepEqual(fields({ header: 'X Y' }), ['header']);
  assert.deepEqual(fields({ toleranceSeconds: 0 }), ['tolerance_seconds']);
  assert.deepEqual(fields({}, 'short'), ['secret']);
  assert.deepEqual(
    faultsOfCheck(standard, 'not base64 at all').map(({ field }) => field),
    ['secret'],
  );
});
