/** SQL of ways in: sessions, tries of signing in, API keys. Flags and absences are mapped here. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';

export interface Session {
  idHash: string;
  createdAt: number;
  seenAt: number;
}

export interface ApiKey {
  id: string;
  name: string;
  isAdmin: boolean;
  createdAt: number;
  lastUsedAt: number | null;
  accountIds: readonly string[];
}

interface ApiKeyRow {
  id: string;
  name: string;
  is_admin: number;
  created_at: number;
  last_used_at: number | null;
}

/** Who is signed in, with the groups they are a member of now. */
export interface SessionWorker {
  id: string;
  name: string;
  isAdmin: boolean;
  groupIds: readonly string[];
}

/** One row for each group of the worker; one without a group where there is none. */
interface SessionRow {
  seen_at: number;
  id: string;
  name: string;
  is_admin: number;
  group_id: string | null;
}

export async function insertSession(
  db: Knex,
  session: { idHash: string; workerId: string; at: number; expiresAt: number },
): Promise<void> {
  await db('sessions').insert({
    id_hash: session.idHash,
    worker_id: session.workerId,
    created_at: session.at,
    seen_at: session.at,
    expires_at: session.expiresAt,
  });
}

/** The live session with its worker and groups, in one query: it stands before every page. Not expired, seen after `seenAfter`, worker not disabled. */
export async function findSession(
  db: Knex,
  idHash: string,
  now: number,
  seenAfter: number,
): Promise<{ seenAt: number; worker: SessionWorker } | undefined> {
  const rows: SessionRow[] = await db('sessions')
    .join('workers', 'workers.id', 'sessions.worker_id')
    .leftJoin('group_members', 'group_members.worker_id', 'workers.id')
    .where({ 'sessions.id_hash': idHash, 'workers.is_disabled': 0 })
    .where('sessions.expires_at', '>', now)
    .where('sessions.seen_at', '>', seenAfter)
    .select('sessions.seen_at', 'workers.id', 'workers.name', 'workers.is_admin', 'group_members.group_id');
  const [row] = rows;
  const groupIds = rows.flatMap(({ group_id }) => group_id ?? []);
  return (
    row && {
      seenAt: row.seen_at,
      worker: { id: row.id, name: row.name, isAdmin: row.is_admin === 1, groupIds },
    }
  );
}

export async function touchSession(db: Knex, idHash: string, at: number): Promise<void> {
  await db('sessions').where({ id_hash: idHash }).where('seen_at', '<', at).update({ seen_at: at });
}

/** Sessions of a worker that are still good, the newest first. */
export async function listSessions(
  db: Knex,
  workerId: string,
  now: number,
  seenAfter: number,
): Promise<Session[]> {
  const rows: { id_hash: string; created_at: number; seen_at: number }[] = await db('sessions')
    .where({ worker_id: workerId })
    .where('expires_at', '>', now)
    .where('seen_at', '>', seenAfter)
    .orderBy('created_at', 'desc');
  return rows.map((row) => ({ idHash: row.id_hash, createdAt: row.created_at, seenAt: row.seen_at }));
}

export async function deleteSession(db: Knex, idHash: string): Promise<void> {
  await db('sessions').where({ id_hash: idHash }).delete();
}

/** Ends a worker's sessions, but for one when given. */
export async function deleteSessionsOf(db: Knex, workerId: string, exceptHash?: string): Promise<number> {
  const query = db('sessions').where({ worker_id: workerId });
  if (exceptHash !== undefined) query.whereNot({ id_hash: exceptHash });
  return query.delete();
}

/**
 * Takes one of `limit` tries of the bucket, exactly, however many processes ask at once: each step is one
 * conditional statement. Answers undefined when taken, else the time (ms) when the next window begins.
 */
export async function takeTry(
  db: Knex,
  bucket: string,
  { limit, windowMs, now }: { limit: number; windowMs: number; now: number },
): Promise<number | undefined> {
  const fresh = { failures: 1, window_ends_at: now + windowMs };
  const count = () =>
    db('attempts')
      .where({ bucket })
      .where('window_ends_at', '>', now)
      .where('failures', '<', limit)
      .increment('failures', 1);
  if ((await count()) === 1) return undefined;
  if ((await db('attempts').where({ bucket }).where('window_ends_at', '<=', now).update(fresh)) === 1)
    return undefined;
  try {
    await db('attempts').insert({ bucket, ...fresh });
    return undefined;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
  if ((await count()) === 1) return undefined;
  const full = await db('attempts').where({ bucket }).first('window_ends_at');
  return full?.window_ends_at ?? now + windowMs;
}

/** Gives one try back: it turned out to be right. */
export async function returnTry(db: Knex, bucket: string): Promise<void> {
  await db('attempts').where({ bucket }).where('failures', '>', 0).decrement('failures', 1);
}

export async function deleteTries(db: Knex, bucket: string): Promise<void> {
  await db('attempts').where({ bucket }).delete();
}

export async function insertApiKey(
  db: Knex,
  key: {
    id: string;
    name: string;
    keyHash: string;
    isAdmin: boolean;
    at: number;
    accountIds: readonly string[];
  },
): Promise<void> {
  await db('api_keys').insert({
    id: key.id,
    name: key.name,
    key_hash: key.keyHash,
    is_admin: key.isAdmin ? 1 : 0,
    created_at: key.at,
  });
  const bindings = key.accountIds.map((accountId) => ({ api_key_id: key.id, account_id: accountId }));
  if (bindings.length > 0) await db('api_key_accounts').insert(bindings);
}

export async function listApiKeys(db: Knex): Promise<ApiKey[]> {
  const rows: ApiKeyRow[] = await db('api_keys').orderBy(['name', 'id']);
  const bindings: { api_key_id: string; account_id: string }[] =
    await db('api_key_accounts').orderBy('account_id');
  return rows.map((row) =>
    toApiKey(
      row,
      bindings.flatMap((b) => (b.api_key_id === row.id ? [b.account_id] : [])),
    ),
  );
}

/** The key of this hash with the accounts given to it, in one query: it stands before every API call. */
export async function findApiKey(db: Knex, keyHash: string): Promise<ApiKey | undefined> {
  const rows: (ApiKeyRow & { account_id: string | null })[] = await db('api_keys')
    .leftJoin('api_key_accounts', 'api_key_accounts.api_key_id', 'api_keys.id')
    .where({ key_hash: keyHash })
    .select('api_keys.*', 'api_key_accounts.account_id');
  const [first] = rows;
  return (
    first &&
    toApiKey(
      first,
      rows.flatMap((row) => row.account_id ?? []),
    )
  );
}

/** Notes the use, unless a later one than `before` is noted already. */
export async function touchApiKey(db: Knex, id: string, at: number, before: number): Promise<void> {
  const query = db('api_keys').where({ id });
  await query
    .where((q) => q.whereNull('last_used_at').orWhere('last_used_at', '<=', before))
    .update({ last_used_at: at });
}

export async function deleteApiKey(db: Knex, id: string): Promise<boolean> {
  return (await db('api_keys').where({ id }).delete()) === 1;
}

/** Removes what time has ended: sessions, tries, and codes a day after their end. */
export async function deleteExpired(db: Knex, now: number): Promise<number> {
  const sessions = await db('sessions').where('expires_at', '<=', now).delete();
  const tries = await db('attempts').where('window_ends_at', '<=', now).delete();
  const codes = await db('invitations')
    .where('expires_at', '<=', now - 24 * 60 * 60_000)
    .delete();
  return sessions + tries + codes;
}

function toApiKey(row: ApiKeyRow, accountIds: readonly string[]): ApiKey {
  return {
    id: row.id,
    name: row.name,
    isAdmin: row.is_admin === 1,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    accountIds,
  };
}
