/** Rate limits as a service's answers tell them. Pure. */
import { isPlainObject } from './reading.ts';

/** How many calls a window still holds, and when it begins anew. */
export interface RateWindow {
  /** Whom it holds up. */
  scope: 'account' | 'service';
  /** Tells the windows of one route apart; at most 16 characters. */
  window: string;
  /** Calls of a whole window; null where the answer does not say. */
  limit: number | null;
  remaining: number;
  /** UTC milliseconds by our clock. */
  resetAt: number;
  /** By how much answers may differ in the reset of one window; by more, it is another or has moved on. */
  waversMs: number;
}

/** The `rate_headers` parameter of a service whose headers have names of their own. */
export interface RateNames {
  limit?: string;
  remaining?: string;
  reset?: string;
  reset_kind?: ResetKind;
  retry_after?: string;
  /** What shares one budget: calls of an account to one route (default), all of the account, all of the service. */
  per?: (typeof budgetSharers)[number];
}

/** Times of a reset: seconds since 1970, seconds from now, or a date. */
export const resetKinds = ['epoch', 'seconds', 'http-date'] as const;
export type ResetKind = (typeof resetKinds)[number];
export const budgetSharers = ['route', 'account', 'service'] as const;

/** Header -> value; names in lower case, repeated ones joined with ", ". */
export type Headers = Readonly<Record<string, string>>;

interface Family {
  scope: RateWindow['scope'];
  window: string;
  limit: string | undefined;
  remaining: string | undefined;
  reset: string | undefined;
  kind: ResetKind | undefined;
}

const families: readonly Family[] = [
  family('15m', 'account', 'x-rate-limit-'),
  family('24h', 'account', 'x-user-limit-24hour-'),
  family('24h', 'service', 'x-app-limit-24hour-'),
  family('x-ratelimit', 'account', 'x-ratelimit-'),
  { ...family('ratelimit', 'account', 'ratelimit-'), kind: 'seconds' },
];

/** Without a usable header one minute; who tries again multiplies. */
const shortestPauseMs = 60_000;
/** A reset further away is not believed: then one call goes out, and is told again. */
const longestPauseMs = 25 * 3_600_000;
/** As good as no limit; the database counts no further. */
const mostCalls = 1_000_000_000;

/** The service's own names; undefined where it has none, and the usual ones count. */
export function rateNamesOf(params: Readonly<Record<string, unknown>>): RateNames | undefined {
  // The check of the service's record let only these keys through, each with the text it may hold.
  return isPlainObject(params.rate_headers) ? (params.rate_headers as RateNames) : undefined;
}

/** Windows an answer tells of. Times by the service's clock are turned into ours by its `Date`. */
export function readRateWindows(headers: Headers, now: number, names?: RateNames): RateWindow[] {
  const read = familiesOf(names).flatMap((member): RateWindow[] => {
    const remaining = numberIn(headers, member.remaining);
    if (remaining === undefined) return [];
    // A window whose end nobody tells moves along; a minute is the usual one.
    const resetAt = member.reset === undefined ? now + 60_000 : resetIn(headers, member, now);
    if (resetAt === undefined) return [];
    const limit = numberIn(headers, member.limit) ?? null;
    const { scope, window } = member;
    return [{ scope, window, limit, remaining, resetAt, waversMs: waversMs(headers, member) }];
  });
  const all = names?.remaining === undefined ? [...read, ...structured(headers.ratelimit, now)] : read;
  return all.map((window) => ({
    ...window,
    limit: window.limit === null ? null : Math.min(window.limit, mostCalls),
    remaining: Math.min(window.remaining, mostCalls),
    resetAt: Math.min(window.resetAt, now + longestPauseMs),
  }));
}

/** Times of day go by the service's clock, which is told coarsely; seconds from now by ours, and the answer's way. */
function waversMs(headers: Headers, { reset, kind }: Family): number {
  const isFromNow = kind === 'seconds' || (kind === undefined && (numberIn(headers, reset, 14) ?? 0) < 1e9);
  return isFromNow ? 1_500 : 15_000;
}

/** When a refused request may be made again: after every exhausted window, a second later, and `retry-after`. */
export function retryAt(headers: Headers, now: number, names?: RateNames): number {
  const exhausted = readRateWindows(headers, now, names)
    .filter(({ remaining }) => remaining <= 0)
    .map(({ resetAt }) => resetAt + 1000);
  const unsaid = familiesOf(names).flatMap((member) => {
    if (member.window === '24h' || numberIn(headers, member.remaining) !== undefined) return [];
    const reset = resetIn(headers, member, now);
    return reset === undefined ? [] : [reset + 1000];
  });
  const future = [...exhausted, ...unsaid, ...retryAfter(headers, now, names)].filter((time) => time > now);
  if (future.length === 0) return now + shortestPauseMs;
  return Math.min(Math.max(...future), now + longestPauseMs);
}

/** `retry-after`: seconds, or a date by the service's clock (RFC 9110 §10.2.3); none or one. */
export function retryAfter(headers: Headers, now: number, names?: RateNames): number[] {
  const value = headers[names?.retry_after?.toLowerCase() ?? 'retry-after']?.trim() ?? '';
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return [now + Math.ceil(Number(value)) * 1000];
  const date = Date.parse(value);
  return Number.isNaN(date) ? [] : [date + skew(headers, now)];
}

/** Headers of an answer as they are read here. */
export function joinHeaders(headers: readonly (readonly [string, string])[]): Headers {
  // Without a prototype: names of headers are the service's to choose, `constructor` among them.
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    joined[key] = joined[key] === undefined ? value : `${joined[key]}, ${value}`;
  }
  return joined;
}

function family(window: string, scope: RateWindow['scope'], prefix: string): Family {
  const named = { limit: `${prefix}limit`, remaining: `${prefix}remaining`, reset: `${prefix}reset` };
  return { window, scope, ...named, kind: undefined };
}

function familiesOf(names: RateNames | undefined): readonly Family[] {
  if (names?.remaining === undefined) return families;
  const { limit, remaining, reset, reset_kind: kind, per } = names;
  const lower = (name: string | undefined) => (name === '' ? undefined : name?.toLowerCase());
  return [
    {
      scope: per === 'service' ? 'service' : 'account',
      window: 'service',
      limit: lower(limit),
      remaining: lower(remaining),
      reset: lower(reset),
      kind,
    },
  ];
}

/** `RateLimit: "burst";r=5;t=10, "day";r=100;t=3600`, or `limit=10, remaining=5, reset=30` (drafts of the IETF). */
function structured(value: string | undefined, now: number): RateWindow[] {
  if (value === undefined) return [];
  const plain = /(?:^|[\s,])remaining=(\d{1,12})/.exec(value);
  const reset = /(?:^|[\s,])reset=(\d{1,9})/.exec(value);
  if (plain && reset) {
    const limit = /(?:^|[\s,])limit=(\d{1,12})/.exec(value)?.[1];
    return [windowOf('ratelimit', limit, plain[1], reset[1], now)];
  }
  return value.split(',').flatMap((member) => {
    const [, policy = ''] = /^\s*"?([\w.-]{1,64})"?\s*;/.exec(member) ?? [];
    const remaining = /;\s*r=(\d{1,12})/.exec(member)?.[1];
    const seconds = /;\s*t=(\d{1,9})/.exec(member)?.[1];
    if (policy === '' || remaining === undefined || seconds === undefined) return [];
    return [windowOf(`rl ${policy}`.slice(0, 16), undefined, remaining, seconds, now)];
  });
}

function windowOf(
  window: string,
  limit: string | undefined,
  remaining: string | undefined,
  seconds: string | undefined,
  now: number,
): RateWindow {
  return {
    scope: 'account',
    window,
    limit: limit === undefined ? null : Number(limit),
    remaining: Number(remaining),
    resetAt: now + Number(seconds) * 1000,
    waversMs: 1_500,
  };
}

/** Without a kind the size tells: milliseconds or seconds since 1970, else seconds from now. */
function resetIn(headers: Headers, { reset, kind }: Family, now: number): number | undefined {
  if (kind === 'http-date') {
    const date = Date.parse(headers[reset ?? ''] ?? '');
    return Number.isNaN(date) ? undefined : date + skew(headers, now);
  }
  const value = numberIn(headers, reset, 14);
  if (value === undefined) return undefined;
  if (kind === 'seconds' || (kind === undefined && value < 1e9)) return now + value * 1000;
  return (value > 1e11 ? value : value * 1000) + skew(headers, now);
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

/** The number a value begins with: some append a policy (`5000, 5000;w=60`) or a fraction. */
function numberIn(headers: Headers, name: string | undefined, digits = 12): number | undefined {
  const value = headers[name ?? '']?.trim() ?? '';
  const [, number = ''] = /^(\d+)(?:\.\d+)?(?:\s*[,;].*)?$/.exec(value) ?? [];
  if (number === '' || number.length > digits) return undefined;
  return Number(number);
}
