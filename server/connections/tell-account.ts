/** What happened to an account, told in the transaction that stores it. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { type HappeningKind, tellHappening } from '../happenings.ts';

export type AccountHappening = Extract<HappeningKind, `account.${string}`>;

/** `reason` as the account's page shows it. */
export async function tellOfAccount(
  trx: Knex,
  kind: AccountHappening,
  { id, at, reason }: { id: string; at: number; reason: string | null },
): Promise<void> {
  const row: { name: string; service_id: string } | undefined = await trx('connected_accounts')
    .where({ id })
    .first('name', 'service_id');
  if (!row) return;
  const data = { service_id: String(row.service_id), reason };
  await tellHappening(trx, { kind, at, subject: { id, label: row.name }, data });
}

/** In the caller's transaction, or in one of its own where the caller has none. */
export function together<T>(db: Knex, work: (trx: Knex) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : inTransaction(db, work);
}
