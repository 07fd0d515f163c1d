/** How much of each there is, for the start page. */
import type { Knex } from 'knex';

export interface Overview {
  services: number;
  accounts: number;
  linkedAccounts: number;
  bots: number;
}

export async function countRecords(db: Knex): Promise<Overview> {
  const count = async (query: Knex.QueryBuilder): Promise<number> =>
    Number((await query.count({ count: '*' }))[0]?.count ?? 0);
  return {
    services: await count(db('connected_services')),
    accounts: await count(db('connected_accounts')),
    linkedAccounts: await count(db('connected_accounts').where({ status: 'linked' })),
    bots: await count(db('bots')),
  };
}
