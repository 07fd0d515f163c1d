/** What other features may know of accounts; handed to them by the hub. */
import type { OutboundRequest } from '../delivery/delivery.ts';
import { type Actor, isAdmin, mayUseAccount, type Owner } from '../people/actor.ts';
import type { ConnectedAccount } from './account.ts';
import type { AccountDeps } from './accounts.ts';
import { openCredentials } from './sealed.ts';
import { openServiceOf } from './services.ts';
import { findAccount, listAccounts } from './store-accounts.ts';

export interface AccountFacts {
  id: string;
  uri: string | null;
  name: string;
  owner: Owner;
}

/** Longest list a chooser shows. */
const chooserLimit = 1000;

/** By id or uri, whoever owns it. */
export async function findAccountFacts(
  { db }: Pick<AccountDeps, 'db'>,
  ref: string,
): Promise<AccountFacts | undefined> {
  const account = await findAccount(db, ref);
  return account && toFacts(account);
}

/** Accounts the actor may use, by name. */
export async function listUsableAccounts(
  { db }: Pick<AccountDeps, 'db'>,
  actor: Actor,
): Promise<AccountFacts[]> {
  const filter = actor.kind === 'worker' && !isAdmin(actor) ? { workerId: actor.id } : 'all';
  const { items } = await listAccounts(db, filter, { limit: chooserLimit });
  return items.filter((account) => mayUseAccount(actor, account)).map(toFacts);
}

/** Whether the actor may use the account; false for one that does not exist. */
export async function mayUseAccountOf(
  { db }: Pick<AccountDeps, 'db'>,
  actor: Actor,
  id: string,
): Promise<boolean> {
  const account = await findAccount(db, id);
  return account !== undefined && mayUseAccount(actor, account);
}

/** The account's and its service's secrets, for masking; none for an account that does not exist. */
export async function secretsOfAccount(deps: AccountDeps, id: string): Promise<string[]> {
  const account = await findAccount(deps.db, id);
  if (!account) return [];
  const { provider, params } = await openServiceOf(deps, account.serviceId);
  return provider.secrets(params, openCredentials(deps.vault, account) ?? {});
}

/** Explains the signature of a request this account sent; null where its provider has nothing to tell. */
export async function explainSent(
  deps: AccountDeps,
  request: OutboundRequest,
  accountId: string,
): Promise<{ label: string; value: string }[] | null> {
  const account = await findAccount(deps.db, accountId);
  if (!account) return null;
  const { provider, params } = await openServiceOf(deps, account.serviceId);
  return provider.explain?.(request, params, openCredentials(deps.vault, account) ?? {}) ?? null;
}

function toFacts({ id, uri, name, owner }: ConnectedAccount): AccountFacts {
  return { id, uri, name, owner };
}
