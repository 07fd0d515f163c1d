/** Counts calls in windows of time. Gets its clock from the caller. */

const quarterHourMs = 15 * 60_000;

/** The window of the daily limits. */
export const dayMs = 24 * 3_600_000;

/** What the x-rate-limit headers tell; `reset` in epoch seconds. */
export interface RateState {
  limit: number;
  remaining: number;
  reset: number;
  isExhausted: boolean;
}

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Each token (or app) may call each route `limit` times per window, a quarter of an hour unless said otherwise. */
export function createRateLimits(limit: number, windowMs = quarterHourMs) {
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
