/** Counts calls in windows of a quarter of an hour, per token and route. Gets its clock from the caller. */

const windowMs = 15 * 60_000;

/** What the x-rate-limit headers tell; `reset` in epoch seconds. */
export interface RateState {
  limit: number;
  remaining: number;
  reset: number;
  isExhausted: boolean;
}

export type RateLimits = ReturnType<typeof createRateLimits>;

/** Each token may call each route `limit` times per window. */
export function createRateLimits(limit: number) {
  const windows = new Map<string, { used: number; endsAt: number }>();
  return {
    count(token: string, route: string, now: number): RateState {
      const key = JSON.stringify([token, route]);
      let window = windows.get(key);
      if (!window || window.endsAt <= now) {
        window = { used: 0, endsAt: now + windowMs };
        windows.set(key, window);
      }
      const isExhausted = window.used >= limit;
      if (!isExhausted) window.used++;
      return { limit, remaining: limit - window.used, reset: Math.ceil(window.endsAt / 1000), isExhausted };
    },
  };
}
