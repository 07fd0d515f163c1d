import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointName } from '../../../server/sandbox/endpoint.ts';
import { createFaults, readSwitch } from '../../../server/sandbox/faults.ts';
import { isLoopback, originOf } from '../../../server/sandbox/origin.ts';
import { parseForm, percentEncode } from '../../../server/sandbox/percent.ts';
import { createRateLimits } from '../../../server/sandbox/rate-limits.ts';
import { tweetLength } from '../../../server/sandbox/tweet-length.ts';
import { writeWireJson } from '../../../server/sandbox/wire-json.ts';

test('only the unreserved characters stay unescaped (RFC 5849 §3.6)', () => {
  assert.equal(percentEncode("aZ09-._~!*'() +☃"), 'aZ09-._~%21%2A%27%28%29%20%2B%E2%98%83');
});

test('a form keeps repeated names, empty values and every later equals sign', () => {
  assert.deepEqual(parseForm('a=1&a=&b&c=d=e+f&&'), [
    ['a', '1'],
    ['a', ''],
    ['b', ''],
    ['c', 'd=e f'],
  ]);
  assert.equal(parseForm('a=%'), undefined);
});

test('a Host header stands for the own origin or a listed public one, and for nothing else', () => {
  const own = 'http://127.0.0.1:4010';
  const known = ['https://api.twitter.com', 'http://other.example:8080'];
  const cases: [string | undefined, string | undefined][] = [
    ['127.0.0.1:4010', own],
    ['api.twitter.com', 'https://api.twitter.com'],
    ['API.twitter.com:443', 'https://api.twitter.com'],
    ['other.example:8080', 'http://other.example:8080'],
    ['api.twitter.com:80', undefined],
    ['api.twitter.com.evil.example', undefined],
    ['evil@api.twitter.com', undefined],
    ['api.twitter.com/x', undefined],
    ['localhost:4010', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [host, origin] of cases) assert.equal(originOf(host, own, known), origin, host);
});

test('loopback is told from every other address', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) assert.ok(isLoopback(address));
  for (const address of ['10.0.0.1', '::', '1127.0.0.1', undefined]) assert.ok(!isLoopback(address));
});

test('JSON shows a bigint as bare digits and leaves undefined members out', () => {
  const text = writeWireJson({
    id: 9007199254740993n,
    text: '"\u2028',
    list: [1, null, true],
    none: undefined,
  });
  assert.equal(text, '{"id":9007199254740993,"text":"\\"\u2028","list":[1,null,true]}');
});

test('the length of a tweet is weighted: Latin 1, other scripts 2, emoji 2, URL 23', () => {
  assert.equal(tweetLength('café'), 4);
  assert.equal(tweetLength('cafe\u0301'), 4);
  assert.equal(tweetLength('日本'), 4);
  assert.equal(tweetLength('👩‍👩‍👧‍👦'), 2);
  assert.equal(tweetLength('see https://example.org/a/very/long/path/that/counts/as/twenty-three'), 27);
});

test('a fault works at its own endpoints or the path given, as often as told', () => {
  const faults = createFaults();
  const taken = (name: 'token-json' | 'slow', path: string, endpoint: EndpointName | null = null) =>
    faults.take(name, { path, endpoint, method: 'GET', faults: [] });
  faults.set('token-json', 2);
  assert.equal(taken('token-json', '/1.1/users/show.json'), undefined);
  assert.equal(taken('token-json', '/index.php', 'request'), true);
  assert.equal(taken('token-json', '/oauth/access_token', 'access'), true);
  assert.equal(taken('token-json', '/oauth/access_token', 'access'), undefined);
  faults.set('slow', { value: 5, path: '/a' });
  assert.equal(taken('slow', '/b'), undefined);
  assert.equal(taken('slow', '/a'), 5);
  assert.equal(taken('slow', '/a'), 5);
  faults.set('slow', false);
  assert.equal(taken('slow', '/a'), undefined);
  faults.set('slow', 5);
  assert.equal(taken('slow', '/_sandbox/journal'), undefined);
});

test('a switch that does not fit its fault is refused', () => {
  assert.throws(() => readSwitch('slow', true), RangeError);
  assert.throws(() => readSwitch('redirect', 'nowhere'), RangeError);
  assert.throws(() => readSwitch('token-json', 'yes'), RangeError);
  assert.throws(() => readSwitch('drop', { times: 0 }), RangeError);
  assert.deepEqual(readSwitch('nonce-used-once', true), { times: 1 });
});

test('a token may call a route so often per quarter of an hour, then again', () => {
  const limits = createRateLimits(2, 900_000);
  assert.deepEqual(limits.count('t', 'r', 0), { limit: 2, remaining: 1, reset: 900, isExhausted: false });
  assert.equal(limits.count('t', 'r', 1).isExhausted, false);
  assert.equal(limits.count('t', 'r', 2).isExhausted, true);
  assert.equal(limits.count('t', 'other', 2).isExhausted, false);
  assert.equal(limits.count('t', 'r', 900_000).isExhausted, false);
});
