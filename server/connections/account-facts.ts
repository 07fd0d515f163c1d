/** What other features may know of accounts; handed to them by the hub. */
import type { Delivery, OutboundRequest } from '../delivery/delivery.ts';
import { type Actor, mayUseAccount, type Owner, ownersSeen } from '../people/actor.ts';
import { accountContext, type ConnectedAccount, maySeeAccount } from './account.ts';
import { stateOf } from './account-state.ts';
import {
  type AccountDeps,
  deliverSigned,
  getUsableAccount,
  linkedCredentials,
  type SigningDeps,
} from './accounts.ts';
import { type RenewDeps, renewIfDue } from './renew.ts';
import { openCredentials } from './sealed.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { findAccount, listAccounts } from './store-accounts.ts';
import { listAccountsInNeed } from './store-overview.ts';
import { type NoteDeps, noteAnswer, type Used } from './token-refusal.ts';

export interface AccountFacts {
  id: string;
  uri: string | null;
  name: string;
  owner: Owner;
}

/** Consumer key and secret of a service: what its app is known by, and signs with. */
export interface Consumer {
  key: string;
  secret: string;
}

/** An account with what using it needs; for features that speak a remote service's own protocol. */
export type UsableAccount = Used;

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
  // A key's accounts are named one by one; which they are is filtered below.
  const owners = actor.kind === 'api_key' ? 'all' : ownersSeen(actor);
  const filter = owners === 'all' ? 'all' : { owners };
  const { items } = await listAccounts(db, filter, { limit: chooserLimit });
  return items.filter((account) => mayUseAccount(actor, account)).map(toFacts);
}

/** Accounts of one owner, by name. */
export async function accountsOwnedBy(
  db: AccountDeps['db'],
  owner: Owner,
): Promise<{ context: string; id: string; label: string }[]> {
  const { items } = await listAccounts(db, { owners: [owner] }, { limit: chooserLimit });
  return items.map(({ id, name }) => ({ context: accountContext, id, label: name }));
}

/** Accounts that a person has to link again or decide about, among those the actor may see. */
export async function accountsInNeed(
  { db, now }: Pick<AccountDeps, 'db' | 'now'>,
  actor: Actor,
): Promise<{ id: string; name: string; text: string; badge: string }[]> {
  const accounts = await listAccountsInNeed(db, now(), chooserLimit);
  return accounts
    .filter((account) => maySeeAccount(actor, account))
    .map((account) => ({ id: account.id, name: account.name, ...stateOf(account, now()) }));
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

/** The consumer of the account's service; undefined where either is gone, or the service has none. */
export async function consumerOf(
  deps: Pick<AccountDeps, 'db' | 'vault' | 'providers'>,
  accountId: string,
): Promise<Consumer | undefined> {
  const account = await findAccount(deps.db, accountId);
  return account && consumerOfService(await openServiceOf(deps, account.serviceId));
}

export function consumerOfService({ params }: OpenService): Consumer | undefined {
  const { client_id: key, client_secret: secret } = params;
  return typeof key === 'string' && typeof secret === 'string' && secret !== '' ? { key, secret } : undefined;
}

/** Throws `not_found`, `forbidden` or `account_unlinked`, each with the remedy. */
export async function getLinkedAccount(
  deps: Pick<AccountDeps, 'providers' | 'owners'> & RenewDeps,
  actor: Actor,
  ref: string,
): Promise<UsableAccount> {
  const found = await getUsableAccount(deps, actor, ref);
  const opened = await openServiceOf(deps, found.serviceId);
  const account = await renewIfDue(deps, found, opened);
  return { account, opened, credentials: linkedCredentials(deps, account, opened) };
}

/** Sends one request signed with the account. Throws `rate_limited` rather than wait: who asks has a queue. */
export async function deliverAs(
  deps: SigningDeps & NoteDeps,
  used: UsableAccount,
  request: OutboundRequest,
): Promise<Delivery> {
  const { account, opened, credentials } = used;
  const context = { accountId: account.id, onLimit: 'refuse' } as const;
  const delivery = await deliverSigned(deps, opened, credentials, request, context);
  await noteAnswer(deps, used, delivery);
  return delivery;
}

/** The same with an Authorization that the request brings along, to the hosts of the account's service alone. */
export function deliverForService(
  { deliver, withinBudget }: Pick<AccountDeps, 'deliver' | 'withinBudget'>,
  { account, opened, credentials }: UsableAccount,
  request: OutboundRequest,
  { purpose, secrets }: { purpose: 'request' | 'token'; secrets: readonly string[] },
): Promise<Delivery> {
  const { service, provider, params } = opened;
  const budget = { accountId: account.id, onLimit: 'refuse' } as const;
  return withinBudget(opened, request, budget, (timeoutMs) =>
    deliver(request, {
      purpose,
      timeoutMs,
      accountId: account.id,
      serviceId: service.id,
      serviceName: service.name,
      allowedHosts: service.allowedHosts,
      secrets: [...provider.secrets(params, credentials), ...secrets],
    }),
  );
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
