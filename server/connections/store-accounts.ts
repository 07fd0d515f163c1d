/** Rows of connected_accounts. */
import type { Knex } from 'knex';
import { isId } from '../id.ts';
import { parseJson, writeJson } from '../json.ts';
import { afterCursor, type PageOf, type Paging, pageOf } from '../paging.ts';
import type { Owner } from '../people/actor.ts';
import type { AccountStatus, ConnectedAccount } from './account.ts';
import { type LifeRow, lifeColumns, lifeFrom, timeOf } from './store-times.ts';
import { tellOfAccount, together } from './tell-account.ts';

interface AccountRow extends LifeRow {
  id: string;
  uri: string | null;
  name: string;
  service_id: string;
  owner_context: string;
  owner_id: string;
  status: string;
  sealed_credentials: string | null;
  identity_id: string | null;
  identity_name: string | null;
  access_level: string | null;
  extra: string | null;
  last_error: string | null;
  linked_at: number | null;
  expires_at: number | null;
  created_at: number;
  updated_at: number;
}

/** Which accounts a list shows: all, those of these owners, or those named. */
export type AccountFilter = 'all' | { owners: readonly Owner[] } | { ids: readonly string[] };

/** By id or uri. */
export async function findAccount(db: Knex, ref: string): Promise<ConnectedAccount | undefined> {
  const row = await db<AccountRow>('connected_accounts')
    .where(isId(ref) ? { id: ref } : { uri: ref })
    .first();
  return row && fromRow(row);
}

/** By name then id. */
export async function listAccounts(
  db: Knex,
  filter: AccountFilter,
  paging: Paging,
): Promise<PageOf<ConnectedAccount>> {
  const query = db<AccountRow>('connected_accounts')
    .orderBy(['name', 'id'])
    .limit(paging.limit + 1);
  if (filter !== 'all') query.where(conditionOf(filter));
  if (paging.after) query.where(afterCursor(paging.after));
  return pageOf((await query).map(fromRow), paging.limit);
}

/** Every account of a service, for its card and its deletion. */
export async function listAccountsOfService(db: Knex, serviceId: string): Promise<ConnectedAccount[]> {
  const rows = await db<AccountRow>('connected_accounts')
    .where({ service_id: serviceId })
    .orderBy(['name', 'id']);
  return rows.map(fromRow);
}

/** For choosers: at most 200 whose name holds the text, by name. */
export async function searchAccounts(db: Knex, text: string): Promise<{ id: string; label: string }[]> {
  const query = db<AccountRow>('connected_accounts').orderBy(['name', 'id']).limit(200);
  // Cerb's searches are "field:text"; the text is what is looked for.
  const wanted = text.replace(/^\w+:/, '').replace(/[*"]/g, '').trim();
  if (wanted !== '')
    query.whereRaw("lower(name) like ? escape '!'", [`%${wanted.toLowerCase().replace(/[!%_]/g, '!$&')}%`]);
  const rows = await query.select('id', 'name');
  return rows.map((found) => ({ id: found.id, label: found.name }));
}

/** Throws the database's own error when the uri is taken or the service is gone. */
export async function insertAccount(db: Knex, account: ConnectedAccount): Promise<void> {
  await db('connected_accounts').insert(toRow(account));
}

/**
 * Writes a changed account; false when it was changed or deleted since `before` was read. What is known of its
 * credentials is written with new credentials only: jobs and uses note it meanwhile.
 */
export async function updateAccount(
  db: Knex,
  before: ConnectedAccount,
  changed: ConnectedAccount,
): Promise<boolean> {
  const isSameGrant =
    before.sealedCredentials === changed.sealedCredentials && before.status === changed.status;
  const anew = {
    ...grantColumns(changed),
    credentials_fence: db.raw('coalesce(credentials_fence, 0) + 1'),
  };
  const write = async (by: Knex) => {
    const updated = await by('connected_accounts')
      .where({ id: before.id, updated_at: before.updatedAt })
      .update({ ...recordColumns(changed), ...(isSameGrant ? {} : anew) });
    return updated === 1;
  };
  if (isSameGrant) return write(db);
  return together(db, async (trx) => {
    if (!(await write(trx))) return false;
    const kind = changed.status === 'linked' ? 'account.linked' : 'account.unlinked';
    await tellOfAccount(trx, kind, { id: before.id, at: changed.updatedAt, reason: changed.lastError });
    return true;
  });
}

/** Notes who the account was found to be, where its credentials were not changed meanwhile. */
export async function noteAccountIdentity(
  db: Knex,
  { id, updatedAt }: Pick<ConnectedAccount, 'id' | 'updatedAt'>,
  found: { id: string; name: string | null; accessLevel: string | null },
): Promise<void> {
  await db<AccountRow>('connected_accounts')
    .where({ id, updated_at: updatedAt, status: 'linked' })
    .update({ identity_id: found.id, identity_name: found.name, access_level: found.accessLevel });
}

/** The remote service ended the permission at a time; false when the account was linked anew since, or is not linked. */
export async function revokeAccount(db: Knex, id: string, at: number, lastError: string): Promise<boolean> {
  return together(db, async (trx) => {
    const revoked = await trx<AccountRow>('connected_accounts')
      .where({ id, status: 'linked' })
      .where('linked_at', '<=', at)
      .update({ status: 'revoked', last_error: lastError });
    if (revoked === 1) await tellOfAccount(trx, 'account.revoked', { id, at, reason: lastError });
    return revoked === 1;
  });
}

export async function deleteAccount(db: Knex, id: string): Promise<boolean> {
  return (await db<AccountRow>('connected_accounts').where({ id }).delete()) === 1;
}

/** The condition "one of these owns it", for tables with an owner; of no owners nothing is. */
export function ownedByAny(owners: readonly Owner[]): (query: Knex.QueryBuilder) => void {
  return (query) => {
    query.whereRaw('1 = 0');
    for (const { context, id } of owners) query.orWhere({ owner_context: context, owner_id: id });
  };
}

function conditionOf(filter: Exclude<AccountFilter, 'all'>): (query: Knex.QueryBuilder) => void {
  return (query) => {
    if ('ids' in filter) query.whereIn('id', [...filter.ids]);
    else query.where(ownedByAny(filter.owners));
  };
}

function toRow(account: ConnectedAccount): AccountRow {
  return { id: account.id, ...recordColumns(account), ...grantColumns(account), credentials_fence: 0 };
}

/** What people and packages decide. */
function recordColumns(account: ConnectedAccount) {
  return {
    uri: account.uri,
    name: account.name,
    service_id: account.serviceId,
    owner_context: account.owner.context,
    owner_id: account.owner.id,
    created_at: account.createdAt,
    updated_at: account.updatedAt,
  };
}

/** What comes with credentials and goes with them. */
function grantColumns(account: ConnectedAccount) {
  return {
    status: account.status,
    sealed_credentials: account.sealedCredentials,
    identity_id: account.identity?.id ?? null,
    identity_name: account.identity?.name ?? null,
    access_level: account.accessLevel,
    extra: Object.keys(account.extra).length === 0 ? null : writeJson(account.extra),
    last_error: account.lastError,
    linked_at: account.linkedAt,
    expires_at: account.expiresAt,
    ...lifeColumns(account.life),
  };
}

function fromRow(row: AccountRow): ConnectedAccount {
  const hasIdentity = row.identity_id !== null || row.identity_name !== null;
  return {
    id: row.id,
    uri: row.uri,
    name: row.name,
    serviceId: row.service_id,
    // Both columns hold only what toRow wrote.
    owner: { context: row.owner_context as Owner['context'], id: row.owner_id },
    status: row.status as AccountStatus,
    sealedCredentials: row.sealed_credentials,
    identity: hasIdentity ? { id: row.identity_id, name: row.identity_name } : null,
    accessLevel: row.access_level,
    // The column holds only texts that toRow wrote.
    extra: row.extra === null ? {} : (parseJson(row.extra) as Record<string, string>),
    lastError: row.last_error,
    linkedAt: timeOf(row.linked_at),
    expiresAt: timeOf(row.expires_at),
    life: lifeFrom(row),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}
