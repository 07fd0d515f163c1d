/** What uses and checks show of accounts, noted while the credentials are still those that were used. */
import type { Knex } from 'knex';
import type { AccountStatus, ConnectedAccount } from './account.ts';
import type { Times } from './lifetime.ts';
import type { RemoteIdentity } from './provider.ts';
import { findAccount } from './store-accounts.ts';
import { fenceIs } from './store-renewals.ts';
import { timeColumns } from './store-times.ts';
import { tellOfAccount, together } from './tell-account.ts';

/** Between two checks that a refused request asks for, at least. */
const checkPauseMs = 10 * 60_000;

/** The remote service no longer takes the token. False when the account is no longer in use as it was. */
export async function noteTokenState(
  db: Knex,
  account: ConnectedAccount,
  { status, lastError, at }: { status: 'expired' | 'revoked'; lastError: string; at: number },
): Promise<boolean> {
  return together(db, async (trx) => {
    const noted = await ofHeld(trx, account)
      .whereIn('status', ['linked', 'error'])
      .update({ status, last_error: lastError });
    const told = { id: account.id, at, reason: lastError };
    if (noted === 1) await tellOfAccount(trx, `account.${status}`, told);
    return noted === 1;
  });
}

/** Later times after a use. */
export async function noteTimes(db: Knex, account: ConnectedAccount, times: Times): Promise<void> {
  await ofHeld(db, account).where({ status: 'linked' }).update(timeColumns(times));
}

/** Has the account looked at by the next job, if it was not looked at just now. */
export async function makeCheckDue(db: Knex, account: ConnectedAccount, now: number): Promise<void> {
  const { checkedAt, nextCheckAt } = account.life;
  const at = Math.max(now, (checkedAt ?? 0) + checkPauseMs);
  if (nextCheckAt !== null && nextCheckAt <= at) return;
  await ofHeld(db, account).where({ status: 'linked' }).update({ next_check_at: at });
}

/** It was asked who the account is, and did not say. */
export async function noteAsked(
  db: Knex,
  account: ConnectedAccount,
  at: { now: number; next: number },
): Promise<void> {
  await ofHeld(db, account).update({ checked_at: at.now, next_check_at: at.next });
}

/** What a "who am I" that was answered showed. */
export interface CheckOutcome {
  status: AccountStatus;
  lastError: string | null;
  identity: RemoteIdentity | null;
  accessLevel: string | null;
  /** As whom else it answered; null: as whom it was linked. */
  found: RemoteIdentity | null;
}

export async function noteCheck(
  db: Knex,
  account: ConnectedAccount,
  outcome: CheckOutcome,
  at: { now: number; next: number },
): Promise<void> {
  const { identity, accessLevel, found } = outcome;
  await together(db, async (trx) => {
    const noted = await ofHeld(trx, account).update({
      status: outcome.status,
      last_error: outcome.lastError,
      identity_id: identity?.id ?? null,
      identity_name: identity?.name ?? null,
      access_level: accessLevel,
      found_id: found?.id ?? null,
      found_name: found?.name ?? null,
      checked_at: at.now,
      next_check_at: at.next,
    });
    // Of an account that is refused every day people hear once.
    if (noted !== 1 || outcome.status !== 'error' || account.status === 'error') return;
    const kind = found === null ? 'account.refused' : 'account.drifted';
    await tellOfAccount(trx, kind, { id: account.id, at: at.now, reason: outcome.lastError });
  });
}

/** Takes the other identity for the account's own; false when it answers as somebody else again by now. */
export async function takeFoundIdentity(
  db: Knex,
  account: ConnectedAccount,
  foundId: string,
): Promise<boolean> {
  const taken = await db('connected_accounts')
    .where({ id: account.id, found_id: foundId })
    .update({
      identity_id: foundId,
      identity_name: account.life.found?.name ?? null,
      found_id: null,
      found_name: null,
      status: 'linked',
      last_error: null,
    });
  return taken === 1;
}

/** Credentials whose check is not planned yet: accounts just linked, or from before there were checks. */
export async function listUnplannedChecks(db: Knex, limit: number): Promise<ConnectedAccount[]> {
  const rows = await checkable(db).whereNull('next_check_at').limit(limit).select('id');
  return accountsOf(db, rows);
}

/** Accounts whose check is due, those longest due first. */
export async function listDueChecks(db: Knex, now: number, limit: number): Promise<ConnectedAccount[]> {
  const query = checkable(db).where('next_check_at', '<=', now).orderBy('next_check_at');
  const accounts = await accountsOf(db, await query.limit(limit).select('id'));
  // Read after the ids: another process may have planned one anew in between, and then it is that process's to ask.
  return accounts.filter(({ life }) => life.nextCheckAt !== null && life.nextCheckAt <= now);
}

/** Plans the next check; true for exactly one of those who saw the plan before. */
export async function planCheck(db: Knex, { id, life }: ConnectedAccount, at: number): Promise<boolean> {
  const planned = await db('connected_accounts')
    .where({ id, next_check_at: life.nextCheckAt })
    .update({ next_check_at: at });
  return planned === 1;
}

/** An account that answers as somebody else waits for a person. */
function checkable(db: Knex): Knex.QueryBuilder {
  return db('connected_accounts')
    .whereNotNull('sealed_credentials')
    .whereIn('status', ['linked', 'error'])
    .whereNull('found_id');
}

function ofHeld(db: Knex, { id, life }: ConnectedAccount): Knex.QueryBuilder {
  return db('connected_accounts').where({ id }).where(fenceIs(life.fence));
}

async function accountsOf(db: Knex, rows: readonly { id: string }[]): Promise<ConnectedAccount[]> {
  const accounts = await Promise.all(rows.map(({ id }) => findAccount(db, String(id))));
  return accounts.filter((account) => account !== undefined);
}
