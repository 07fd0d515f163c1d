/** What hangs on a service or an account, in words other features agree on; and erasing an account with it. */
import type { Knex } from 'knex';
import { deleteAccount } from './store-accounts.ts';

export interface Dependent {
  /** Cerb's full id of its type. */
  context: string;
  id: string;
  label: string;
}

/** Handed in by the hub: records of other features that refer to ours, and their removal. */
export interface Dependents {
  of(context: string, id: string): Promise<Dependent[]>;
  remove(trx: Knex, dependent: Dependent): Promise<void>;
}

/** Deletes an account's row and, with it, its link flows and what its deliveries kept. */
export async function eraseAccount(
  deps: { eraseDeliveriesOf(db: Knex, accountId: string): Promise<void> },
  trx: Knex,
  accountId: string,
): Promise<void> {
  await deps.eraseDeliveriesOf(trx, accountId);
  await deleteAccount(trx, accountId);
}
