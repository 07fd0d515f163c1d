/** Keeping connected services: find, create, change, allow a host, delete. Admins only. */
import type { Knex } from 'knex';
import { inTransaction, isDuplicate } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Remark } from '../packages/record-type.ts';
import { type Actor, isAdmin } from '../people/actor.ts';
import type { Vault } from '../vault.ts';
import { accountContext } from './account.ts';
import { type Dependent, type Dependents, eraseAccount, refuseInUse } from './dependents.ts';
import type { ServiceParams, ServiceProvider } from './provider.ts';
import { openParams, sealParams } from './sealed.ts';
import {
  type ConnectedService,
  mergeParams,
  type Providers,
  readHost,
  readServiceDraft,
  type ServiceDraft,
  serviceContext,
} from './service.ts';
import { withSigningKey } from './signing-key.ts';
import { listAccountsOfService } from './store-accounts.ts';
import { deleteService, findService, insertService, updateService } from './store-services.ts';

export interface ServiceDeps {
  db: Knex;
  vault: Vault;
  providers: Providers;
  now(): number;
  newId(): string;
}

/** A service with what signing needs: its provider and its parameters, secrets and signing key included. */
export interface OpenService {
  service: ConnectedService;
  provider: ServiceProvider;
  params: ServiceParams;
}

/** By id or uri. Throws `not_found`. */
export async function getService(db: Knex, ref: string): Promise<ConnectedService> {
  const service = await findService(db, ref);
  if (!service) throw new HubError('not_found', 'There is no such connected service.');
  return service;
}

/** The service of an account, opened. Throws `conflict` when its provider is not known any more. */
export async function openServiceOf(
  deps: Pick<ServiceDeps, 'db' | 'vault' | 'providers'>,
  serviceId: string,
): Promise<OpenService> {
  const service = await getService(deps.db, serviceId);
  const provider = providerOf(deps.providers, service);
  const params = openParams(deps.vault, service);
  return { service, provider, params: await withSigningKey(deps, { id: service.id, provider, params }) };
}

/** `fields` as the API and packages spell them. Throws `bad_request` with the faults, or `conflict`. */
export async function createService(
  deps: ServiceDeps,
  actor: Actor,
  fields: Readonly<Record<string, unknown>>,
): Promise<ConnectedService> {
  requireAdmin(actor);
  const id = deps.newId();
  await insertDraft(deps, id, acceptDraft(readServiceDraft(fields, deps.providers)));
  return getService(deps.db, id);
}

/** Seals and stores a draft that was read without faults. */
export async function insertDraft(
  deps: Pick<ServiceDeps, 'db' | 'vault' | 'providers' | 'now'>,
  id: string,
  draft: ServiceDraft,
): Promise<void> {
  const now = deps.now();
  const provider = providerOf(deps.providers, draft);
  const sealed = sealParams(deps.vault, id, provider, draft.params);
  await naming(
    draft.uri,
    insertService(deps.db, { id, ...draft, ...sealed, createdAt: now, updatedAt: now }),
  );
}

/** Seals and writes a draft over a stored service; false when that is not of this version any more. */
export async function updateDraft(
  deps: Pick<ServiceDeps, 'db' | 'vault' | 'providers' | 'now'>,
  id: string,
  draft: ServiceDraft,
  version: number,
): Promise<boolean> {
  const before = await findService(deps.db, id);
  if (before?.updatedAt !== version) return false;
  const sealed = sealParams(deps.vault, id, providerOf(deps.providers, draft), draft.params);
  const updatedAt = Math.max(deps.now(), before.updatedAt + 1);
  return naming(draft.uri, updateService(deps.db, before, { ...before, ...draft, ...sealed, updatedAt }));
}

/**
 * Changes what `fields` names. Parameters that they do not show stay, a blank secret keeps the old one. Without
 * `allowed_hosts` the list stays as it is.
 */
export async function changeService(
  deps: ServiceDeps,
  actor: Actor,
  ref: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<ConnectedService> {
  requireAdmin(actor);
  const before = await getService(deps.db, ref);
  const provider = providerOf(deps.providers, before);
  const changes = (fields.params ?? {}) as ServiceParams; // readServiceDraft refuses what is no object below
  const draft = acceptDraft(
    readServiceDraft(
      {
        name: before.name,
        uri: before.uri,
        allowed_hosts: before.allowedHosts,
        ...fields,
        extension_id: before.extensionId,
        params: mergeParams(openParams(deps.vault, before), changes, provider),
      },
      deps.providers,
    ),
  );
  const sealed = sealParams(deps.vault, before.id, provider, draft.params);
  await replace(deps, before, { ...before, ...draft, ...sealed });
  return getService(deps.db, before.id);
}

/** Adds a host to the allow-list of a service. */
export async function allowHost(deps: ServiceDeps, actor: Actor, ref: string, text: string): Promise<void> {
  requireAdmin(actor);
  const host = readHost(text);
  if (host === undefined)
    throw new HubError('bad_request', 'This is not a host name such as api.example.com.');
  const before = await getService(deps.db, ref);
  if (before.allowedHosts.includes(host)) return;
  await replace(deps, before, { ...before, allowedHosts: [...before.allowedHosts, host] });
}

/** What refers to a service: its accounts, and what refers to those. */
export async function dependentsOfService(
  deps: { db: Knex; dependents: Dependents },
  service: ConnectedService,
): Promise<Dependent[]> {
  const found: Dependent[] = await deps.dependents.of(serviceContext, service.id, deps.db);
  for (const account of await listAccountsOfService(deps.db, service.id)) {
    found.push({ context: accountContext, id: account.id, label: account.name });
    found.push(...(await deps.dependents.of(accountContext, account.id, deps.db)));
  }
  return found.filter(({ id }, index) => found.findIndex((other) => other.id === id) === index);
}

/** Throws `in_use` while anything refers to the service, unless that is to go too. */
export async function removeService(
  deps: ServiceDeps & {
    dependents: Dependents;
    eraseDeliveriesOf(db: Knex, accountId: string): Promise<void>;
  },
  actor: Actor,
  ref: string,
  options: { withDependents: boolean },
): Promise<void> {
  requireAdmin(actor);
  const service = await getService(deps.db, ref);
  const by = await dependentsOfService(deps, service);
  if (!options.withDependents) refuseInUse(service.name, by);
  await inTransaction(deps.db, async (trx) => {
    for (const dependent of by) {
      if (dependent.context !== accountContext) await deps.dependents.remove(trx, dependent);
    }
    for (const account of await listAccountsOfService(trx, service.id))
      await eraseAccount(deps, trx, account.id);
    await deleteService(trx, service.id);
  });
}

/** The provider of a service. Throws `conflict` when this hub does not know it. */
export function providerOf(
  providers: Providers,
  service: { name: string; extensionId: string },
): ServiceProvider {
  const provider = providers.get(service.extensionId);
  if (provider) return provider;
  const message = `Service '${service.name}' authenticates by '${service.extensionId}', which is not known here.`;
  throw new HubError('conflict', message);
}

/** The draft, or `bad_request` with every fault by path. */
export function acceptDraft<T>(reading: { value: T; faults: Remark[]; unsupported: Remark[] }): T {
  const faults = [...reading.faults, ...reading.unsupported];
  if (faults.length === 0) return reading.value;
  const message = faults.map(({ path, message: sentence }) => `${path}: ${sentence}`).join('; ');
  throw new HubError('bad_request', message, { extra: { faults } });
}

/** Says which uri is taken in place of the database's words. */
export async function naming<T>(uri: string | null, writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (uri === null || !isDuplicate(error)) throw error;
    const faults = [{ path: '/uri', message: `The uri '${uri}' is taken` }];
    throw new HubError('conflict', `The uri '${uri}' is taken; choose another.`, { extra: { faults } });
  }
}

async function replace(
  deps: ServiceDeps,
  before: ConnectedService,
  changed: ConnectedService,
): Promise<void> {
  const updatedAt = Math.max(deps.now(), before.updatedAt + 1);
  if (!(await naming(changed.uri, updateService(deps.db, before, { ...changed, updatedAt })))) {
    throw new HubError(
      'conflict',
      `Service '${before.name}' was changed meanwhile. Look at it again, then save.`,
    );
  }
}

/** Throws `forbidden`. */
export function requireAdmin(actor: Actor): void {
  if (!isAdmin(actor)) throw new HubError('forbidden', 'Only admins may see and change connected services.');
}
