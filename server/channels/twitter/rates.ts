/** Rate limits as the service's headers tell them. Pure. */
import type { ChannelAnswer, RateWindow } from '../channel.ts';

const windows = [
  { prefix: 'x-rate-limit', window: '15m', scope: 'account' },
  { prefix: 'x-user-limit-24hour', window: '24h', scope: 'account' },
  { prefix: 'x-app-limit-24hour', window: '24h', scope: 'service' },
] as const;

/** Without a usable header one minute; who tries again multiplies. */
const shortestPauseMs = 60_000;
/** Further away is no reset of any window, whatever a header says. */
const longestPauseMs = 25 * 3_600_000;

type Headers = ChannelAnswer['headers'];

/** Windows an answer tells of. Resets are seconds by the service's clock, turned into ours by its `Date`. */
export function readRates({ headers }: Pick<ChannelAnswer, 'headers'>, now: number): RateWindow[] {
  return windows.flatMap(({ prefix, window, scope }) => {
    const remaining = numberIn(headers, `${prefix}-remaining`);
    const reset = numberIn(headers, `${prefix}-reset`);
    if (remaining === undefined || reset === undefined) return [];
    return [{ scope, window, remaining, resetAt: reset * 1000 + skew(headers, now) }];
  });
}

/** When a refused request may be made again: after every exhausted window, a second later, and `retry-after`. */
export function retryAt(headers: Headers, now: number): number {
  const exhausted = readRates({ headers }, now)
    .filter(({ remaining }) => remaining <= 0)
    .map(({ resetAt }) => resetAt + 1000);
  const reset = numberIn(headers, 'x-rate-limit-reset');
  const unsaid =
    headers['x-rate-limit-remaining'] === undefined && reset !== undefined
      ? [reset * 1000 + skew(headers, now) + 1000]
      : [];
  const future = [...exhausted, ...unsaid, ...retryAfter(headers, now)].filter((time) => time > now);
  if (future.length === 0) return now + shortestPauseMs;
  return Math.min(Math.max(...future), now + longestPauseMs);
}

/** `retry-after`: seconds, or a date by the service's clock (RFC 9110 §10.2.3). */
function retryAfter(headers: Headers, now: number): number[] {
  const value = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return [now + Number(value) * 1000];
  const date = Date.parse(value);
  return Number.isNaN(date) ? [] : [date + skew(headers, now)];
}

/**
 * What has to be added to a time by the service's clock. `Date` has whole seconds and the answer took a while, so it
 * is told coarsely and rather late than early: one window then has one reset, however often it is told.
 */
function skew(headers: Headers, now: number): number {
  const theirs = Date.parse(headers.date ?? '');
  if (Number.isNaN(theirs) || Math.abs(now - theirs) < 2000) return 0;
  return (Math.floor((now - theirs) / 10_000) + 1) * 10_000;
}

function numberIn(headers: Headers, name: string): number | undefined {
  const value = headers[name]?.trim() ?? '';
  return /^\d{1,12}$/.test(value) ? Number(value) : undefined;
}
