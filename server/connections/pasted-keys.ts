/** A service and an account made of keys that another feature was given; who may give them is its business. */
import type { Knex } from 'knex';
import type { Owner } from '../people/actor.ts';
import type { Vault } from '../vault.ts';
import { type AccountDraft, accountContext } from './account.ts';
import { insertAccountDraft, replaceAccount, withGrant } from './account-changes.ts';
import { newLife } from './account-life.ts';
import { type Dependents, eraseAccount } from './dependents.ts';
import type { Credentials } from './provider.ts';
import { openCredentials, openParams, sealParams } from './sealed.ts';
import { mergeParams, type Providers, readServiceDraft, serviceContext } from './service.ts';
import { acceptDraft, insertDraft, openServiceOf } from './services.ts';
import { findAccount, listAccountsOfService } from './store-accounts.ts';
import { deleteService, updateService } from './store-services.ts';

export interface Deps {
  db: Knex;
  vault: Vault;
  providers: Providers;
  now(): number;
  newId(): string;
}

/** `service` as packages spell one; blank values of `credentials` mean: not given. */
export interface PastedKeys {
  name: string;
  owner: Owner;
  service: Readonly<Record<string, unknown>>;
  credentials: Credentials;
}

/** Stores both, linked; the account's id. Nothing is tried. Throws `bad_request` with the faults. */
export async function insertPasted(deps: Deps, trx: Knex, keys: PastedKeys): Promise<string> {
  const within = { ...deps, db: trx };
  const serviceId = deps.newId();
  await insertDraft(
    within,
    serviceId,
    acceptDraft(readServiceDraft({ ...keys.service, name: keys.name }, deps.providers)),
  );
  const id = deps.newId();
  const { name, owner, credentials } = keys;
  const draft: AccountDraft = { name, uri: null, serviceId, owner, credentials: { ...credentials } };
  await insertAccountDraft(within, id, draft);
  return id;
}

/** Changes what is given of the four keys; the account counts as linked anew. */
export async function changePasted(
  deps: Deps,
  trx: Knex,
  accountId: string,
  { service, credentials }: { service: Readonly<Record<string, unknown>>; credentials: Credentials },
): Promise<void> {
  const account = await findAccount(trx, accountId);
  if (!account) return;
  const opened = await openServiceOf({ ...deps, db: trx }, account.serviceId);
  const { provider } = opened;
  const params = mergeParams(openParams(deps.vault, opened.service), service, provider);
  const sealed = sealParams(deps.vault, opened.service.id, provider, params);
  const updatedAt = Math.max(deps.now(), opened.service.updatedAt + 1);
  await updateService(trx, opened.service, { ...opened.service, ...sealed, updatedAt });
  const given = Object.entries(credentials).filter(([, value]) => value !== '');
  const merged = { ...openCredentials(deps.vault, account), ...Object.fromEntries(given) };
  acceptDraft({ value: merged, faults: provider.checkAccount(merged).faults, unsupported: [] });
  const identity = { id: null, name: null };
  await replaceAccount(
    deps,
    trx,
    account,
    withGrant(deps, { provider, params }, account, { credentials: merged, identity, accessLevel: null }),
  );
}

/** Whether another record than `user` uses the account or its service. To be asked outside of a transaction. */
export async function isUsedElsewhere(
  deps: { db: Knex; dependents: Pick<Dependents, 'of'> },
  accountId: string,
  user: string,
): Promise<boolean> {
  const account = await findAccount(deps.db, accountId);
  if (!account) return false;
  const users = await Promise.all([
    deps.dependents.of(accountContext, accountId),
    deps.dependents.of(serviceContext, account.serviceId),
  ]);
  return users.flat().some(({ id }) => id !== user);
}

/** Forgets account, service and keys. With `keepRecords` the records stay, unlinked and without keys. */
export async function discardPasted(
  deps: { now(): number; vault: Vault; eraseDeliveriesOf(db: Knex, accountId: string): Promise<void> },
  trx: Knex,
  accountId: string,
  { keepRecords }: { keepRecords: boolean },
): Promise<void> {
  const account = await findAccount(trx, accountId);
  if (!account) return;
  if (keepRecords) {
    const unlinked = {
      sealedCredentials: null,
      identity: null,
      accessLevel: null,
      extra: {},
      linkedAt: null,
    } as const;
    return replaceAccount(deps, trx, account, {
      ...account,
      ...unlinked,
      status: 'unlinked',
      lastError: null,
      expiresAt: null,
      life: newLife,
    });
  }
  await eraseAccount(deps, trx, accountId);
  const others = await listAccountsOfService(trx, account.serviceId);
  if (others.length === 0) await deleteService(trx, account.serviceId);
}
