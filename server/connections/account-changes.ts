/** Keeping connected accounts: create, change, delete. Who may use an account may change it. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { type Actor, isSameOwner, mayGiveTo } from '../people/actor.ts';
import {
  type AccountDraft,
  accountContext,
  type ConnectedAccount,
  readAccountDraft,
  unlinked,
} from './account.ts';
import { lifeOfGrant } from './account-life.ts';
import { type AccountDeps, getUsableAccount, type Owners } from './accounts.ts';
import { type Dependent, type Dependents, eraseAccount, refuseInUse } from './dependents.ts';
import type { Grant } from './provider.ts';
import { sealCredentials } from './sealed.ts';
import { asksForNothing, obtainsTokens } from './service.ts';
import { acceptDraft, getService, naming, type OpenService, openServiceOf } from './services.ts';
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
  const service = await getService(deps.db, draft.serviceId);
  refuseSignInOnly(deps.providers.get(service.extensionId)?.whyNotForRequests);
  const now = deps.now();
  const blank: ConnectedAccount = {
    ...draft,
    id,
    serviceId: service.id,
    ...unlinked,
    createdAt: now,
    updatedAt: now,
  };
  const isEmpty = Object.keys(credentials).length === 0;
  if (isEmpty && (await isToBeLinked(deps, service.id)))
    return naming(draft.uri, insertAccount(deps.db, blank));
  await naming(draft.uri, insertAccount(deps.db, await withDraftGrant(deps, blank, credentials)));
}

/** Whether an account without credentials waits for a person: nothing is asked of the remote service here. */
async function isToBeLinked(
  deps: Pick<AccountChangeDeps, 'db' | 'vault' | 'providers'>,
  serviceId: string,
): Promise<boolean> {
  const opened = await openServiceOf(deps, serviceId);
  return !asksForNothing(opened) || obtainsTokens(opened);
}

function refuseSignInOnly(why: string | undefined): void {
  if (why === undefined) return;
  acceptDraft({ value: undefined, faults: [{ path: '/service_id', message: why }], unsupported: [] });
}

/** The account with credentials that a package brought. Throws `bad_request` when its provider takes others. */
async function withDraftGrant(
  deps: Pick<AccountChangeDeps, 'db' | 'vault' | 'providers' | 'now'>,
  account: ConnectedAccount,
  credentials: AccountDraft['credentials'],
): Promise<ConnectedAccount> {
  const opened = await openServiceOf(deps, account.serviceId);
  const { faults } = opened.provider.checkAccount(credentials, opened.params);
  acceptDraft({ value: undefined, faults, unsupported: [] });
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
  const changed = { ...before, ...draft, updatedAt: Math.max(deps.now(), before.updatedAt + 1) };
  const granted =
    Object.keys(credentials).length === 0 ? changed : await withDraftGrant(deps, changed, credentials);
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
