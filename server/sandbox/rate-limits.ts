/** Counts calls in windows of time. Gets its clock from the caller. */

/** How often a token (or app) may call, and how it is told. Headers that are not named are not sent. */
export interface RateRule {
  limit: number;
  windowMs: number;
  /** What has a window of its own. */
  per: 'route' | 'token';
  headers: { limit?: string; used?: string; remaining?: string; reset?: string };
  resetKind: 'epoch' | 'seconds' | 'http-date';
  /** How a refusal says when to come again. */
  retryAfter: 'seconds' | 'http-date' | null;
}

/** The window of the daily limits. */
export const dayMs = 24 * 3_600_000;

/** What the headers tell; `reset` in epoch seconds. */
export interface RateState {
  limit: number;
  remaining: number;
  reset: number;
  isExhausted: boolean;
}

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Each token (or app) may call each route `limit` times per window. */
export function createRateLimits(limit: number, windowMs: number) {
  const windows = new Map<string, { used: number; endsAt: number }>();
  return {
    /** Holds from the next call on, for windows that are open too. */
    setLimit(to: number): void {
      limit = to;
    },
    count(token: string, route: string, now: number): RateState {
      const key = JSON.stringify([token, route]);
      let window = windows.get(key);
      if (!window || window.endsAt <= now) {
        window = { used: 0, endsAt: now + windowMs };
        windows.set(key, window);
      }
      const isExhausted = window.used >= limit;
      if (!isExhausted) window.used++;
      return {
        limit,
        remaining: Math.max(0, limit - window.used),
        reset: Math.ceil(window.endsAt / 1000),
        isExhausted,
      };
    },
  };
}

/** The headers of an answer, by the service's names. */
export function rateHeaders(
  rule: RateRule,
  { limit, remaining, reset, isExhausted }: RateState,
  now: number,
): [string, string][] {
  const inSeconds = Math.max(0, Math.ceil(reset - now / 1000));
  const resets = {
    epoch: String(reset),
    seconds: String(inSeconds),
    'http-date': new Date(reset * 1000).toUTCString(),
  };
  const values = { limit, used: limit - remaining, remaining, reset: resets[rule.resetKind] };
  const told = Object.entries(values).flatMap(([what, value]): [string, string][] => {
    // The keys are those of the headers.
    const name = rule.headers[what as keyof RateRule['headers']];
    return name === undefined ? [] : [[name, String(value)]];
  });
  if (isExhausted && rule.retryAfter) told.push(['Retry-After', resets[rule.retryAfter]]);
  return told;
}
