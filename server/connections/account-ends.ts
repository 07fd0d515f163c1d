/** Job: tells of links that end, or ended, by the clock alone; nothing is written on the account then. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { statusAt } from './account.ts';
import { isExpiring } from './account-life.ts';
import { findAccount } from './store-accounts.ts';
import { tellOfAccount } from './tell-account.ts';

/** What is older was told, or nobody wanted to know. */
const windowMs = 86_400_000;
const batch = 1000;

/** Looking again tells nothing twice: a happening of the same account and time is one. */
export async function tellOfEnds({ db, now }: { db: Knex; now(): number }): Promise<void> {
  const at = now();
  for (const column of ['warn_at', 'expires_at'] as const) {
    const rows: { id: string }[] = await db('connected_accounts')
      .where({ status: 'linked' })
      .whereBetween(column, [at - windowMs, at])
      .limit(batch)
      .select('id');
    for (const { id } of rows) await tellOfEnd(db, String(id), at);
  }
}

async function tellOfEnd(db: Knex, id: string, now: number): Promise<void> {
  await inTransaction(db, async (trx) => {
    const account = await findAccount(trx, id);
    if (account?.status !== 'linked') return;
    const { expiresAt, life } = account;
    if (statusAt(account, now) === 'expired' && expiresAt !== null) {
      const reason = 'The time that the remote service gave the link is over. Link the account again.';
      return tellOfAccount(trx, 'account.expired', { id, at: expiresAt, reason });
    }
    if (isExpiring(account, now) && life.warnAt !== null) {
      const endsAt = life.consentEndsAt ?? expiresAt;
      const when = endsAt === null ? 'soon' : `at ${new Date(endsAt).toISOString()}`;
      const reason = `The link ends ${when}. Link the account again before.`;
      await tellOfAccount(trx, 'account.expiring', { id, at: life.warnAt, reason });
    }
  });
}
