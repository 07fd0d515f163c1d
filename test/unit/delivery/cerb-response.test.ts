import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toCerbResponse } from '../../../server/delivery/cerb-response.ts';
import type { Delivery } from '../../../server/delivery/delivery.ts';
import { digitsOf } from '../../../server/json.ts';

function delivery(
  type: string | undefined,
  body: string | Uint8Array,
  more: Partial<Delivery> = {},
): Delivery {
  const headers: [string, string][] = type === undefined ? [] : [['content-type', type]];
  return {
    id: 'D1',
    request: { method: 'GET', url: new URL('https://a.example/x'), headers: [] },
    startedAt: 0,
    tookMs: 1,
    response: { status: 404, headers, body: Buffer.from(body), truncated: false },
    ...more,
  };
}
const bodyOf = (type: string | undefined, body: string | Uint8Array, raw = false) =>
  toCerbResponse(delivery(type, body), { raw }).body;

test('an answer of any status is no error', () => {
  assert.deepEqual(toCerbResponse(delivery('Text/HTML; charset=utf-8', 'no'), { raw: false }), {
    content_type: 'text/html',
    headers: { 'content-type': 'Text/HTML; charset=utf-8' },
    body: 'no',
    info: { url: 'https://a.example/x', http_code: 404 },
    error: '',
    delivery_id: 'D1',
  });
});

describe('the body', () => {
  test('is the JSON value for JSON types, null when that is broken', () => {
    assert.deepEqual(bodyOf('application/json', '{"a":[1]}'), { a: [1] });
    assert.deepEqual(bodyOf('text/javascript; x=y', '7'), 7);
    assert.equal(bodyOf('application/json', '{"a"'), null);
    assert.equal(bodyOf('application/json', ''), null);
  });

  test('keeps ids beyond 2^53', () => {
    const body = bodyOf('application/json', '[9007199254740993]');
    assert.ok(Array.isArray(body));
    assert.equal(digitsOf(body[0]), '9007199254740993');
  });

  test('is text with raw, whatever the type', () => {
    assert.equal(bodyOf('application/json', '{"a":1}', true), '{"a":1}');
    assert.equal(bodyOf('image/png', 'abc', true), 'abc');
  });

  test('is base64 for binary types', () => {
    assert.equal(bodyOf('image/png', Uint8Array.of(255, 0)), '/wA=');
    assert.equal(bodyOf('application/octet-stream', 'hi'), 'aGk=');
  });

  test('is read in the declared charset', () => {
    assert.equal(bodyOf('text/plain; charset=ISO-8859-1', Uint8Array.of(0xe9)), 'é');
    assert.deepEqual(bodyOf('application/json; charset="latin1"', Buffer.from('"é"', 'latin1')), 'é');
    assert.equal(bodyOf('text/plain; charset=nonsense', 'é'), 'é');
  });

  test('is null after a fault', () => {
    const broken = delivery('text/plain', 'half', {
      fault: { kind: 'reset', message: 'It broke off.', sent: true },
    });
    const { body, error, info } = toCerbResponse(broken, { raw: false });
    assert.deepEqual([body, error, info.http_code], [null, 'It broke off.', 404]);
  });
});

test('without any answer nothing is missing', () => {
  const { response: _, ...silent } = delivery(undefined, '');
  const answer = toCerbResponse(
    { ...silent, fault: { kind: 'dns', message: 'No such name.', sent: false } },
    { raw: false },
  );
  assert.deepEqual(answer, {
    content_type: null,
    headers: {},
    body: null,
    info: { url: 'https://a.example/x', http_code: null },
    error: 'No such name.',
    delivery_id: 'D1',
  });
});

test('headers are lower-case and joined, Set-Cookie is left out, the URL is the one asked for', () => {
  const headers: [string, string][] = [
    ['X-A', '1'],
    ['x-a', '2'],
    ['Set-Cookie', 's'],
    ['__proto__', 'p'],
  ];
  const response = { status: 200, headers, body: new Uint8Array(), truncated: false };
  const answer = toCerbResponse(
    delivery(undefined, '', { response, askedUrl: new URL('https://a.example/asked') }),
    { raw: false },
  );
  assert.deepEqual(Object.entries(answer.headers), [
    ['x-a', '1, 2'],
    ['__proto__', 'p'],
  ]);
  assert.equal(answer.info.url, 'https://a.example/asked');
});
