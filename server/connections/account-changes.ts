/** Keeping connected accounts: create, change, delete. Who may use an account may change it. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, isSameOwner, mayGiveTo } from '../people/actor.ts';
import {
  type AccountDraft,
  accountContext,
  type ConnectedAccount,
  faultsAtService,
  readAccountDraft,
  unlinked,
} from './account.ts';
import { lifeOfGrant } from './account-life.ts';
import { type AccountDeps, getUsableAccount, type Owners } from './accounts.ts';
import { type Dependent, type Dependents, eraseAccount, refuseInUse } from './dependents.ts';
import type { Grant } from './provider.ts';
import { sealCredentials } from './sealed.ts';
import { asksForNothing, obtainsTokens } from './service.ts';
import { acceptDraft, naming, type OpenService, openServiceOf } from './services.ts';
import { findAccount, insertAccount, updateAccount } from './store-accounts.ts';

export interface AccountChangeDeps extends Pick<AccountDeps, 'db' | 'vault' | 'providers' | 'now'> {
  owners: Pick<Owners, 'label' | 'exists'>;
  newId(): string;
}

/** `fields` as packages spell them. Throws `bad_request` with the faults, `forbidden` or `conflict`. */
export async function createAccount(
  deps: AccountChangeDeps,
  actor: Actor,
  fields: Readonly<Record<string, unknown>>,
): Promise<ConnectedAccount> {
  const draft = acceptDraft(readAccountDraft(fields, deps.providers));
  await checkOwner(deps, actor, draft);
  const id = deps.newId();
  await insertAccountDraft(deps, id, draft);
  return reread(deps.db, id);
}

/** Stores a draft that was read without faults; credentials in it must suit the service's provider. */
export async function insertAccountDraft(
  deps: Pick<AccountChangeDeps, 'db' | 'vault' | 'providers' | 'now'>,
  id: string,
  { credentials, ...draft }: AccountDraft,
): Promise<void> {
  const opened = await openServiceOf(deps, draft.serviceId);
  acceptDraft({ value: undefined, faults: faultsAtService(opened, { credentials }), unsupported: [] });
  const now = deps.now();
  const blank: ConnectedAccount = {
    ...draft,
    id,
    serviceId: opened.service.id,
    ...unlinked,
    createdAt: now,
    updatedAt: now,
  };
  const isEmpty = Object.keys(credentials).length === 0;
  // Without credentials it waits for a person: nothing is asked of the remote service here.
  const waits = isEmpty && (!asksForNothing(opened) || obtainsTokens(opened));
  const account = waits ? blank : withDraftGrant(deps, opened, blank, credentials);
  await naming(draft.uri, insertAccount(deps.db, account));
}

/** The account with credentials that a package brought. */
function withDraftGrant(
  deps: Pick<AccountChangeDeps, 'vault' | 'now'>,
  opened: OpenService,
  account: ConnectedAccount,
  credentials: AccountDraft['credentials'],
): ConnectedAccount {
  const { user_id: remoteId, screen_name: remoteName } = credentials;
  const identity = { id: remoteId || null, name: remoteName || null };
  return withGrant(deps, opened, account, { credentials, identity, accessLevel: null });
}

/**
 * Writes a draft over a stored account; false when that is not of this version any more. Without credentials in the
 * draft the account keeps what it holds: a link survives.
 */
export async function updateAccountDraft(
  deps: Pick<AccountChangeDeps, 'db' | 'vault' | 'providers' | 'now'>,
  id: string,
  { credentials, ...draft }: AccountDraft,
  version: number,
): Promise<boolean> {
  const before = await findAccount(deps.db, id);
  if (before?.updatedAt !== version) return false;
  const opened = await openServiceOf(deps, draft.serviceId);
  acceptDraft({ value: undefined, faults: faultsAtService(opened, { credentials }), unsupported: [] });
  const updatedAt = Math.max(deps.now(), before.updatedAt + 1);
  const changed = { ...before, ...draft, serviceId: opened.service.id, updatedAt };
  const isEmpty = Object.keys(credentials).length === 0;
  const granted = isEmpty ? changed : withDraftGrant(deps, opened, changed, credentials);
  return naming(draft.uri, updateAccount(deps.db, before, granted));
}

/** Changes name, uri and owner; the owner only by an admin. */
export async function changeAccount(
  deps: AccountChangeDeps,
  actor: Actor,
  ref: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<ConnectedAccount> {
  const before = await getUsableAccount(deps, actor, ref);
  await replaceAccount(deps, deps.db, before, await readChange(deps, actor, before, fields));
  return reread(deps.db, before.id);
}

/** The account as it would be after the change. Throws `bad_request` with the faults. */
export async function readChange(
  deps: AccountChangeDeps,
  actor: Actor,
  before: ConnectedAccount,
  fields: Readonly<Record<string, unknown>>,
): Promise<ConnectedAccount> {
  const draft = acceptDraft(
    readAccountDraft(
      {
        name: before.name,
        uri: before.uri,
        owner__context: before.owner.context,
        owner_id: before.owner.id,
        ...fields,
        service_id: before.serviceId,
      },
      deps.providers,
    ),
  );
  if (!isSameOwner(draft.owner, before.owner)) await checkOwner(deps, actor, draft);
  return { ...before, name: draft.name, uri: draft.uri, owner: draft.owner };
}

/** Writes the account unless it was changed since `before` was read: then `conflict`. */
export async function replaceAccount(
  deps: Pick<AccountChangeDeps, 'now'>,
  db: Knex,
  before: ConnectedAccount,
  changed: ConnectedAccount,
): Promise<void> {
  const updatedAt = Math.max(deps.now(), before.updatedAt + 1);
  if (!(await naming(changed.uri, updateAccount(db, before, { ...changed, updatedAt })))) {
    throw new HubError(
      'conflict',
      `Account '${before.name}' was changed meanwhile. Look at it again, then save.`,
    );
  }
}

/**
 * The account with what the remote service granted, and the times that follow from it; `grantedAt` where it was granted
 * before now.
 */
export function withGrant(
  deps: Pick<AccountChangeDeps, 'vault' | 'now'>,
  { provider, params }: Pick<OpenService, 'provider' | 'params'>,
  account: ConnectedAccount,
  grant: Pick<Grant, 'credentials' | 'identity' | 'accessLevel'> &
    Partial<Pick<Grant, 'extra' | 'lifetimeMs' | 'consentLifetimeMs'>>,
  grantedAt = deps.now(),
): ConnectedAccount {
  const hasIdentity = grant.identity.id !== null || grant.identity.name !== null;
  return {
    ...account,
    sealedCredentials: sealCredentials(deps.vault, account.id, grant.credentials),
    status: 'linked',
    identity: hasIdentity ? grant.identity : null,
    accessLevel: grant.accessLevel,
    extra: grant.extra ?? {},
    lastError: null,
    linkedAt: grantedAt,
    ...lifeOfGrant({ provider, params, now: grantedAt }, grant),
  };
}

/** What refers to an account: records of other features. */
export function dependentsOfAccount(
  deps: { dependents: Dependents },
  account: ConnectedAccount,
): Promise<Dependent[]> {
  return deps.dependents.of(accountContext, account.id);
}

/** Throws `in_use` while anything refers to the account, unless that is to go too. */
export async function removeAccount(
  deps: AccountChangeDeps & {
    dependents: Dependents;
    eraseDeliveriesOf(db: Knex, accountId: string): Promise<void>;
  },
  actor: Actor,
  ref: string,
  options: { withDependents: boolean },
): Promise<void> {
  const account = await getUsableAccount(deps, actor, ref);
  const by = await dependentsOfAccount(deps, account);
  if (!options.withDependents) refuseInUse(account.name, by);
  await inTransaction(deps.db, async (trx) => {
    for (const dependent of by) await deps.dependents.remove(trx, dependent);
    await eraseAccount(deps, trx, account.id);
  });
}

async function checkOwner(deps: AccountChangeDeps, actor: Actor, { owner }: AccountDraft): Promise<void> {
  if (!(await deps.owners.exists(owner))) {
    const faults = [{ path: '/owner_id', message: 'There is no such owner' }];
    throw new HubError('bad_request', 'The owner of the account does not exist.', { extra: { faults } });
  }
  if (!mayGiveTo(actor, owner)) {
    throw new HubError(
      'forbidden',
      'You may give the account to yourself or to a group of yours; only admins give one to the application or to others.',
    );
  }
}

async function reread(db: Knex, id: string): Promise<ConnectedAccount> {
  const account = await findAccount(db, id);
  if (!account) throw new HubError('not_found', 'The account was deleted meanwhile.');
  return account;
}
