/** Connected services and accounts as the package importer sees them. */
import type { RecordReading, RecordType, Remark } from '../packages/record-type.ts';
import type { Vault } from '../vault.ts';
import { type AccountDraft, accountContext, readAccountDraft } from './account.ts';
import { insertAccountDraft } from './account-changes.ts';
import type { Owners } from './accounts.ts';
import {
  type DraftReading,
  type Providers,
  readServiceDraft,
  type ServiceDraft,
  serviceContext,
} from './service.ts';
import { insertDraft } from './services.ts';
import { findAccount, searchAccounts } from './store-accounts.ts';
import { findService, searchServices } from './store-services.ts';

export interface RecordDeps {
  vault: Vault;
  providers: Providers;
  now(): number;
}

export function connectedServiceType(deps: RecordDeps): RecordType<ServiceDraft> {
  return {
    context: serviceContext,
    aliases: ['connected_service', 'connected service', 'connected services'],
    one: 'Connected Service',
    many: 'Connected Services',
    isBotTemplate: () => false,
    read(fields, path) {
      const reading = readServiceDraft(fields, deps.providers);
      const provider =
        reading.faults.length === 0 ? deps.providers.get(reading.value.extensionId) : undefined;
      const { params, allowedHosts } = reading.value;
      return {
        ...placed(reading, path),
        hosts: provider?.hosts({ ...params, allowed_hosts: allowedHosts }) ?? [],
        references: [],
      };
    },
    async check(db, { uri }, path) {
      const isTaken = uri !== null && (await findService(db, uri)) !== undefined;
      return { faults: isTaken ? [takenUri(uri, path)] : [], warnings: [] };
    },
    insert: (db, id, draft) => insertDraft({ ...deps, db }, id, draft),
    list: searchServices,
    find: async (db, id) => labelled(await findService(db, id)),
  };
}

export function connectedAccountType(
  deps: RecordDeps & { owners: Pick<Owners, 'exists'> },
): RecordType<AccountDraft> {
  return {
    context: accountContext,
    aliases: ['connected_account', 'connected account', 'connected accounts', 'account', 'accounts'],
    one: 'Connected Account',
    many: 'Connected Accounts',
    isBotTemplate: () => false,
    read(fields, path) {
      const reading = readAccountDraft(fields, deps.providers);
      const id = reading.value.serviceId;
      const references = id === '' ? [] : [{ path: `${path}/service_id`, context: serviceContext, id }];
      return { ...placed(reading, path), hosts: [], references, owner: reading.value.owner };
    },
    async check(db, { uri, owner }, path) {
      const faults: Remark[] = [];
      if (uri !== null && (await findAccount(db, uri))) faults.push(takenUri(uri, path));
      if (!(await deps.owners.exists(owner))) {
        faults.push({ path: `${path}/owner_id`, message: 'There is no such worker to own the account.' });
      }
      return { faults, warnings: [] };
    },
    insert: (db, id, draft) => insertAccountDraft({ ...deps, db }, id, draft),
    list: searchAccounts,
    find: async (db, id) => labelled(await findAccount(db, id)),
  };
}

type Placed<T> = Pick<RecordReading<T>, 'value' | 'label' | 'faults' | 'unsupported' | 'warnings'>;

/** The reading with its remarks placed in the package, as sentences: what a form says beside a field has no stop. */
function placed<T extends { name: string }>(reading: DraftReading<T>, path: string): Placed<T> {
  const place = (remarks: readonly Remark[]) =>
    remarks.map((remark) => ({ path: `${path}${remark.path}`, message: sentence(remark.message) }));
  return {
    value: reading.value,
    label: reading.value.name,
    faults: place(reading.faults),
    unsupported: place(reading.unsupported),
    warnings: place(reading.warnings),
  };
}

function sentence(message: string): string {
  return /[.?!]$/.test(message) ? message : `${message}.`;
}

function takenUri(uri: string, path: string): Remark {
  return { path: `${path}/uri`, message: `The uri '${uri}' is taken.` };
}

function labelled(
  record: { id: string; name: string } | undefined,
): { id: string; label: string } | undefined {
  return record && { id: record.id, label: record.name };
}
