import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNonces } from '../../../server/sandbox/nonces.ts';
import { verify } from '../../../server/sandbox/verify.ts';
import { webhookSignature } from '../../../server/sandbox/webhook-signature.ts';
import { isWebhookUrl } from '../../../server/sandbox/webhook-url.ts';

const secret = 'sim-consumer-secret-7f3a';
const body =
  '{"for_user_id":"3001","direct_message_events":[{"type":"message_create","id":"9001","created_timestamp":"1767225600000","message_create":{"target":{"recipient_id":"3001"},"sender_id":"4002","message_data":{"text":"Hi 👋 café","entities":{"hashtags":[],"symbols":[],"user_mentions":[],"urls":[]}}}}]}';

test('challenges and bodies are signed as the known vectors say', () => {
  const vectors: [string, string, string][] = [
    [secret, '4f2c1c9e-crc', 'sha256=lKzg5Nn7dQKY79X4QbqKpIAOb0Z+SjsPtD5raWO2AwE='],
    [secret, 'crc_token=4f2c1c9e-crc&nonce=Zm9vYmFy', 'sha256=W8KFDVw8MjnpjgxCupwEb6KqYcSW8XtgOa0xmM+sqiI='],
    [secret, body, 'sha256=C6u0lwkJ4qSHgHZ0MAqpcglUIoEFu67TSSqrsYpp0HY='],
    [secret, '', 'sha256=/0mD+GrTta7LvSsSHeUPkkrz7cfygRhYMGwEEjb/UIc='],
    ['test', 'test=1&other_test=2', 'sha256=25Cu3iwbbiqBTwQRzcKJZwisjf736V2Q8UaTlkfLSoc='],
  ];
  for (const [key, text, signature] of vectors) assert.equal(webhookSignature(key, text), signature);
  assert.equal(Buffer.byteLength(body), 302);
  const spaced = JSON.stringify(JSON.parse(body), null, 2);
  assert.equal(webhookSignature(secret, spaced), 'sha256=wtbqUQ324u8Lm9C4WTGZctcEWldV59u6w+NYdlFcpXA=');
});

test('calls of the channel are verified by signatures computed elsewhere', () => {
  const consumer = { key: 'simkey', secret, name: 'Sim', callbacks: [] };
  const target =
    '/1.1/account_activity/all/ProductionEnvironment/webhooks.json?url=https%3A%2F%2Fhub.test%2Fhooks%2Ftwitter%2Fst-1f2e3d';
  const cases: [string, string, string, string][] = [
    ['/1.1/direct_messages/events/new.json', 'n0nce0001', '3IY0grq2Ut/RW/zbKE7THpru1bs=', '{"event":{}}'],
    [target, 'n0nce0002', 'ZMiRSFUnWzoNGkVTD4LX0XOqLrU=', ''],
  ];
  for (const [path, nonce, signature, json] of cases) {
    const protocol = {
      oauth_consumer_key: 'simkey',
      oauth_token: '3001-simtoken',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1767225600',
      oauth_nonce: nonce,
      oauth_version: '1.0',
      oauth_signature: encodeURIComponent(signature),
    };
    const pairs = Object.entries(protocol).map(([name, value]) => `${name}="${value}"`);
    const request = {
      method: 'POST',
      scheme: 'http',
      host: '127.0.0.1:4010',
      target: path,
      headers: [
        ['Authorization', `OAuth ${pairs.join(', ')}`],
        ['Content-Type', 'application/json'],
      ],
      body: Buffer.from(json),
    } as const;
    const deps = {
      consumers: new Map([['simkey', consumer]]),
      nonces: createNonces(),
      now: 1_767_225_600_000,
      verified: [],
    };
    const token = { secret: 'sim-token-secret-c0de', consumer };
    assert.equal(verify(deps, request, () => token).consumer, consumer);
  }
});

test('a webhook is https without a port, at most 200 characters; lenient also this machine', () => {
  const long = `https://hub.example/${'x'.repeat(180)}`;
  const strict: [string, boolean][] = [
    ['https://hub.example/hooks/x/1', true],
    [long, true],
    [`${long}x`, false],
    ['http://hub.example/hooks', false],
    ['https://hub.example:8443/hooks', false],
    ['https://hub.example:443/hooks', false],
    ['https://user:secret@hub.example/', false],
    ['https://hub.example/#part', false],
    ['http://127.0.0.1:3000/hooks', false],
    ['nowhere', false],
  ];
  for (const [url, isRight] of strict) {
    assert.equal(isWebhookUrl(url, { isLenient: false }), isRight, url);
  }
  for (const url of ['http://127.0.0.1:3000/hooks', 'http://localhost:3000/x', 'http://[::1]:3000/x'])
    assert.ok(isWebhookUrl(url, { isLenient: true }), url);
  for (const url of ['http://10.0.0.1:3000/hooks', 'http://localhost.example/x', 'ftp://localhost/x'])
    assert.ok(!isWebhookUrl(url, { isLenient: true }), url);
});
