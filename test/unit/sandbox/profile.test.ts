import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Endpoint, endpointOf, pathPattern } from '../../../server/sandbox/endpoint.ts';
import { fillJson, fillText } from '../../../server/sandbox/fill.ts';
import { endOf, type Lifetime, stateOf } from '../../../server/sandbox/lifetime.ts';
import { createNonces, usualFreshness } from '../../../server/sandbox/nonces.ts';
import { problemName } from '../../../server/sandbox/problem-name.ts';

const endpoints: readonly Endpoint[] = [
  { of: 'request', methods: ['POST'], target: '/w/index.php?title=Special:OAuth/initiate' },
  { of: 'authorize', methods: ['GET'], target: '/w/index.php' },
  { of: 'access', methods: ['POST'], target: '/+access-token' },
];

test('an address is found by path and by the query that belongs to it, in whatever order and escape', () => {
  const cases: [string, string | undefined][] = [
    ['/w/index.php?a=1&title=Special%3AOAuth%2Finitiate', 'request'],
    ['/w/index.php?title=Special:OAuth/initiate', 'request'],
    ['/w/index.php?title=Other', 'authorize'],
    ['/w/index.php', 'authorize'],
    ['/w/index.php/', undefined],
    ['/+access-token?x', 'access'],
    ['/access-token', undefined],
    ['/w/index.php?title=%', 'authorize'],
  ];
  for (const [target, of] of cases) assert.equal(endpointOf(endpoints, target), of, target);
});

test('a path becomes a pattern that means itself', () => {
  const target = '/a(b)/{c}/:d/*e/f+g?x=1';
  assert.equal(pathPattern({ of: 'access', methods: [], target }), '/a\\(b\\)/\\{c\\}/\\:d/\\*e/f\\+g');
});

test('texts are filled with the person and the request, and a number keeps its digits', () => {
  const user = { id: '9007199254740993', name: 'Alice Example', screenName: 'alice' };
  assert.equal(
    fillText('{screen_name} {name} {id} {param:a}{param:b} {else}', user, [['a', 'x']]),
    'alice Alice Example 9007199254740993 x {else}',
  );
  assert.deepEqual(fillJson({ a: ['{id:number}', 1, null, true], b: { c: '{id}' } }, user), {
    a: [9007199254740993n, 1, null, true],
    b: { c: '9007199254740993' },
  });
});

const at = (text: string) => Date.parse(text);
const times = (issuedAt: number, usedAt = issuedAt, endsAt: number | null = null) => ({
  issuedAt,
  usedAt,
  endsAt,
});

test('a day ends at midnight of its zone, whatever the clocks do there that night', () => {
  const zone: Lifetime = { dailyEnd: 'America/New_York' };
  const cases: [string, string, string][] = [
    // Winter: five hours behind. Summer: four. The clocks change on 8 March and 1 November 2026.
    ['2026-01-05T12:00:00Z', '2026-01-06T04:59:59Z', 'live'],
    ['2026-01-05T12:00:00Z', '2026-01-06T05:00:00Z', 'expired'],
    ['2026-03-08T06:00:00Z', '2026-03-09T03:59:59Z', 'live'],
    ['2026-03-08T06:00:00Z', '2026-03-09T04:00:00Z', 'expired'],
    ['2026-11-01T05:00:00Z', '2026-11-02T04:59:59Z', 'live'],
    ['2026-11-01T05:00:00Z', '2026-11-02T05:00:00Z', 'expired'],
  ];
  for (const [issued, now, state] of cases)
    assert.equal(stateOf(times(at(issued)), zone, at(now)), state, now);
});

test('what has ended does not sleep, and the first of several ends counts', () => {
  assert.equal(stateOf(times(0, 0, 10), { idleMs: 5 }, 10), 'expired');
  assert.equal(stateOf(times(0, 0, 10), { idleMs: 5 }, 9), 'idle');
  assert.equal(stateOf(times(0, 6, 10), { idleMs: 5 }, 9), 'live');
  assert.equal(endOf({}, 5), null);
  assert.equal(endOf({ fixedMs: 10, session: { tokenMs: 3, handleMs: 100 } }, 5), 8);
  assert.equal(endOf({ asked: { parameter: 'e', usual: '1day' } }, 0), 86_400_000);
  assert.equal(endOf({ asked: { parameter: 'e', usual: '1day' } }, 0, 'never'), null);
});

test('a consumer whose timestamps have to grow is not held up by others, nor by equal ones', () => {
  const nonces = createNonces({ ...usualFreshness, isNonDecreasing: true });
  const use = (consumer: string, timestamp: number) =>
    nonces.isInOrder({ consumer, timestamp, token: '', nonce: '' });
  assert.deepEqual(
    [use('a', 10), use('a', 10), use('a', 9), use('b', 9), use('a', 11)],
    [true, true, false, true, true],
  );
});

test('what failed has a name of the problem extension, demands of a service included', () => {
  assert.equal(problemName('nonce'), 'nonce_used');
  assert.equal(problemName('parameter scope'), 'parameter_absent');
  assert.equal(problemName('realm'), 'parameter_rejected');
  assert.equal(problemName('constructor'), 'parameter_rejected');
});
