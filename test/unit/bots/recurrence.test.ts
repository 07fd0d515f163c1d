/** Times of recurring behaviors: cron lines, comments, zones, and days on which clocks change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTime, readRecurrence, remarksOnRecurrence } from '../../../server/bots/recurrence.ts';

function times(patterns: string, timezone: string, after: string, count: number): string[] {
  const recurrence = readRecurrence({ repeat_patterns: patterns, timezone }, 'UTC');
  const found: string[] = [];
  for (let at = Date.parse(after); found.length < count; ) {
    const next = nextTime(recurrence, at);
    if (next === null) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    at = next;
  }
  return found;
}

const table: [rule: string, patterns: string, zone: string, after: string, expected: string[]][] = [
  [
    'a time that the clock jumps over comes at the end of the jump',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00', '2026-03-30T00:30'],
  ],
  [
    'so does one of several times of a day',
    '0,30 2 * * *',
    'Europe/Berlin',
    '2026-03-28T12:00Z',
    ['2026-03-29T01:00', '2026-03-30T00:00', '2026-03-30T00:30'],
  ],
  [
    'a time that the clock shows twice comes once',
    '30 2 * * *',
    'Europe/Berlin',
    '2026-10-24T12:00Z',
    ['2026-10-25T00:30', '2026-10-26T01:30'],
  ],
  [
    'what runs every hour runs in both of them',
    '30 * * * *',
    'Europe/Berlin',
    '2026-10-24T23:45Z',
    ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-25T02:30'],
  ],
  [
    'what runs every hour leaves out none when one is missing',
    '30 * * * *',
    'Europe/Berlin',
    '2026-03-28T23:45Z',
    ['2026-03-29T00:30', '2026-03-29T01:30', '2026-03-29T02:30'],
  ],
  [
    'a midnight that does not exist is the first moment of that day',
    '0 0 * * *',
    'America/Sao_Paulo',
    '2018-11-03T12:00Z',
    ['2018-11-04T03:00', '2018-11-05T02:00'],
  ],
  [
    'a jump of half an hour is one too',
    '15 2 * * *',
    'Australia/Lord_Howe',
    '2026-10-03T00:00Z',
    ['2026-10-03T15:30', '2026-10-04T15:15'],
  ],
  [
    'nine in the morning stays nine in the morning',
    '0 9 * * MON-FRI',
    'America/New_York',
    '2026-03-06T12:00Z',
    ['2026-03-06T14:00', '2026-03-09T13:00'],
  ],
  [
    'day of the month and day of the week are either',
    '0 0 15 * MON',
    'UTC',
    '2026-01-06T00:00Z',
    ['2026-01-12T00:00', '2026-01-15T00:00', '2026-01-19T00:00'],
  ],
  [
    'the last day of a month is L',
    '0 0 L * *',
    'UTC',
    '2027-12-31T00:00Z',
    ['2028-01-31T00:00', '2028-02-29T00:00'],
  ],
  ['Sunday is 0 and 7', '0 0 * * 7', 'UTC', '2026-01-01T00:00Z', ['2026-01-04T00:00']],
  ['a weekday of the month is counted by #', '0 0 * * 5#2', 'UTC', '2026-01-01T00:00Z', ['2026-01-09T00:00']],
  [
    'of several lines the earliest counts, comments do not',
    '# nightly\n0 3 * * *\n\n*/30 12 * * * # noon',
    'UTC',
    '2026-01-01T11:59Z',
    ['2026-01-01T12:00', '2026-01-01T12:30', '2026-01-02T03:00'],
  ],
  ['a day that never comes never comes', '0 0 30 2 *', 'UTC', '2026-01-01T00:00Z', []],
  ['no line, no time', '# later\n', 'UTC', '2026-01-01T00:00Z', []],
];
for (const [rule, patterns, zone, after, expected] of table) {
  test(rule, () => {
    assert.deepEqual(times(patterns, zone, after, Math.max(expected.length, 1)), expected);
  });
}

test('without a zone of its own a behavior goes by the one of the settings', () => {
  assert.equal(readRecurrence({ timezone: ' ' }, 'Asia/Tokyo').timeZone, 'Asia/Tokyo');
});

test('what is no cron line or no zone is told by its path', () => {
  const faults = (repeat_patterns: string, timezone = '') =>
    remarksOnRecurrence({ repeat_patterns, timezone }).map(({ path, message }) => `${path} ${message}`);
  assert.deepEqual(faults('0 3 * * *\n@daily'), []);
  assert.match(faults('61 * * * *')[0] ?? '', /^\/repeat_patterns "61 \* \* \* \*" is no cron line/);
  assert.match(faults('0 0 3 * * *')[0] ?? '', /minute, hour/);
  assert.match(faults('2026-01-01T00:00:00')[0] ?? '', /is no cron line/);
  assert.match(faults('@reboot')[0] ?? '', /is no cron line/);
  assert.match(faults('0 3 * * *', 'Mars/Base')[0] ?? '', /^\/timezone "Mars\/Base" is no time zone/);
  assert.equal(faults('61 * * * *\n* * * *').length, 2);
});
