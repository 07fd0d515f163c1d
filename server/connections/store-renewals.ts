/** Renewals in connected_accounts: one at a time, by a lease with a fence; whoever holds an old fence writes nothing. */
import type { Knex } from 'knex';
import type { ConnectedAccount } from './account.ts';
import type { Times } from './lifetime.ts';
import { findAccount } from './store-accounts.ts';
import { timeColumns } from './store-times.ts';
import { tellOfAccount, together } from './tell-account.ts';

/** Accounts whose renewal is due, those longest due first. */
export async function listDueRenewals(db: Knex, now: number, limit: number): Promise<ConnectedAccount[]> {
  const rows: { id: string }[] = await db('connected_accounts')
    .where('renew_at', '<=', now)
    .whereIn('status', ['linked', 'error'])
    .whereNull('found_id')
    .orderBy('renew_at')
    .limit(limit)
    .select('id');
  const accounts = await Promise.all(rows.map(({ id }) => findAccount(db, String(id))));
  return accounts.filter((account) => account !== undefined);
}

/** Takes the renewal of the credentials that were read; the fence it is held by, or undefined: another has it. */
export async function claimRenewal(
  db: Knex,
  { id, life }: ConnectedAccount,
  lease: { now: number; until: number },
): Promise<number | undefined> {
  const fence = life.fence + 1;
  const claimed = await db('connected_accounts')
    .where({ id })
    .where(fenceIs(life.fence))
    .where((free) => free.whereNull('renewing_until').orWhere('renewing_until', '<=', lease.now))
    .update({ credentials_fence: fence, renewing_until: lease.until });
  return claimed === 1 ? fence : undefined;
}

/** What a renewal brought. */
export interface RenewedCredentials {
  sealedCredentials: string;
  times: Times;
  accessLevel: string | null;
}

/** Stores new credentials; false when the account was linked anew, unlinked or deleted meanwhile. */
export async function storeRenewal(
  db: Knex,
  held: { id: string; fence: number },
  { sealedCredentials, times, accessLevel }: RenewedCredentials,
  now: number,
): Promise<boolean> {
  const stored = await db('connected_accounts')
    .where({ id: held.id })
    .where(fenceIs(held.fence))
    .update({
      ...timeColumns(times),
      ...(accessLevel !== null && { access_level: accessLevel }),
      sealed_credentials: sealedCredentials,
      status: 'linked',
      last_error: null,
      renewed_at: now,
      renew_tries: 0,
      renewing_until: null,
      credentials_fence: held.fence + 1,
      updated_at: db.raw('case when updated_at >= ? then updated_at + 1 else ? end', [now, now]),
    });
  return stored === 1;
}

/** How a renewal that failed leaves the account. */
export interface FailedRenewal {
  status: ConnectedAccount['status'];
  lastError: string;
  /** Null: it is not tried again. */
  renewAt: number | null;
  warnAt: number | null;
  tries: number;
  /** The end of this renewal, or of one before it, is not known. */
  isUnknown: boolean;
}

/** Gives the lease back; an unknown end stays noted as a lease that ran out. */
export async function noteFailedRenewal(
  db: Knex,
  held: { id: string; fence: number },
  failed: FailedRenewal,
  now: number,
): Promise<void> {
  await together(db, async (trx) => {
    const noted = await trx('connected_accounts')
      .where({ id: held.id })
      .where(fenceIs(held.fence))
      .update({
        status: failed.status,
        last_error: failed.lastError,
        renew_at: failed.renewAt,
        warn_at: failed.warnAt,
        renew_tries: failed.tries,
        renewing_until: failed.isUnknown ? now : null,
      });
    if (noted !== 1 || failed.status !== 'expired') return;
    await tellOfAccount(trx, 'account.expired', { id: held.id, at: now, reason: failed.lastError });
  });
}

/** Has the credentials renewed at their next use, or by the next job. */
export async function makeRenewalDue(db: Knex, { id, life }: ConnectedAccount, now: number): Promise<void> {
  await db('connected_accounts').where({ id }).where(fenceIs(life.fence)).update({ renew_at: now });
}

/** The condition "these are the credentials that were read"; rows from before there was a fence count as 0. */
export function fenceIs(fence: number): (query: Knex.QueryBuilder) => void {
  return (query) => {
    query.where({ credentials_fence: fence });
    if (fence === 0) query.orWhereNull('credentials_fence');
  };
}
