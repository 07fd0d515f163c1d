/** A connected account: its words, who sees it, and the reading of one. Pure. */
import { digitsOf } from '../json.ts';
import type { Remark } from '../packages/record-type.ts';
import type { Actor, Owner } from '../people/actor.ts';
import { isRoleContext, mayUseAccount, readOwnerContext, roleRefusal } from '../people/actor.ts';
import { type AccountLife, newLife } from './account-life.ts';
import type { RemoteIdentity } from './provider.ts';
import { below, readName, readObject, readUri, unknownFields } from './reading.ts';
import type { DraftReading, Providers, WithProvider } from './service.ts';

export const accountContext = 'cerberusweb.contexts.connected_account';

export type AccountStatus = 'unlinked' | 'linked' | 'expired' | 'revoked' | 'error';

export interface ConnectedAccount {
  id: string;
  uri: string | null;
  name: string;
  serviceId: string;
  owner: Owner;
  status: AccountStatus;
  sealedCredentials: string | null;
  identity: RemoteIdentity | null;
  /** As the remote side names it. */
  accessLevel: string | null;
  lastError: string | null;
  linkedAt: number | null;
  expiresAt: number | null;
  /** Further fields of the token answer, none of them secret. */
  extra: Readonly<Record<string, string>>;
  life: AccountLife;
  createdAt: number;
  updatedAt: number;
}

/** An account that holds nothing, as before its first consent and after unlinking. */
export const unlinked = {
  status: 'unlinked',
  sealedCredentials: null,
  identity: null,
  accessLevel: null,
  lastError: null,
  linkedAt: null,
  expiresAt: null,
  extra: {},
  life: newLife,
} as const satisfies Partial<ConnectedAccount>;

/** An account before it is stored. `credentials` empty: it has to be linked. */
export interface AccountDraft {
  name: string;
  uri: string | null;
  serviceId: string;
  owner: Owner;
  credentials: Record<string, string>;
}

const accountFields = ['name', 'uri', 'service_id', 'owner__context', 'owner_id', 'params'];

/** Reads an account with the field names of packages. Paths of remarks begin at the record. */
export function readAccountDraft(
  fields: Readonly<Record<string, unknown>>,
  providers: Providers,
): DraftReading<AccountDraft> {
  const faults: Remark[] = [];
  const unsupported = unknownFields(fields, accountFields);
  const name = readName(fields.name, faults);
  const uri = readUri(
    fields.uri,
    /^[a-z0-9._-]{1,128}$/,
    'letters, digits, dots, dashes and underscores, at most 128',
    faults,
  );
  const serviceId = typeof fields.service_id === 'string' ? fields.service_id : '';
  if (serviceId === '') faults.push({ path: '/service_id', message: "'service_id' is required" });
  const owner = readOwner(fields.owner__context, fields.owner_id, faults, unsupported);
  const credentials = readCredentials(fields.params ?? {}, providers, faults, unsupported);
  return { value: { name, uri, serviceId, owner, credentials }, faults, unsupported, warnings: [] };
}

/** Why a service takes no account with these credentials, or none at all. Paths of remarks begin at the record. */
export function faultsAtService(
  { provider, params }: WithProvider,
  { credentials }: Pick<AccountDraft, 'credentials'>,
): Remark[] {
  if (provider.whyNotForRequests !== undefined)
    return [{ path: '/service_id', message: provider.whyNotForRequests }];
  // Without credentials it is to be linked or filled in.
  if (Object.keys(credentials).length === 0) return [];
  return provider.checkAccount(credentials, params).faults.map(below('/params'));
}

/** Whether the actor may know that the account exists: who may use it, and workers for what the application owns. */
export function maySeeAccount(actor: Actor, account: { id: string; owner: Owner }): boolean {
  if (mayUseAccount(actor, account)) return true;
  return actor.kind === 'bot' || (actor.kind === 'worker' && account.owner.context === 'app');
}

/** The status now: what was linked and has run out reads as expired. */
export function statusAt(account: ConnectedAccount, now: number): AccountStatus {
  const hasRunOut = account.expiresAt !== null && account.expiresAt <= now;
  return account.status === 'linked' && hasRunOut ? 'expired' : account.status;
}

/** What a remote access level (`x-access-level`) means, in words; null when it is not known. */
export function accessLevelWords(level: string | null): string | null {
  switch (level) {
    case null:
      return null;
    case 'read':
      return 'may only read';
    case 'read-write':
      return 'may read and write';
    case 'read-write-directmessages':
    case 'read-write-privatemessages':
      return 'may read, write and handle direct messages';
    default:
      return `'${level}', as the remote site calls it`;
  }
}

/** How a person calls the remote identity: a handle with @, a name as it is, else the id. */
export function identityName(identity: RemoteIdentity | null): string | null {
  if (identity?.name) return /^\w+$/.test(identity.name) ? `@${identity.name}` : identity.name;
  return identity?.id ?? null;
}

/** Two identities as a reader can tell them apart: with their ids where they bear one name. */
export function tellApart(
  held: RemoteIdentity | null,
  got: RemoteIdentity,
): { was: string; becomes: string } {
  const was = identityName(held) ?? 'unknown';
  const becomes = identityName(got) ?? 'unknown';
  return was === becomes
    ? { was: `${was} (${held?.id})`, becomes: `${becomes} (${got.id})` }
    : { was, becomes };
}

/** Whether two readings are known to be different identities. Ids decide; names are no identity. */
export function isOtherIdentity(held: RemoteIdentity | null, got: RemoteIdentity | null): boolean {
  return Boolean(held?.id && got?.id && held.id !== got.id);
}

/** Reads an owner as packages spell it; without any the application owns the record. */
function readOwner(context: unknown, id: unknown, faults: Remark[], unsupported: Remark[]): Owner {
  const app: Owner = { context: 'app', id: '0' };
  if (context === undefined || context === null || context === '') return app;
  const name = typeof context === 'string' ? context : '';
  const kind = readOwnerContext(name);
  if (kind === 'app') return app;
  if (kind !== undefined) {
    const ownerId = typeof id === 'string' ? id : '';
    if (ownerId === '') faults.push({ path: '/owner_id', message: `'owner_id' must name a ${kind}` });
    return { context: kind, id: ownerId };
  }
  if (isRoleContext(name)) {
    unsupported.push({ path: '/owner__context', message: roleRefusal('account') });
  } else {
    faults.push({
      path: '/owner__context',
      message: 'The owner must be the application, a group or a worker',
    });
  }
  return app;
}

function readCredentials(
  params: unknown,
  providers: Providers,
  faults: Remark[],
  unsupported: Remark[],
): Record<string, string> {
  const given = readObject(params);
  if (!given) {
    faults.push({ path: '/params', message: "'params' must be an object" });
    return {};
  }
  const credentials: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) {
    // Packages write what a token answer held, numbers among it.
    const text = typeof value === 'string' ? value : digitsOf(value);
    if (text !== undefined) credentials[key] = text;
    else faults.push({ path: `/params/${key}`, message: `'${key}' must be text` });
  }
  const keys = Object.keys(credentials);
  const fits = [...providers.values()].some(
    ({ checkAccount }) => checkAccount(credentials).faults.length === 0,
  );
  if (keys.length > 0 && !fits) {
    const message = `No service provider known here takes an account with the parameters ${keys.join(', ')}`;
    unsupported.push({ path: '/params', message });
  }
  return credentials;
}
