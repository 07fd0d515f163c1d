/** SQL of workers and their invitations; flags and absences are mapped here. See also `access-store.ts`. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';

export interface Worker {
  id: string;
  email: string;
  name: string;
  /** Without one the worker was invited and has not come yet. */
  hasPassword: boolean;
  isAdmin: boolean;
  isDisabled: boolean;
  createdAt: number;
}

export interface Invitation {
  purpose: 'setup' | 'worker';
  workerId: string | null;
  expiresAt: number;
  usedAt: number | null;
}

interface WorkerRow {
  id: string;
  email: string;
  name: string;
  password_hash: string | null;
  is_admin: number;
  is_disabled: number;
  created_at: number;
}

export async function listWorkers(db: Knex): Promise<Worker[]> {
  const rows: WorkerRow[] = await db('workers').orderBy(['name', 'id']);
  return rows.map(toWorker);
}

export async function findWorker(
  db: Knex,
  key: { id: string } | { email: string },
): Promise<Worker | undefined> {
  const row: WorkerRow | undefined = await db('workers').where(key).first();
  return row && toWorker(row);
}

/** The hash alone, so that it never travels with a worker. */
export async function findPasswordHash(db: Knex, workerId: string): Promise<string | null | undefined> {
  const row = await db('workers').where({ id: workerId }).first('password_hash');
  return row?.password_hash;
}

/** False when the e-mail address is taken. */
export async function insertWorker(
  db: Knex,
  worker: {
    id: string;
    email: string;
    name: string;
    passwordHash: string | null;
    isAdmin: boolean;
    at: number;
  },
): Promise<boolean> {
  try {
    await db('workers').insert({
      id: worker.id,
      email: worker.email,
      name: worker.name,
      password_hash: worker.passwordHash,
      is_admin: worker.isAdmin ? 1 : 0,
      is_disabled: 0,
      created_at: worker.at,
      updated_at: worker.at,
    });
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

export async function updateWorker(
  db: Knex,
  id: string,
  change: { name?: string; passwordHash?: string; isAdmin?: boolean; isDisabled?: boolean },
  at: number,
): Promise<boolean> {
  const columns = {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.passwordHash !== undefined && { password_hash: change.passwordHash }),
    ...(change.isAdmin !== undefined && { is_admin: change.isAdmin ? 1 : 0 }),
    ...(change.isDisabled !== undefined && { is_disabled: change.isDisabled ? 1 : 0 }),
  };
  return (
    (await db('workers')
      .where({ id })
      .update({ ...columns, updated_at: at })) === 1
  );
}

/** Locks every admin by writing to them, so that two changes which could each remove "the other one" meet. */
export async function lockAdmins(trx: Knex.Transaction, at: number): Promise<void> {
  await trx('workers').where({ is_admin: 1 }).update({ updated_at: at });
}

/** Whether some admin can sign in: not disabled, password set. */
export async function hasActiveAdmin(db: Knex): Promise<boolean> {
  const row = await db('workers')
    .where({ is_admin: 1, is_disabled: 0 })
    .whereNotNull('password_hash')
    .first('id');
  return row !== undefined;
}

export async function insertInvitation(
  db: Knex,
  invitation: {
    codeHash: string;
    purpose: 'setup' | 'worker';
    workerId: string | null;
    at: number;
    expiresAt: number;
  },
): Promise<void> {
  await db('invitations').insert({
    code_hash: invitation.codeHash,
    purpose: invitation.purpose,
    worker_id: invitation.workerId,
    created_at: invitation.at,
    expires_at: invitation.expiresAt,
  });
}

export async function findInvitation(db: Knex, codeHash: string): Promise<Invitation | undefined> {
  const row = await db('invitations').where({ code_hash: codeHash }).first();
  return (
    row && { purpose: row.purpose, workerId: row.worker_id, expiresAt: row.expires_at, usedAt: row.used_at }
  );
}

/** Marks it used; false when it was used or has expired meanwhile. */
export async function useInvitation(db: Knex, codeHash: string, at: number): Promise<boolean> {
  const query = db('invitations')
    .where({ code_hash: codeHash })
    .whereNull('used_at')
    .where('expires_at', '>', at);
  return (await query.update({ used_at: at })) === 1;
}

/** Makes earlier codes worthless: the worker's, or with null those for the first admin. */
export async function deleteOpenInvitations(db: Knex, workerId: string | null): Promise<void> {
  const owner = workerId === null ? { purpose: 'setup' } : { worker_id: workerId };
  await db('invitations').where(owner).whereNull('used_at').delete();
}

function toWorker(row: WorkerRow): Worker {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    hasPassword: row.password_hash !== null,
    isAdmin: row.is_admin === 1,
    isDisabled: row.is_disabled === 1,
    createdAt: row.created_at,
  };
}
