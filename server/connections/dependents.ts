/** What hangs on a service or an account, in words other features agree on; and erasing an account with it. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { deleteAccount } from './store-accounts.ts';

export interface Dependent {
  /** Cerb's full id of its type. */
  context: string;
  id: string;
  label: string;
}

/** Handed in by the hub: records of other features that refer to ours, and their removal. */
export interface Dependents {
  /** Read by `db` where that is handed in, such as a transaction. */
  of(context: string, id: string, db?: Knex): Promise<Dependent[]>;
  remove(trx: Knex, dependent: Dependent): Promise<void>;
}

/** What a person reads of a dependent: its label, and its type in words. */
export function dependentModel({ context, label }: Dependent): { label: string; type: string } {
  return { label, type: context.slice(context.lastIndexOf('.') + 1).replaceAll('_', ' ') };
}

/** Throws `in_use`, with what refers to the thing of this name, where anything does. */
export function refuseInUse(name: string, by: readonly Dependent[]): void {
  if (by.length === 0) return;
  const message = `'${name}' is in use by ${by.map(({ label }) => `'${label}'`).join(', ')}.`;
  throw new HubError('in_use', message, { extra: { by } });
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
