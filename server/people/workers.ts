/** What admins do about workers: add, invite again, change the role, disable and enable. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { deleteSessionsOf } from './access-store.ts';
import { type Actor, isAdmin } from './actor.ts';
import { parseEmail } from './credentials.ts';
import { hashSecret } from './secret-hash.ts';
import {
  deleteOpenInvitations,
  findWorker,
  hasActiveAdmin,
  insertInvitation,
  insertWorker,
  lockAdmins,
  updateWorker,
  type Worker,
} from './store.ts';
import { newCode, welcomeAddress } from './welcome.ts';

/** How long an invited worker has to come. */
const invitationMs = 72 * 60 * 60_000;

export interface Deps {
  db: Knex;
  config: Pick<Config, 'url'>;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
}

export interface Invited {
  worker: Worker;
  /** One-time address where the worker sets a password. Shown once: only its hash is kept. */
  address: string;
  expiresAt: number;
}

/**
 * Adds a worker and answers the one-time address to hand over. One who was added before and never came is invited
 * anew, with the role asked now. Throws `bad_request` for a bad address, `conflict` when the worker exists.
 */
export async function addWorker(
  deps: Deps,
  { actor, email: text, isAdmin: asAdmin }: { actor: Actor; email: string; isAdmin: boolean },
): Promise<Invited> {
  mustBeAdmin(actor);
  const email = parseEmail(text);
  if (email === undefined) throw new HubError('bad_request', 'This is no e-mail address.');
  return inTransaction(deps.db, async (trx) => {
    const at = deps.now();
    const name = email.split('@')[0] ?? email;
    const id = deps.newId();
    if (!(await findWorker(trx, { email }))) {
      await insertWorker(trx, {
        id,
        email,
        name: name.slice(0, 100),
        passwordHash: null,
        isAdmin: asAdmin,
        at,
      });
    }
    const worker = await findWorker(trx, { email });
    if (!worker || worker.hasPassword || worker.isDisabled) {
      throw new HubError(
        'conflict',
        `A worker ${email} exists already. Setup » Workers makes a new address for them.`,
      );
    }
    await updateWorker(trx, worker.id, { isAdmin: asAdmin }, at);
    return invite({ ...deps, db: trx }, { ...worker, isAdmin: asAdmin });
  });
}

/** A new one-time address, also for a worker who forgot the password; the old password holds until it is used. */
export async function inviteAgain(
  deps: Deps,
  { actor, workerId }: { actor: Actor; workerId: string },
): Promise<Invited> {
  mustBeAdmin(actor);
  return inTransaction(deps.db, async (trx) => {
    const worker = await getWorker(trx, workerId);
    if (worker.isDisabled)
      throw new HubError('conflict', `${worker.name} is disabled. Enable the worker first.`);
    return invite({ ...deps, db: trx }, worker);
  });
}

/** Makes an admin of a worker or the other way; the worker's sessions end. Throws `conflict` for the last admin. */
export async function changeRole(
  deps: Pick<Deps, 'db' | 'now'>,
  { actor, workerId, isAdmin: asAdmin }: { actor: Actor; workerId: string; isAdmin: boolean },
): Promise<void> {
  return changeWorker(deps, actor, workerId, { isAdmin: asAdmin });
}

/** Shuts a worker out, sessions and open invitations included, or lets in again. Throws `conflict` for the last admin. */
export async function setDisabled(
  deps: Pick<Deps, 'db' | 'now'>,
  { actor, workerId, isDisabled }: { actor: Actor; workerId: string; isDisabled: boolean },
): Promise<void> {
  return changeWorker(deps, actor, workerId, { isDisabled });
}

/** The worker, or `not_found`. */
export async function getWorker(db: Knex, workerId: string): Promise<Worker> {
  const worker = await findWorker(db, { id: workerId });
  if (!worker) throw new HubError('not_found', 'There is no such worker.');
  return worker;
}

async function changeWorker(
  { db, now }: Pick<Deps, 'db' | 'now'>,
  actor: Actor,
  workerId: string,
  change: { isAdmin?: boolean; isDisabled?: boolean },
): Promise<void> {
  mustBeAdmin(actor);
  return inTransaction(db, async (trx) => {
    await lockAdmins(trx, now());
    const worker = await getWorker(trx, workerId);
    const hadAdmin = await hasActiveAdmin(trx);
    await updateWorker(trx, worker.id, change, now());
    if (hadAdmin && !(await hasActiveAdmin(trx))) {
      throw new HubError('conflict', `${worker.name} is the last admin. Make somebody else an admin first.`);
    }
    await deleteSessionsOf(trx, worker.id);
    if (change.isDisabled) await deleteOpenInvitations(trx, worker.id);
  });
}

async function invite(deps: Deps, worker: Worker): Promise<Invited> {
  const code = newCode(deps);
  const at = deps.now();
  await deleteOpenInvitations(deps.db, worker.id);
  const expiresAt = at + invitationMs;
  await insertInvitation(deps.db, {
    codeHash: hashSecret(code),
    purpose: 'worker',
    workerId: worker.id,
    at,
    expiresAt,
  });
  return { worker, address: welcomeAddress(deps.config.url, code), expiresAt };
}

function mustBeAdmin(actor: Actor): void {
  if (!isAdmin(actor)) throw new HubError('forbidden', 'Only an admin may change workers.');
}
