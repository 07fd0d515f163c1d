import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClockOffset } from '../../../server/connections/clock-offset.ts';

const now = Date.UTC(2026, 0, 1, 12);
const named = { isNamed: true, offsetMs: 0, now };
const unnamed = { isNamed: false, offsetMs: 0, now };

function answer(headers: [string, string][], { status = 401, body = '' } = {}) {
  return { status, headers, body: Buffer.from(body), truncated: false };
}
function dated(aheadMs: number): [string, string] {
  return ['date', new Date(now + aheadMs).toUTCString()];
}
const range = (from: number, to: number) =>
  `oauth_acceptable_timestamps=${now / 1000 + from}-${now / 1000 + to}`;

test('a refused timestamp teaches the clock of the service, by the surest word it says', () => {
  const table: [string, ReturnType<typeof answer>, number | undefined][] = [
    ['ahead', answer([dated(4_000_000)]), 4_000_000],
    ['behind', answer([dated(-4_000_000)]), -4_000_000],
    ['the range goes first', answer([dated(4_000_000)], { body: range(100, 700) }), 400_000],
    [
      'the range in the header',
      answer([
        [
          'www-authenticate',
          `OAuth oauth_problem="timestamp_refused", ${range(-90, -30).replace('=', '="')}"`,
        ],
      ]),
      -60_000,
    ],
    ['a cached answer', answer([dated(4_000_000), ['age', '17']]), undefined],
    ['two dates', answer([dated(4_000_000), dated(0)]), undefined],
    ['no date', answer([]), undefined],
    ['no date at all', answer([['date', 'yesterday']]), undefined],
    ['1970', answer([['date', 'Thu, 01 Jan 1970 00:00:00 GMT']]), undefined],
    ['2100', answer([['date', 'Fri, 01 Jan 2100 00:00:00 GMT']]), undefined],
    ['a range that is absurd', answer([], { body: 'oauth_acceptable_timestamps=1-2' }), undefined],
    ['the same clock', answer([dated(1_000)]), undefined],
  ];
  for (const [what, given, offset] of table) assert.equal(readClockOffset(given, named), offset, what);
});

test('a clock that was learned is forgotten when ours is right again', () => {
  assert.equal(readClockOffset(answer([dated(0)]), { ...named, offsetMs: 4_000_000 }), 0);
});

test('a refusal that names no time teaches by 401, by its date, and from a minute on', () => {
  assert.equal(readClockOffset(answer([dated(61_000)]), unnamed), 61_000);
  assert.equal(readClockOffset(answer([dated(59_000)]), unnamed), undefined);
  assert.equal(readClockOffset(answer([dated(61_000)], { status: 403 }), unnamed), undefined);
  assert.equal(readClockOffset(answer([], { body: range(100, 700) }), unnamed), undefined);
  const learned = { ...unnamed, offsetMs: 4_000_000 };
  assert.equal(readClockOffset(answer([dated(4_000_000)]), learned), undefined, 'it explains no second one');
});
