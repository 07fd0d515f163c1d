/** Rows of rate_windows: what remote services said of how much may still be asked, less what was asked since. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';

/** What one window is known by. */
export interface WindowKey {
  /** `account ID` or `service ID`: whom the window holds up. */
  scope: string;
  /** Method and path, ids as `:id`; `*` for all of the scope. */
  route: string;
  window: string;
}

export interface KnownWindow extends WindowKey {
  limit: number | null;
  remaining: number;
  resetAt: number;
}

interface Row {
  scope: string;
  route: string;
  window: string;
  most: number | null;
  remaining: number;
  reset_at: number;
}

/** Windows of these scopes on these routes, those that are over included. */
export async function listRateWindows(
  db: Knex,
  scopes: readonly string[],
  routes: readonly string[],
): Promise<KnownWindow[]> {
  const rows = await db<Row>('rate_windows')
    .whereIn('scope', [...scopes])
    .whereIn('route', [...routes])
    .select();
  return rows.map((row) => ({
    scope: String(row.scope),
    route: String(row.route),
    window: String(row.window),
    limit: row.most,
    remaining: row.remaining,
    resetAt: Number(row.reset_at),
  }));
}

/**
 * Writes what an answer said; the later reset wins, and within one window, whose reset wavers by so much, the smaller
 * rest.
 */
export async function putRateWindow(
  db: Knex,
  { limit, remaining, resetAt, ...key }: KnownWindow,
  { now, waversMs }: { now: number; waversMs: number },
): Promise<void> {
  const values = { remaining, reset_at: resetAt, ...(limit !== null && { most: limit }) };
  const update = () =>
    db<Row>('rate_windows')
      .where(keyOf(key))
      .where((where) =>
        where
          .where('reset_at', '<=', now)
          .orWhere('reset_at', '<', resetAt - waversMs)
          .orWhere((same) =>
            same.where('reset_at', '<=', resetAt + waversMs).andWhere('remaining', '>=', remaining),
          ),
      )
      .update(values);
  if ((await update()) === 1) return;
  try {
    await db<Row>('rate_windows').insert({ ...keyOf(key), ...values });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await update();
  }
}

/** Takes so many calls of a window that is not over; false when fewer are left. */
export async function takeFromWindow(db: Knex, key: WindowKey, calls: number, now: number): Promise<boolean> {
  const taken = await db<Row>('rate_windows')
    .where(keyOf(key))
    .where('reset_at', '>', now)
    .where('remaining', '>=', calls)
    .decrement('remaining', calls);
  return taken === 1;
}

/** Gives back a call that was taken and not made. */
export async function giveBackToWindow(db: Knex, key: WindowKey, now: number): Promise<void> {
  await db<Row>('rate_windows').where(keyOf(key)).where('reset_at', '>', now).increment('remaining', 1);
}

/** Begins a window anew that is over, one call taken; false when another process was first. */
export async function renewWindow(
  db: Knex,
  key: WindowKey,
  { remaining, resetAt }: { remaining: number; resetAt: number },
  now: number,
): Promise<boolean> {
  const renewed = await db<Row>('rate_windows')
    .where(keyOf(key))
    .where('reset_at', '<=', now)
    .update({ remaining, reset_at: resetAt });
  return renewed === 1;
}

export function deleteOldRateWindows(db: Knex, now: number): Promise<number> {
  return db<Row>('rate_windows').where('reset_at', '<', now).delete();
}

function keyOf({ scope, route, window }: WindowKey): WindowKey {
  return { scope, route, window };
}
