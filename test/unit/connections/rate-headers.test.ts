import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  joinHeaders,
  type RateNames,
  readRateWindows,
  retryAt,
} from '../../../server/connections/rate-headers.ts';

const now = Date.UTC(2026, 0, 1, 12);

const inMinutes = (minutes: number) => String(now / 1000 + minutes * 60);

test('an answer tells of three windows, each with whom it holds up', () => {
  const headers = {
    'x-rate-limit-limit': '15',
    'x-rate-limit-remaining': '3',
    'x-rate-limit-reset': inMinutes(10),
    'x-user-limit-24hour-remaining': '100',
    'x-user-limit-24hour-reset': inMinutes(600),
    'x-app-limit-24hour-remaining': '0',
    'x-app-limit-24hour-reset': inMinutes(700),
  };
  assert.deepEqual(readRateWindows(headers, now), [
    { scope: 'account', window: '15m', limit: 15, remaining: 3, resetAt: now + 600_000, waversMs: 15_000 },
    {
      scope: 'account',
      window: '24h',
      limit: null,
      remaining: 100,
      resetAt: now + 36_000_000,
      waversMs: 15_000,
    },
    {
      scope: 'service',
      window: '24h',
      limit: null,
      remaining: 0,
      resetAt: now + 42_000_000,
      waversMs: 15_000,
    },
  ]);
  assert.deepEqual(readRateWindows({}, now), []);
  assert.deepEqual(readRateWindows({ 'x-rate-limit-remaining': 'many', 'x-rate-limit-reset': '1' }, now), []);
});

test("resets are by the service's clock, which its Date tells", () => {
  const theirs = now - 3_600_000;
  const headers = {
    date: new Date(theirs).toUTCString(),
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': String(theirs / 1000 + 60),
  };
  assert.equal(readRateWindows(headers, now)[0]?.resetAt, now + 70_000);
  assert.equal(retryAt(headers, now), now + 71_000);
});

test('one window has one reset, however far into a second each answer comes', () => {
  const headers = (theirs: number) => ({
    date: new Date(theirs).toUTCString(),
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': inMinutes(10),
  });
  const resets = (ahead: number) =>
    new Set([0, 1, 400, 999].map((ms) => readRateWindows(headers(now + ms + ahead), now + ms)[0]?.resetAt));
  assert.deepEqual([...resets(0)], [now + 600_000]);
  const [reset = 0, ...others] = resets(3_600_000);
  assert.deepEqual(others, []);
  const exact = now + 600_000 - 3_600_000;
  assert.ok(reset >= exact && reset <= exact + 10_000, 'rather late than early');
});

test('a pause ends a second after the last exhausted window', () => {
  const table: [string, Record<string, string>, number][] = [
    ['nothing said', {}, 60_000],
    ['the reset alone', { 'x-rate-limit-reset': inMinutes(5) }, 301_000],
    ['exhausted', { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': inMinutes(5) }, 301_000],
    [
      'a day that lasts longer',
      {
        'x-rate-limit-remaining': '0',
        'x-rate-limit-reset': inMinutes(5),
        'x-user-limit-24hour-remaining': '0',
        'x-user-limit-24hour-reset': inMinutes(300),
      },
      18_001_000,
    ],
    [
      'a window that is not exhausted',
      {
        'x-rate-limit-remaining': '4',
        'x-rate-limit-reset': inMinutes(5),
        'x-app-limit-24hour-remaining': '0',
        'x-app-limit-24hour-reset': inMinutes(60),
      },
      3_601_000,
    ],
    ['a reset in the past', { 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': inMinutes(-5) }, 60_000],
    ['seconds', { 'retry-after': '90' }, 90_000],
    ['a date', { 'retry-after': new Date(now + 120_000).toUTCString() }, 120_000],
    ['the longer of two', { 'retry-after': '90', 'x-rate-limit-reset': inMinutes(5) }, 301_000],
    ['nonsense', { 'retry-after': 'soon', 'x-rate-limit-reset': '-1' }, 60_000],
    ['no end in sight', { 'retry-after': '999999999' }, 90_000_000],
  ];
  for (const [what, headers, pause] of table) assert.equal(retryAt(headers, now) - now, pause, what);
});

test('every usual way of telling a limit is read', () => {
  const one = (
    window: string,
    limit: number | null,
    remaining: number,
    pauseMs: number,
    waversMs = 1_500,
  ) => ({
    scope: 'account' as const,
    window,
    limit,
    remaining,
    resetAt: now + pauseMs,
    waversMs,
  });
  const table: [string, Record<string, string>, ReturnType<typeof one>[]][] = [
    [
      'seconds since 1970',
      { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '59', 'x-ratelimit-reset': inMinutes(2) },
      [one('x-ratelimit', 60, 59, 120_000, 15_000)],
    ],
    [
      'milliseconds since 1970',
      { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': String(now + 5_000) },
      [one('x-ratelimit', null, 1, 5_000, 15_000)],
    ],
    [
      'seconds from now, with a fraction and a policy',
      { 'x-ratelimit-limit': '60, 60;w=60', 'x-ratelimit-remaining': '12.0', 'x-ratelimit-reset': '30' },
      [one('x-ratelimit', 60, 12, 30_000)],
    ],
    [
      'three headers of the IETF',
      { 'ratelimit-limit': '10', 'ratelimit-remaining': '0', 'ratelimit-reset': '7' },
      [one('ratelimit', 10, 0, 7_000)],
    ],
    [
      'one header of the IETF',
      { ratelimit: 'limit=10, remaining=4, reset=7' },
      [one('ratelimit', 10, 4, 7_000)],
    ],
    [
      'several policies in one header',
      { ratelimit: '"burst";r=5;t=10, "day";r=100;t=3600' },
      [one('rl burst', null, 5, 10_000), one('rl day', null, 100, 3_600_000)],
    ],
    [
      'more than can be counted',
      { 'x-ratelimit-remaining': '999999999999', 'x-ratelimit-reset': '1' },
      [one('x-ratelimit', null, 1_000_000_000, 1_000)],
    ],
    [
      'a reset nobody lives to see',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' },
      [one('x-ratelimit', null, 0, 90_000_000, 15_000)],
    ],
    ['no end', { 'x-ratelimit-remaining': '3' }, []],
    ['nonsense', { ratelimit: 'plenty', 'x-ratelimit-remaining': '-1', 'x-ratelimit-reset': '1' }, []],
  ];
  for (const [what, headers, windows] of table)
    assert.deepEqual(readRateWindows(headers, now), windows, what);
});

test("a service's own header names count in place of the usual ones", () => {
  const headers = joinHeaders([
    ['X-Discogs-Ratelimit', '60'],
    ['X-Discogs-Ratelimit-Remaining', '2'],
    ['X-RateLimit-Remaining', '0'],
    ['X-RateLimit-Reset', '9'],
    ['X-Back-At', new Date(now + 30_000).toUTCString()],
  ]);
  const names: RateNames = { limit: 'X-Discogs-Ratelimit', remaining: 'X-Discogs-Ratelimit-Remaining' };
  const told = { scope: 'account', window: 'service', limit: 60, remaining: 2 };
  assert.deepEqual(readRateWindows(headers, now, names), [
    { ...told, resetAt: now + 60_000, waversMs: 1_500 },
  ]);
  const dated: RateNames = { ...names, reset: 'X-Back-At', reset_kind: 'http-date', per: 'service' };
  assert.deepEqual(readRateWindows(headers, now, dated), [
    { ...told, scope: 'service', resetAt: now + 30_000, waversMs: 15_000 },
  ]);
  assert.equal(retryAt(headers, now, { retry_after: 'X-Back-At' }), now + 30_000);
});

test('a header whose name every object has is missing where the answer does not hold it', () => {
  const names: RateNames = { remaining: 'constructor', reset: 'toString', retry_after: 'valueOf' };
  assert.deepEqual(readRateWindows(joinHeaders([]), now, names), []);
  assert.equal(retryAt(joinHeaders([]), now, names), now + 60_000);
  const held = joinHeaders([['Constructor', '3']]);
  assert.equal(readRateWindows(held, now, { remaining: 'constructor' })[0]?.remaining, 3);
});
