import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InboundResponse, OutboundRequest } from '../../../server/delivery/delivery.ts';
import {
  keptBytes,
  maskSecrets,
  redactAnswer as redactAnswerOf,
  redactRequest,
  redactText,
  secretsOf,
  spellSecrets,
} from '../../../server/delivery/redact.ts';

const plain: OutboundRequest = { method: 'GET', url: new URL('https://a.example/'), headers: [] };
const redactAnswer = (from: InboundResponse, secrets: string[]) =>
  redactAnswerOf(from, plain, spellSecrets(secrets));
const secret = 'planted+secret/with=all&"kinds"';
const answer = (body: string | Uint8Array, headers: [string, string][] = []) => ({
  status: 200,
  headers,
  body: Buffer.from(body),
  truncated: false,
});

describe('a known secret is masked', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const cases: Record<string, string> = {
    'as it is': `x ${secret} y`,
    'percent-encoded': `x=${encodeURIComponent(secret)}&y`,
    'percent-encoded in lower case': `x=${encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())}`,
    'percent-encoded twice, as in a base string': encodeURIComponent(encodeURIComponent(secret)),
    'in JSON': JSON.stringify({ echo: secret }),
    'in JSON with escaped slashes': JSON.stringify({ echo: secret }).replaceAll('/', '\\/'),
    'in base64': base64(secret),
    'in base64 of user and password': base64(`u:${secret}`),
    'in base64 of a longer text': base64(`id:${secret}:tail`),
    'in base64url': Buffer.from(`k${secret}`).toString('base64url'),
  };
  for (const [form, text] of Object.entries(cases)) {
    test(form, () => {
      const masked = redactText(text, [secret]);
      assert.match(masked, /\[masked, \d+ characters\]/);
      for (const piece of ['planted', base64('planted+secret').slice(0, 12)])
        assert.ok(!masked.includes(piece), masked);
    });
  }

  test('and names its length', () => {
    assert.equal(maskSecrets('a planted-value b', ['planted-value']), 'a [masked, 13 characters] b');
  });

  test('unless it is too short to be one', () => {
    assert.equal(maskSecrets('a b c', ['b', '']), 'a b c');
  });
});

describe('values behind secret names are masked', () => {
  test('in a query, however the name is written', () => {
    const url = new URL(
      'https://a.example/p?oauth_token=abc&%6Fauth_verifier=xyz&q=oauth_token&OAUTH_SIGNATURE=s%3D',
    );
    assert.equal(
      redactRequest({ method: 'GET', url, headers: [] }, []).url,
      'https://a.example/p?oauth_token=[masked, 3 characters]&%6Fauth_verifier=[masked, 3 characters]&q=oauth_token&OAUTH_SIGNATURE=[masked, 4 characters]',
    );
  });

  test('in a form and in JSON', () => {
    assert.equal(
      redactText('oauth_token=abc&oauth_token_secret=de&n=1', []),
      'oauth_token=[masked, 3 characters]&oauth_token_secret=[masked, 2 characters]&n=1',
    );
    assert.equal(
      redactText('{"access_token": "a\\"b", "token_type":"bearer"}', []),
      '{"access_token": "[masked, 4 characters]", "token_type":"bearer"}',
    );
  });

  test('in an Authorization header that was echoed', () => {
    const masked = redactText('OAuth oauth_token="abc", oauth_signature="d%3D", oauth_nonce="n"', []);
    assert.equal(
      masked,
      'OAuth oauth_token="[masked, 3 characters]", oauth_signature="[masked, 4 characters]", oauth_nonce="n"',
    );
  });

  test('in headers', () => {
    const shown = redactAnswer(
      answer('', [
        ['x-api-key', 'abcdef'],
        ['x-rate-limit-reset', '9'],
      ]),
      [],
    );
    assert.deepEqual(shown.headers, [
      ['x-api-key', '[masked, 6 characters]'],
      ['x-rate-limit-reset', '9'],
    ]);
  });
});

test('a request gives away neither Authorization nor what it holds', () => {
  const request: OutboundRequest = {
    method: 'POST',
    url: new URL('https://a.example/p?page=1'),
    headers: [
      ['Authorization', 'OAuth oauth_token="tok-en-1", oauth_signature="si%2Bg%3D"'],
      ['X-Copy', 'si+g='],
    ],
    body: Buffer.from('status=tok-en-1'),
  };
  assert.deepEqual(secretsOf(request), ['tok-en-1', 'tok-en-1', 'si%2Bg%3D', 'si+g=']);
  const shown = redactRequest(request, []);
  assert.deepEqual(shown.headers, [
    ['Authorization', `[masked, ${request.headers[0]?.[1].length} characters]`],
    ['X-Copy', '[masked, 5 characters]'],
  ]);
  assert.equal(shown.body?.text, 'status=[masked, 8 characters]');
});

describe('what is kept of a body', () => {
  test('text as text, all else as base64', () => {
    assert.deepEqual(redactAnswer(answer('grüße'), []).body, {
      text: 'grüße',
      base64: null,
      truncated: false,
    });
    const { body } = redactAnswer(answer(Uint8Array.of(0xff, 0xfe, 1)), []);
    assert.deepEqual(body, { text: null, base64: '//4B', truncated: false });
  });

  test('a secret inside binary is masked too', () => {
    const bytes = Buffer.concat([Buffer.of(0xff), Buffer.from(secret), Buffer.of(0xff)]);
    const kept = Buffer.from(redactAnswer(answer(bytes), [secret]).body.base64 ?? '', 'base64').toString(
      'latin1',
    );
    assert.ok(!kept.includes('planted'));
  });

  test('64 KiB at most, and never the first half of a secret', () => {
    for (let before = keptBytes - secret.length - 2; before < keptBytes + 2; before += 3) {
      const { body } = redactAnswer(answer('x'.repeat(before) + secret + 'y'.repeat(99)), [secret]);
      assert.equal(body.truncated, true);
      assert.ok(!/pla/.test(body.text ?? ''));
      assert.ok((body.text ?? '').length <= keptBytes + 30);
    }
  });

  test('a character cut at the end does not make binary of a text', () => {
    const { body } = redactAnswer(answer('x'.repeat(keptBytes - 1) + '😀'.repeat(9)), []);
    assert.equal(body.base64, null);
    assert.equal(body.truncated, true);
  });
});

test('what is masked already stays as it is, and nothing hides behind it', () => {
  const text = 'oauth_token=[masked, 41 characters]&a=1 oauth_signature="[masked, 28 characters]", b="2"';
  assert.equal(redactText(text, []), text);
  const json = '{"oauth_token":"[masked, 41 characters]"}';
  assert.equal(redactText(json, []), json);
  assert.doesNotMatch(
    redactText('oauth_token=[masked, 4 characters]hidden', []),
    /=\[masked, 4 characters\]hidden/,
  );
  assert.doesNotMatch(redactText('{"oauth_token":"[masked, 4 characters]hidden"}', []), /hidden/);
});

test('masking stays fast on hostile bodies', () => {
  const started = process.hrtime.bigint();
  for (const text of [
    '"token":"'.repeat(7000),
    'token='.repeat(10_000),
    '"\\'.repeat(32_000),
    '"token"'.padEnd(65_000),
  ])
    redactText(text, [secret]);
  assert.ok(process.hrtime.bigint() - started < 2_000_000_000n);
});
