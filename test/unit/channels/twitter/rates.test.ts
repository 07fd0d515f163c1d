import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRates, retryAt } from '../../../../server/channels/twitter/rates.ts';
import { now } from './answers.ts';

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
  assert.deepEqual(readRates({ headers }, now), [
    { scope: 'account', window: '15m', remaining: 3, resetAt: now + 600_000 },
    { scope: 'account', window: '24h', remaining: 100, resetAt: now + 36_000_000 },
    { scope: 'service', window: '24h', remaining: 0, resetAt: now + 42_000_000 },
  ]);
  assert.deepEqual(readRates({ headers: {} }, now), []);
  assert.deepEqual(
    readRates({ headers: { 'x-rate-limit-remaining': 'many', 'x-rate-limit-reset': '1' } }, now),
    [],
  );
});

test("resets are by the service's clock, which its Date tells", () => {
  const theirs = now - 3_600_000;
  const headers = {
    date: new Date(theirs).toUTCString(),
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': String(theirs / 1000 + 60),
  };
  assert.equal(readRates({ headers }, now)[0]?.resetAt, now + 70_000);
  assert.equal(retryAt(headers, now), now + 71_000);
});

test('one window has one reset, however far into a second each answer comes', () => {
  const headers = (theirs: number) => ({
    date: new Date(theirs).toUTCString(),
    'x-rate-limit-remaining': '0',
    'x-rate-limit-reset': inMinutes(10),
  });
  const resets = (ahead: number) =>
    new Set(
      [0, 1, 400, 999].map((ms) => readRates({ headers: headers(now + ms + ahead) }, now + ms)[0]?.resetAt),
    );
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
