/** How long a remote service's consent is good for: the `lifetime` parameter, and the times that follow from it. Pure. */
import { nextMidnight } from './midnight.ts';
import type { ServiceParams } from './provider.ts';
import { isPlainObject } from './reading.ts';

export const lifetimeKinds = ['never', 'fixed', 'idle', 'session'] as const;

/** The `lifetime` of a service, read. What the token answer itself says of its end comes before it. */
export interface Lifetime {
  kind: (typeof lifetimeKinds)[number];
  /** From consent on. */
  fixedMs: number | null;
  /** Since the last use or renewal. */
  idleMs: number | null;
  /** Time zone at whose midnight everything ends. */
  dailyEnd: string | null;
  /** Where an idle token is renewed, by a call signed with it. */
  renewal: { url: string; method: 'GET' | 'POST' } | null;
  /** How long before the end a person is warned; null: by the default. */
  warnMs: number | null;
}

/** When things happen to an account, as UTC milliseconds; null: never, as far as is known. */
export interface Times {
  /** The credentials end then unless they are renewed or used. */
  expiresAt: number | null;
  renewAt: number | null;
  /** After it no renewal helps, only a person's consent. */
  consentEndsAt: number | null;
  warnAt: number | null;
}

export const noTimes: Times = { expiresAt: null, renewAt: null, consentEndsAt: null, warnAt: null };

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** A person is warned this long before the end, or in the last tenth of a shorter time. */
const defaultWarnMs = 7 * dayMs;

/** The `lifetime` parameter of a service that was found without fault; without one only the token answer counts. */
export function readLifetime(params: ServiceParams): Lifetime {
  const spec = isPlainObject(params.lifetime) ? params.lifetime : {};
  const kind = lifetimeKinds.find((name) => name === spec.kind) ?? 'session';
  const isBounded = kind !== 'never';
  const renewUrl = isBounded && typeof spec.renew_url === 'string' ? spec.renew_url : null;
  const method = typeof spec.renew_method === 'string' && /^post$/i.test(spec.renew_method) ? 'POST' : 'GET';
  return {
    kind,
    fixedMs: isBounded ? times(spec.days, dayMs) : null,
    idleMs: kind === 'idle' ? times(spec.idle_minutes, minuteMs) : null,
    dailyEnd: isBounded && typeof spec.daily_end === 'string' ? spec.daily_end : null,
    renewal: renewUrl === null ? null : { url: renewUrl, method },
    warnMs: times(spec.warn_days, dayMs),
  };
}

/** What is known of an account's consent when its times are worked out anew. */
export interface Standing {
  /** Now: the time of consent, renewal or use. */
  now: number;
  /** When a person consented. */
  consentAt: number;
  /** How long the credentials are good for from now on, where an answer said so. */
  lifetimeMs: number | null;
  /** When consent ends, where an answer said so at any time. */
  consentEndsAt: number | null;
  /** Whether there is what renewing takes. */
  canRenew: boolean;
}

/** The times of an account. What nothing renews is warned of before its end, what is renewed before consent ends. */
export function timesOf(lifetime: Lifetime, standing: Standing): Times {
  if (lifetime.kind === 'never') return noTimes;
  const { now, consentAt } = standing;
  const consentEndsAt = earliest([
    standing.consentEndsAt,
    after(consentAt, lifetime.fixedMs),
    lifetime.dailyEnd === null ? null : nextMidnight(consentAt, lifetime.dailyEnd),
  ]);
  const ends = earliest([after(now, standing.lifetimeMs), after(now, lifetime.idleMs)]);
  const expiresAt = earliest([ends, consentEndsAt]);
  const isRenewed = standing.canRenew && ends !== null && (consentEndsAt === null || ends < consentEndsAt);
  const renewAt = isRenewed ? Math.max(now, ends - renewLead(ends - now)) : null;
  const lastEnd = isRenewed ? consentEndsAt : expiresAt;
  const since = lastEnd === consentEndsAt ? consentAt : now;
  const warnAt = lastEnd === null ? null : lastEnd - warnLead(lastEnd - since, lifetime.warnMs);
  return { expiresAt, renewAt, consentEndsAt, warnAt };
}

/** How long after a renewal that failed for now the next is tried: a minute, doubled each time, at most an hour. */
export function renewPauseMs(tries: number): number {
  return Math.min(minuteMs * 2 ** Math.min(tries, 10), 60 * minuteMs);
}

/** A tenth of the time, at least a minute and at most a day before the end. */
function renewLead(spanMs: number): number {
  return Math.ceil(Math.min(Math.max(spanMs / 10, minuteMs), dayMs));
}

function warnLead(spanMs: number, warnMs: number | null): number {
  return Math.ceil(warnMs ?? Math.min(defaultWarnMs, spanMs / 10));
}

function after(from: number, spanMs: number | null): number | null {
  return spanMs === null ? null : from + spanMs;
}

function earliest(ends: readonly (number | null)[]): number | null {
  const known = ends.filter((end) => end !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function times(count: unknown, unitMs: number): number | null {
  return typeof count === 'number' && count >= 0 ? Math.round(count * unitMs) : null;
}
