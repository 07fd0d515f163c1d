import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerChallenge, isSigned, signatureOf } from '../../../../server/channels/twitter/signature.ts';

const secret = 'sim-consumer-secret-7f3a';
const name = 'x-twitter-webhooks-signature';
const body =
  '{"for_user_id":"3001","direct_message_events":[{"type":"message_create","id":"9001","created_timestamp":"1767225600000","message_create":{"target":{"recipient_id":"3001"},"sender_id":"4002","message_data":{"text":"Hi 👋 café","entities":{"hashtags":[],"symbols":[],"user_mentions":[],"urls":[]}}}}]}';
const bytes = new TextEncoder().encode(body);
const good = 'sha256=C6u0lwkJ4qSHgHZ0MAqpcglUIoEFu67TSSqrsYpp0HY=';

test('a challenge is answered with its HMAC under the consumer secret', () => {
  assert.deepEqual(answerChallenge('crc_token=4f2c1c9e-crc', {}, secret), {
    ok: true,
    body: '{"response_token":"sha256=lKzg5Nn7dQKY79X4QbqKpIAOb0Z+SjsPtD5raWO2AwE="}',
  });
});

test("a challenge's own signature covers the literal query, and is refused when it is wrong", () => {
  const query = 'crc_token=4f2c1c9e-crc&nonce=Zm9vYmFy';
  const signed = { [name]: 'sha256=W8KFDVw8MjnpjgxCupwEb6KqYcSW8XtgOa0xmM+sqiI=' };
  assert.equal(answerChallenge(query, signed, secret)?.ok, true);
  assert.equal(answerChallenge(`?${query}`, signed, secret)?.ok, true);
  assert.deepEqual(answerChallenge(query, { [name]: good }, secret), { ok: false, body: '' });
  assert.deepEqual(answerChallenge(`${query}&x=1`, signed, secret), { ok: false, body: '' });
});

test('a query without a token is no challenge', () => {
  for (const query of ['', 'crc_token=', 'oauth_token=a&oauth_verifier=b', 'denied=a']) {
    assert.equal(answerChallenge(query, {}, secret), undefined, query);
  }
});

test('no challenge gets a body signed: a token that could be an event is refused', () => {
  for (const forged of [body, '{"for_user_id":"3001"}', '[{}]', '"text"', 'a,b', 'x'.repeat(513)]) {
    const answer = answerChallenge(`crc_token=${encodeURIComponent(forged)}`, {}, secret);
    assert.deepEqual(answer, { ok: false, body: '' }, forged.slice(0, 20));
  }
});

test('without a secret nothing is answered and nothing is signed', () => {
  assert.deepEqual(answerChallenge('crc_token=abc', {}, ''), { ok: false, body: '' });
  assert.equal(isSigned(bytes, { [name]: signatureOf(bytes, '') }, ''), false);
});

test('the body as it came is signed', () => {
  assert.equal(bytes.length, 302);
  assert.equal(isSigned(bytes, { [name]: good }, secret), true);
});

test('the same JSON written in another way is not signed', () => {
  for (const other of [
    'sha256=wtbqUQ324u8Lm9C4WTGZctcEWldV59u6w+NYdlFcpXA=',
    'sha256=lNhO0nacQuLmBLZgN/sReGi2Ecxk9uRRmq+Igtaatj0=',
  ]) {
    assert.equal(isSigned(bytes, { [name]: other }, secret), false);
  }
  const indented = new TextEncoder().encode(JSON.stringify(JSON.parse(body), null, 2));
  assert.equal(isSigned(indented, { [name]: good }, secret), false);
  assert.equal(
    signatureOf(indented, secret),
    'sha256=wtbqUQ324u8Lm9C4WTGZctcEWldV59u6w+NYdlFcpXA=',
    'the vector is the indented text',
  );
});

test('an empty body has a signature too', () => {
  const empty = 'sha256=/0mD+GrTta7LvSsSHeUPkkrz7cfygRhYMGwEEjb/UIc=';
  assert.equal(isSigned(new Uint8Array(), { [name]: empty }, secret), true);
});

test('a key and message published elsewhere have the published signature', () => {
  assert.equal(
    signatureOf('test=1&other_test=2', 'test'),
    'sha256=25Cu3iwbbiqBTwQRzcKJZwisjf736V2Q8UaTlkfLSoc=',
  );
});

test('a header that is missing, cut, in base64url, without its scheme or inherited is refused', () => {
  const digest = good.slice('sha256='.length);
  const headers = [
    {},
    { [name]: '' },
    { [name]: 'sha256=' },
    { [name]: digest },
    { [name]: `sha1=${digest}` },
    { [name]: good.slice(0, -1) },
    { [name]: `${good}=` },
    { [name]: `${good}, ${good}` },
    { [name]: good.toLowerCase() },
    Object.create({ [name]: good }) as Record<string, string>,
  ];
  for (const header of headers) assert.equal(isSigned(bytes, header, secret), false, JSON.stringify(header));
});

test('one byte or one character of the secret makes another signature', () => {
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const altered = Uint8Array.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ change;
      assert.equal(isSigned(altered, { [name]: good }, secret), false);
    }),
    { numRuns: 200 },
  );
  assert.equal(isSigned(bytes, { [name]: good }, `${secret} `), false);
});
