/** Rows of clock_offsets: what any process learned of remote clocks. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';

export interface KnownOffset {
  origin: string;
  /** To be added to our clock. */
  offsetMs: number;
  /** Whether a request that was signed with it was accepted, or the service itself named the time. */
  isProven: boolean;
  expiresAt: number;
}

interface Row {
  origin: string;
  offset_ms: number;
  is_proven: number;
  expires_at: number;
}

/** Those that still hold. */
export async function listOffsets(db: Knex, now: number): Promise<KnownOffset[]> {
  const rows = await db<Row>('clock_offsets').where('expires_at', '>', now).select();
  return rows.map((row) => ({
    origin: String(row.origin),
    offsetMs: Number(row.offset_ms),
    isProven: Boolean(row.is_proven),
    expiresAt: Number(row.expires_at),
  }));
}

/** In place of what was known of the origin. */
export async function putOffset(
  db: Knex,
  { origin, offsetMs, isProven, expiresAt }: KnownOffset,
): Promise<void> {
  const row = { offset_ms: offsetMs, is_proven: Number(isProven), expires_at: expiresAt };
  const update = () => db<Row>('clock_offsets').where({ origin }).update(row);
  if ((await update()) > 0) return;
  try {
    await db<Row>('clock_offsets').insert({ origin, ...row });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await update();
  }
}

export function deleteOldOffsets(db: Knex, now: number): Promise<number> {
  return db<Row>('clock_offsets').where('expires_at', '<=', now).delete();
}
