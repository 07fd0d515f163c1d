/** One-time addresses: the first admin sets up the hub, an invited worker sets a password. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { deleteSessionsOf } from './access-store.ts';
import type { Passwords } from './passwords.ts';
import { hashSecret } from './secret-hash.ts';
import { beginSession } from './sessions.ts';
import {
  deleteOpenInvitations,
  findInvitation,
  findWorker,
  hasActiveAdmin,
  insertInvitation,
  insertWorker,
  updateWorker,
  useInvitation,
  type Worker,
} from './store.ts';

const setupCodeMs = 60 * 60_000;

export interface Deps {
  db: Knex;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
  passwords: Passwords;
}

/** Whom a code welcomes: the first admin, or a worker who was invited. */
export type Guest = { purpose: 'setup' } | { purpose: 'worker'; worker: Worker };

/** A one-time code: 256 random bits. */
export function newCode({ randomBytes }: Pick<Deps, 'randomBytes'>): string {
  return Buffer.from(randomBytes(32)).toString('base64url');
}

export function welcomeAddress(url: URL, code: string): string {
  return new URL(`/welcome/${code}`, url).href;
}

/**
 * While no admin can sign in: a new code for the first admin, good for an hour, that voids earlier ones.
 * Undefined once there is an admin.
 */
export function ensureSetupCode(deps: Pick<Deps, 'db' | 'now' | 'randomBytes'>): Promise<string | undefined> {
  return inTransaction(deps.db, async (trx) => {
    await deleteOpenInvitations(trx, null);
    if (await hasActiveAdmin(trx)) return undefined;
    const code = newCode(deps);
    const at = deps.now();
    const expiresAt = at + setupCodeMs;
    await insertInvitation(trx, {
      codeHash: hashSecret(code),
      purpose: 'setup',
      workerId: null,
      at,
      expiresAt,
    });
    return code;
  });
}

/** As above, as the address to print. */
export async function ensureSetupAddress(
  deps: Pick<Deps, 'db' | 'now' | 'randomBytes'> & { config: Pick<Config, 'url'> },
): Promise<string | undefined> {
  const code = await ensureSetupCode(deps);
  return code === undefined ? undefined : welcomeAddress(deps.config.url, code);
}

/** Reads a code without using it. Throws `not_found`, `flow_used`, `flow_expired`, each with the remedy. */
export async function readCode({ db, now }: Pick<Deps, 'db' | 'now'>, code: string): Promise<Guest> {
  const invitation = await findInvitation(db, hashSecret(code));
  if (!invitation) {
    throw new HubError(
      'not_found',
      'This address is not valid. Ask an admin for a new one; while there is no admin, restart the hub: it prints one.',
    );
  }
  const remedy =
    invitation.purpose === 'setup'
      ? 'Restart the hub: while there is no admin it prints a new address.'
      : 'Ask an admin for a new one.';
  if (invitation.usedAt !== null) {
    throw new HubError(
      'flow_used',
      `This address was used already. Sign in with the password set then. ${remedy}`,
    );
  }
  if (invitation.expiresAt <= now())
    throw new HubError('flow_expired', `This address has expired. ${remedy}`);
  if (invitation.purpose === 'setup') return { purpose: 'setup' };
  const worker = invitation.workerId === null ? undefined : await findWorker(db, { id: invitation.workerId });
  if (!worker || worker.isDisabled)
    throw new HubError('not_found', `This address is not valid any more. ${remedy}`);
  return { purpose: 'worker', worker };
}

export interface WelcomeInput {
  code: string;
  name: string;
  password: string;
  /** For the first admin; an invited worker's is known. */
  email: string | undefined;
}

/**
 * Uses the code up: makes the first admin, or sets the invited worker's name and password. Answers the id of a new
 * session; older ones of the worker end. Throws as readCode, and `conflict` when the e-mail address is taken.
 */
export async function acceptWelcome(deps: Deps, input: WelcomeInput): Promise<string> {
  await readCode(deps, input.code);
  const passwordHash = await deps.passwords.hash(input.password);
  return inTransaction(deps.db, async (trx) => {
    const guest = await readCode({ ...deps, db: trx }, input.code);
    const at = deps.now();
    if (!(await useInvitation(trx, hashSecret(input.code), at))) throw new HubError('flow_used');
    const { name } = input;
    if (guest.purpose === 'worker') {
      await updateWorker(trx, guest.worker.id, { name, passwordHash }, at);
      await deleteSessionsOf(trx, guest.worker.id);
      return beginSession({ ...deps, db: trx }, guest.worker.id);
    }
    if (await hasActiveAdmin(trx)) throw new HubError('flow_used', 'This hub has an admin already. Sign in.');
    const admin = { id: deps.newId(), email: input.email ?? '', name, passwordHash, isAdmin: true, at };
    if (!(await insertWorker(trx, admin))) {
      throw new HubError('conflict', `A worker ${admin.email} exists already. Use another e-mail address.`);
    }
    return beginSession({ ...deps, db: trx }, admin.id);
  });
}
