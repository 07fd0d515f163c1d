/** Rows of rate_windows: what remote services said of how much may still be asked. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';

export interface KnownWindow {
  /** `account ID` or `service ID`: whom the window holds up. */
  scope: string;
  /** Method and path, ids as `:id`. */
  route: string;
  window: string;
  remaining: number;
  resetAt: number;
}

/** Writes what an answer said; the later reset wins, and within one window the smaller rest. */
export async function putRateWindow(db: Knex, { scope, route, window, remaining, resetAt }: KnownWindow) {
  const key = { scope, route, window };
  const update = () =>
    db('rate_windows')
      .where(key)
      .where((where) =>
        where
          .where('reset_at', '<', resetAt)
          .orWhere((same) => same.where('reset_at', resetAt).andWhere('remaining', '>', remaining)),
      )
      .update({ remaining, reset_at: resetAt });
  if ((await update()) === 1) return;
  try {
    await db('rate_windows').insert({ ...key, remaining, reset_at: resetAt });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await update();
  }
}

/** When the last of the exhausted windows of these scopes on this route begins anew; undefined: none is. */
export async function exhaustedUntil(
  db: Knex,
  scopes: readonly string[],
  route: string,
  now: number,
): Promise<number | undefined> {
  const row = await db('rate_windows')
    .whereIn('scope', [...scopes])
    .where({ route })
    .where('remaining', '<=', 0)
    .where('reset_at', '>', now)
    .orderBy('reset_at', 'desc')
    .first('reset_at');
  return row && Number(row.reset_at);
}

export function deleteOldRateWindows(db: Knex, now: number): Promise<number> {
  return db('rate_windows').where('reset_at', '<', now).delete();
}
