import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLifetime, renewPauseMs, type Standing, timesOf } from '../../../server/connections/lifetime.ts';
import { isTimeZone, nextMidnight } from '../../../server/connections/midnight.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString());
const utc = (text: string) => Date.parse(text);

const consentAt = utc('2026-01-10T09:00:00Z');
const fresh: Standing = {
  now: consentAt,
  consentAt,
  lifetimeMs: null,
  consentEndsAt: null,
  canRenew: false,
};
const lifetime = (spec: Record<string, unknown>) => readLifetime({ lifetime: spec });

test('midnight is that of the zone, whatever the clocks do that night', () => {
  const rows: [at: string, zone: string, midnight: string][] = [
    ['2026-01-10T09:00:00Z', 'America/New_York', '2026-01-11T05:00:00.000Z'],
    ['2026-07-10T09:00:00Z', 'America/New_York', '2026-07-11T04:00:00.000Z'],
    // Eleven in the evening there; tomorrow here already.
    ['2026-01-11T04:59:59Z', 'America/New_York', '2026-01-11T05:00:00.000Z'],
    // Midnight itself begins the day whose end is looked for.
    ['2026-01-11T05:00:00Z', 'America/New_York', '2026-01-12T05:00:00.000Z'],
    // The day the clocks go forward has 23 hours, the day they go back 25.
    ['2026-03-08T05:00:00Z', 'America/New_York', '2026-03-09T04:00:00.000Z'],
    ['2026-11-01T04:00:00Z', 'America/New_York', '2026-11-02T05:00:00.000Z'],
    // In Chile the clocks jump from midnight to one: the day begins at one.
    ['2026-09-05T12:00:00Z', 'America/Santiago', '2026-09-06T04:00:00.000Z'],
    ['2026-01-10T09:00:00Z', 'Asia/Kolkata', '2026-01-10T18:30:00.000Z'],
    ['2026-12-31T23:59:59Z', 'UTC', '2027-01-01T00:00:00.000Z'],
    // Samoa left out a whole day.
    ['2011-12-29T12:00:00Z', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
  ];
  for (const [at, zone, midnight] of rows) assert.equal(iso(nextMidnight(utc(at), zone)), midnight, at);
});

test('a time zone is known by its name', () => {
  assert.equal(isTimeZone('America/New_York'), true);
  assert.equal(isTimeZone('US/Eastern'), true);
  assert.equal(isTimeZone('Mars/Olympus'), false);
  assert.equal(isTimeZone(''), false);
});

test('what never ends has no times, whatever its answer says', () => {
  const never = { expiresAt: null, renewAt: null, consentEndsAt: null, warnAt: null };
  assert.deepEqual(timesOf(lifetime({ kind: 'never' }), { ...fresh, lifetimeMs: hour }), never);
  assert.deepEqual(timesOf(readLifetime({}), fresh), never);
});

test('a fixed time counts from consent, and a person is warned a week before, or when the service says', () => {
  const times = timesOf(lifetime({ kind: 'fixed', days: 90 }), { ...fresh, now: consentAt + 30 * day });
  assert.deepEqual(times, {
    expiresAt: consentAt + 90 * day,
    renewAt: null,
    consentEndsAt: consentAt + 90 * day,
    warnAt: consentAt + 83 * day,
  });
  const early = timesOf(lifetime({ kind: 'fixed', days: 90, warn_days: 21 }), fresh);
  assert.equal(early.warnAt, consentAt + 69 * day);
  const short = timesOf(lifetime({ kind: 'fixed', days: 1 }), fresh);
  assert.equal(short.warnAt, consentAt + 0.9 * day, 'of a short time in its last tenth');
  const odd = timesOf(lifetime({ kind: 'fixed', days: 1 / 3 }), fresh);
  assert.equal(odd.expiresAt, consentAt + day / 3, 'times are whole milliseconds');
  const { expiresAt } = timesOf(lifetime({ kind: 'fixed', days: 1 / 7 }), fresh);
  assert.ok(Number.isInteger(expiresAt));
});

test('an idle time counts from the last use, and is renewed where there is an address for it', () => {
  const idle = lifetime({ kind: 'idle', idle_minutes: 120 });
  const later = { ...fresh, now: consentAt + 5 * hour };
  assert.deepEqual(timesOf(idle, later), {
    expiresAt: later.now + 2 * hour,
    renewAt: null,
    consentEndsAt: null,
    warnAt: later.now + 1.8 * hour,
  });
  assert.deepEqual(timesOf(idle, { ...later, canRenew: true }), {
    expiresAt: later.now + 2 * hour,
    renewAt: later.now + 1.8 * hour,
    consentEndsAt: null,
    warnAt: null,
  });
});

test('a daily end bounds an idle time, and is what a person is warned of', () => {
  const daily = lifetime({ kind: 'idle', idle_minutes: 120, daily_end: 'America/New_York' });
  const midnight = utc('2026-01-11T05:00:00Z');
  const atNine = timesOf(daily, { ...fresh, canRenew: true });
  assert.equal(iso(atNine.expiresAt), '2026-01-10T11:00:00.000Z');
  assert.equal(iso(atNine.renewAt), '2026-01-10T10:48:00.000Z');
  assert.equal(atNine.consentEndsAt, midnight);
  assert.equal(atNine.warnAt, midnight - 2 * hour, 'a tenth of the twenty hours there were');
  const late = timesOf(daily, { ...fresh, now: midnight - hour, canRenew: true });
  assert.deepEqual(
    [late.expiresAt, late.renewAt, late.warnAt],
    [midnight, null, midnight - 2 * hour],
    'nothing is renewed past midnight',
  );
});

test('what the answer says of its end counts, and a session handle renews until consent ends', () => {
  const session = lifetime({ kind: 'session' });
  const times = timesOf(session, {
    ...fresh,
    lifetimeMs: 30 * day,
    consentEndsAt: consentAt + 365 * day,
    canRenew: true,
  });
  assert.deepEqual(times, {
    expiresAt: consentAt + 30 * day,
    renewAt: consentAt + 29 * day,
    consentEndsAt: consentAt + 365 * day,
    warnAt: consentAt + 358 * day,
  });
  const last = timesOf(session, {
    now: consentAt + 350 * day,
    consentAt,
    lifetimeMs: 30 * day,
    consentEndsAt: consentAt + 365 * day,
    canRenew: true,
  });
  assert.equal(last.expiresAt, consentAt + 365 * day);
  assert.equal(last.renewAt, null);
});

test('an hour of OAuth 2 is renewed in its last minutes and never warned of', () => {
  const times = timesOf(readLifetime({}), { ...fresh, lifetimeMs: hour, canRenew: true });
  assert.deepEqual(times, {
    expiresAt: consentAt + hour,
    renewAt: consentAt + 54 * minute,
    consentEndsAt: null,
    warnAt: null,
  });
  const seconds = timesOf(readLifetime({}), { ...fresh, lifetimeMs: 20_000, canRenew: true });
  assert.equal(seconds.renewAt, consentAt, 'what lasts less than a minute is renewed at each use');
});

test('a renewal that failed waits longer each time, at most an hour', () => {
  assert.deepEqual([0, 1, 2, 6, 40].map(renewPauseMs), [minute, 2 * minute, 4 * minute, hour, hour]);
});

test('a renewal address is called by GET unless the record says POST', () => {
  const url = 'https://api.example/renew';
  assert.deepEqual(lifetime({ kind: 'idle', idle_minutes: 1, renew_url: url }).renewal, {
    url,
    method: 'GET',
  });
  const post = lifetime({ kind: 'idle', idle_minutes: 1, renew_url: url, renew_method: 'POST' });
  assert.equal(post.renewal?.method, 'POST');
});
