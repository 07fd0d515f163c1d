/** Accounts counted and picked out by how they are: for metrics and the start page. */
import type { Knex } from 'knex';
import type { ConnectedAccount } from './account.ts';
import { findAccount } from './store-accounts.ts';

export interface AccountCounts {
  /** By status as it is now; one that ran out counts as expired. */
  byStatus: ReadonlyMap<string, number>;
  /** Linked ones that a person has to link again soon. */
  expiring: number;
  /** Those that answer as another identity than they were linked as. */
  drifted: number;
}

export async function countAccounts(db: Knex, now: number): Promise<AccountCounts> {
  const rows: { status: string; count: number }[] = await db('connected_accounts')
    .select('status')
    .count({ count: '*' })
    .groupBy('status');
  const byStatus = new Map(rows.map(({ status, count }) => [String(status), Number(count)]));
  const linked = () => db('connected_accounts').where({ status: 'linked' });
  const expired = await countOf(linked().where('expires_at', '<=', now));
  if (expired > 0) {
    byStatus.set('linked', (byStatus.get('linked') ?? 0) - expired);
    byStatus.set('expired', (byStatus.get('expired') ?? 0) + expired);
  }
  const isGood = (query: Knex.QueryBuilder) => query.whereNull('expires_at').orWhere('expires_at', '>', now);
  return {
    byStatus,
    expiring: await countOf(linked().where('warn_at', '<=', now).where(isGood)),
    drifted: await countOf(db('connected_accounts').whereNotNull('found_id')),
  };
}

/** Accounts that a person has to do something about: ended, refused, drifted, or about to end. By name. */
export async function listAccountsInNeed(db: Knex, now: number, limit: number): Promise<ConnectedAccount[]> {
  const rows: { id: string }[] = await db('connected_accounts')
    .whereIn('status', ['expired', 'revoked', 'error'])
    .orWhere((linked) =>
      linked
        .where({ status: 'linked' })
        .where((due) => due.where('warn_at', '<=', now).orWhere('expires_at', '<=', now)),
    )
    .orderBy(['name', 'id'])
    .limit(limit)
    .select('id');
  const accounts = await Promise.all(rows.map(({ id }) => findAccount(db, String(id))));
  return accounts.filter((account) => account !== undefined);
}

async function countOf(query: Knex.QueryBuilder): Promise<number> {
  const [row] = await query.count({ count: '*' });
  return Number(row?.count ?? 0);
}
