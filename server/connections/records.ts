/** Connected services and accounts as the package importer sees them. */
import type { Knex } from 'knex';
import type { PlannedFacts, RecordReading, RecordType, Remark } from '../packages/record-type.ts';
import type { Vault } from '../vault.ts';
import { type AccountDraft, accountContext, faultsAtService, readAccountDraft } from './account.ts';
import { insertAccountDraft, updateAccountDraft } from './account-changes.ts';
import type { Owners } from './accounts.ts';
import { type Dependents, eraseAccount } from './dependents.ts';
import { describeAccount, describeService } from './describe.ts';
import { isPlainObject, sentence } from './reading.ts';
import { openCredentials, openParams } from './sealed.ts';
import {
  type ConnectedService,
  type DraftReading,
  type Providers,
  readServiceDraft,
  type ServiceDraft,
  secretKeys,
  serviceContext,
  type WithProvider,
} from './service.ts';
import { dependentsOfService, getService, insertDraft, providerOf, updateDraft } from './services.ts';
import { findAccount, searchAccounts } from './store-accounts.ts';
import { deleteService, findService, searchServices } from './store-services.ts';

export interface RecordDeps {
  vault: Vault;
  providers: Providers;
  now(): number;
  dependents: Dependents;
  eraseDeliveriesOf(db: Knex, accountId: string): Promise<void>;
}

export function connectedServiceType(deps: RecordDeps): RecordType<ServiceDraft> {
  const read = (fields: Readonly<Record<string, unknown>>, path: string): RecordReading<ServiceDraft> => {
    const reading = readServiceDraft(fields, deps.providers);
    const { extensionId, params, allowedHosts } = reading.value;
    const provider = reading.faults.length === 0 ? deps.providers.get(extensionId) : undefined;
    return {
      ...placed(reading, path),
      hosts: provider?.hosts({ ...params, allowed_hosts: allowedHosts }) ?? [],
      references: [],
    };
  };
  return {
    context: serviceContext,
    aliases: ['connected_service', 'connected service', 'connected services'],
    one: 'Connected Service',
    many: 'Connected Services',
    isBotTemplate: () => false,
    read,
    async check(db, { uri }, path, _planned, ownId) {
      const holder = uri === null ? undefined : await findService(db, uri);
      const isTaken = holder !== undefined && holder.id !== ownId;
      return { faults: isTaken ? [takenUri(uri, path)] : [], warnings: [] };
    },
    insert: (db, id, draft) => insertDraft({ ...deps, db }, id, draft),
    fieldsOf: (draft) => describeService(draft, deps.providers),
    async describe(db, id) {
      const service = await findService(db, id);
      if (!service) return undefined;
      const draft = { ...service, params: openParams(deps.vault, service) };
      return { ...describeService(draft, deps.providers), version: service.updatedAt };
    },
    async revise(db, id, fields, path) {
      const service = await getService(db, id);
      const given = isPlainObject(fields.params) ? fields.params : {};
      const reading = read({ ...fields, params: { ...secretsOf(deps, service), ...given } }, path);
      if (reading.value.extensionId !== service.extensionId) {
        const message = `'${service.name}' authenticates by '${service.extensionId}', which cannot be changed; import a new copy.`;
        reading.faults.push({ path: `${path}/extension_id`, message });
      }
      return reading;
    },
    update: (db, id, draft, _by, version) => updateDraft({ ...deps, db }, id, draft, version),
    async dependents(db, id) {
      const service = await findService(db, id);
      return service ? dependentsOfService({ db, dependents: deps.dependents }, service) : [];
    },
    isGuarded: async () => false,
    remove: async (trx, id) => void (await deleteService(trx, id)),
    list: searchServices,
    find: async (db, id) => labelled(await findService(db, id)),
  };
}

export function connectedAccountType(
  deps: RecordDeps & { owners: Pick<Owners, 'exists'> },
): RecordType<AccountDraft> {
  const read = (fields: Readonly<Record<string, unknown>>, path: string): RecordReading<AccountDraft> => {
    const reading = readAccountDraft(fields, deps.providers);
    const { serviceId: id, owner } = reading.value;
    const references = id === '' ? [] : [{ path: `${path}/service_id`, context: serviceContext, id }];
    return { ...placed(reading, path), hosts: [], references, owner };
  };
  return {
    context: accountContext,
    aliases: ['connected_account', 'connected account', 'connected accounts', 'account', 'accounts'],
    one: 'Connected Account',
    many: 'Connected Accounts',
    isBotTemplate: () => false,
    read,
    async check(db, draft, path, planned, ownId) {
      const { uri, owner, serviceId } = draft;
      const faults: Remark[] = [];
      const holder = uri === null ? undefined : await findAccount(db, uri);
      if (holder && holder.id !== ownId) faults.push(takenUri(uri, path));
      if (!(await deps.owners.exists(owner))) {
        faults.push({ path: `${path}/owner_id`, message: 'There is no such worker to own the account.' });
      }
      const own = ownId === undefined ? undefined : await findAccount(db, ownId);
      if (own?.sealedCredentials && own.serviceId !== serviceId) {
        const message = `'${own.name}' is linked to another service; unlink it first, or import a new copy.`;
        faults.push({ path: `${path}/service_id`, message });
      }
      const service = await serviceToBe({ ...deps, db }, serviceId, planned);
      if (service) faults.push(...faultsAtService(service, draft).map(inPackage(path)));
      return { faults, warnings: [] };
    },
    insert: (db, id, draft) => insertAccountDraft({ ...deps, db }, id, draft),
    fieldsOf: (draft) => describeAccount(draft, deps.providers),
    async describe(db, id) {
      const account = await findAccount(db, id);
      if (!account) return undefined;
      const credentials = { ...openCredentials(deps.vault, account) };
      return {
        ...describeAccount({ ...account, credentials }, deps.providers),
        version: account.updatedAt,
      };
    },
    revise: async (_db, _id, fields, path) => read(fields, path),
    update: (db, id, draft, _by, version) => updateAccountDraft({ ...deps, db }, id, draft, version),
    dependents: (db, id) => deps.dependents.of(accountContext, id, db),
    isGuarded: async (db, id) => Boolean((await findAccount(db, id))?.sealedCredentials),
    remove: (trx, id) => eraseAccount(deps, trx, id),
    list: searchAccounts,
    find: async (db, id) => labelled(await findAccount(db, id)),
  };
}

function secretsOf({ vault, providers }: RecordDeps, service: ConnectedService): Record<string, unknown> {
  const hidden = secretKeys(providerOf(providers, service));
  return Object.fromEntries(Object.entries(openParams(vault, service)).filter(([key]) => hidden.has(key)));
}

/** The service as the package will make it, else as it is here; without one, or its provider, others complain. */
async function serviceToBe(
  { db, vault, providers }: RecordDeps & { db: Knex },
  ref: string,
  planned: ((id: string) => PlannedFacts | undefined) | undefined,
): Promise<WithProvider | undefined> {
  const facts = planned?.(ref);
  if (facts && facts.context !== serviceContext) return undefined;
  const stored = facts ? undefined : await findService(db, ref);
  // What the service's own `read` found.
  const draft = facts ? (facts.value as ServiceDraft) : stored;
  const provider = draft && providers.get(draft.extensionId);
  return draft && provider && { provider, params: stored ? openParams(vault, stored) : draft.params };
}

type Placed<T> = Pick<RecordReading<T>, 'value' | 'label' | 'faults' | 'unsupported' | 'warnings'>;

/** Places a remark in the package, as a sentence: what a form says beside a field has no stop. */
function inPackage(path: string): (remark: Remark) => Remark {
  return (remark) => ({ path: `${path}${remark.path}`, message: sentence(remark.message) });
}

/** The reading with its remarks placed in the package. */
function placed<T extends { name: string }>(reading: DraftReading<T>, path: string): Placed<T> {
  const place = (remarks: readonly Remark[]) => remarks.map(inPackage(path));
  return {
    value: reading.value,
    label: reading.value.name,
    faults: place(reading.faults),
    unsupported: place(reading.unsupported),
    warnings: place(reading.warnings),
  };
}

function takenUri(uri: string | null, path: string): Remark {
  return { path: `${path}/uri`, message: `The uri '${uri}' is taken.` };
}

function labelled(
  record: { id: string; name: string } | undefined,
): { id: string; label: string } | undefined {
  return record && { id: record.id, label: record.name };
}
