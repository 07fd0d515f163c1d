/** One budget of calls for each account and route, shared by every process by way of the database. */
import type { Knex } from 'knex';
import type { RateWindow } from './rate-headers.ts';
import {
  giveBackToWindow,
  type KnownWindow,
  listRateWindows,
  putRateWindow,
  renewWindow,
  takeFromWindow,
  type WindowKey,
} from './store-rates.ts';

/** Where a call counts: the windows of its account and of its service, on its route and on all of them (`*`). */
export interface BudgetPlace {
  accountScope: string;
  serviceScope: string;
  route: string;
}

export interface RateBudgets {
  /**
   * Takes one call. Undefined: it may be made. Else when the next may be; then nothing was taken. Asks the database
   * every few seconds at most, until a window nears its end: then its row decides.
   */
  take(place: BudgetPlace): Promise<number | undefined>;
  /** What the answer to a call that was taken said. `route` is where the windows hold. */
  tell(place: BudgetPlace, windows: readonly RateWindow[], route: string): Promise<void>;
  /** Gives back a call that was taken and never left. */
  giveBack(place: BudgetPlace): Promise<void>;
}

interface CachedWindow extends KnownWindow {
  /** What its row held when it was last read or written. */
  written: number;
  /** Calls that were taken here and from the row not yet. */
  unwritten: number;
}

interface Entry {
  windows: CachedWindow[];
  readAt: number;
  reading: Promise<void> | undefined;
  /** Calls of this process whose answers have not told anything yet. */
  underWay: number;
}

/** Stands for every route. */
export const everyRoute = '*';

const staleMs = 5_000;
const maxEntries = 2_000;
/** For how long a window that begins anew counts as full and open, until an answer tells. */
const presumedMs = 1_000;
/** Tries of one call for which others were quicker each time. */
const maxTries = 5;

export function createRateBudgets({ db, now }: { db: Knex; now(): number }): RateBudgets {
  // In order of last use, oldest first.
  const entries = new Map<string, Entry>();

  const entryOf = async (place: BudgetPlace, isAsked = false): Promise<Entry> => {
    const key = `${place.accountScope} ${place.route}`;
    const entry = entries.get(key) ?? { windows: [], readAt: Number.NaN, reading: undefined, underWay: 0 };
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value ?? '');
    const age = now() - entry.readAt;
    if (isAsked || !(age >= 0 && age < staleMs)) {
      entry.reading ??= read(place, entry).finally(() => {
        entry.reading = undefined;
      });
    }
    await entry.reading;
    return entry;
  };
  const read = async ({ accountScope, serviceScope, route }: BudgetPlace, entry: Entry) => {
    const at = now();
    const rows = await listRateWindows(db, [accountScope, serviceScope], [route, everyRoute]);
    entry.windows = rows.map((row) => {
      const before = entry.windows.find((window) => isSameKey(window, row));
      // Far from the end calls are counted here alone, until an answer tells of them.
      const isCounted = before?.resetAt === row.resetAt && !isNearEnd(row);
      const remaining = isCounted ? Math.min(before.remaining, row.remaining) : row.remaining;
      const unwritten = isCounted ? before.unwritten : 0;
      return { ...row, remaining, written: row.remaining, unwritten };
    });
    entry.readAt = at;
  };
  const takeFrom = async (window: CachedWindow): Promise<boolean> => {
    if (window.resetAt <= now()) return renew(window);
    window.remaining--;
    window.unwritten++;
    if (!isNearEnd(window)) return true;
    const calls = window.unwritten;
    window.unwritten = 0;
    window.written -= calls;
    return takeFromWindow(db, window, calls, now());
  };
  const renew = async (window: CachedWindow): Promise<boolean> => {
    const anew = { remaining: (window.limit ?? 1) - 1, resetAt: now() + presumedMs };
    const isOurs = await renewWindow(db, window, anew, now());
    if (isOurs) Object.assign(window, anew, { written: anew.remaining, unwritten: 0 });
    return isOurs;
  };
  const returnTo = async (window: CachedWindow) => {
    window.remaining++;
    if (!isNearEnd(window)) return;
    window.written++;
    await giveBackToWindow(db, window, now());
  };
  const write = (window: CachedWindow, { waversMs }: RateWindow) => {
    window.written = window.remaining;
    window.unwritten = 0;
    return putRateWindow(db, window, { now: now(), waversMs });
  };

  return {
    async take(place) {
      for (let tries = 1; tries <= maxTries; tries++) {
        const entry = await entryOf(place, tries > 1);
        const counted = entry.windows.filter((window) => window.resetAt > now() || window.limit !== null);
        const spent = counted.filter((window) => window.resetAt > now() && window.remaining <= 0);
        if (spent.length > 0) return Math.max(...spent.map(({ resetAt }) => resetAt));
        const taken: CachedWindow[] = [];
        for (const window of counted) if (await takeFrom(window)) taken.push(window);
        if (taken.length === counted.length) {
          entry.underWay++;
          return undefined;
        }
        for (const window of taken) await returnTo(window);
      }
      return now() + presumedMs;
    },
    async tell(place, windows, route) {
      const entry = await entryOf(place);
      entry.underWay = Math.max(0, entry.underWay - 1);
      for (const told of windows) {
        const scope = told.scope === 'service' ? place.serviceScope : place.accountScope;
        const key = { scope, route, window: told.window };
        const cached = entry.windows.find((window) => isSameKey(window, key));
        const isLive = cached !== undefined && cached.resetAt > now();
        if (isLive && told.resetAt <= cached.resetAt + told.waversMs) {
          const endsSoon = cached.resetAt - now() <= presumedMs;
          // The word of a window that is over, late.
          if (!endsSoon && told.resetAt < cached.resetAt - told.waversMs) continue;
          // One that was begun anew here, or by another process, is given its true end.
          const isLonger = endsSoon && told.resetAt > cached.resetAt;
          if (isLonger) cached.resetAt = told.resetAt;
          cached.remaining = Math.min(cached.remaining, told.remaining);
          if (isLonger || isWorthWriting(cached)) await write(cached, told);
          continue;
        }
        // What is under way is not in what was told.
        const remaining = Math.max(0, told.remaining - entry.underWay);
        const { limit, resetAt } = told;
        const window = { ...key, limit, remaining, resetAt, written: remaining, unwritten: 0 };
        entry.windows = [...entry.windows.filter((other) => other !== cached), window];
        await write(window, told);
      }
    },
    async giveBack(place) {
      const entry = await entryOf(place);
      entry.underWay = Math.max(0, entry.underWay - 1);
      for (const window of entry.windows) if (window.resetAt > now()) await returnTo(window);
    },
  };
}

function isSameKey(a: WindowKey, b: WindowKey): boolean {
  return a.scope === b.scope && a.route === b.route && a.window === b.window;
}

/** Where several processes together could go beyond the end before each hears of it. */
function isNearEnd({ limit, remaining }: Pick<KnownWindow, 'limit' | 'remaining'>): boolean {
  return remaining <= Math.max(20, (limit ?? 0) / 10);
}

/** Near the end every call counts; else now and then, so that a process that begins knows where it stands. */
function isWorthWriting(window: CachedWindow): boolean {
  const gap = window.written - window.remaining;
  return gap > 0 && (isNearEnd(window) || gap >= (window.limit ?? 100) / 10);
}
