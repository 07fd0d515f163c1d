/** Browser sessions: a random id in a cookie, its hash in the database, ended by idleness, age, or the person. */
import type { Knex } from 'knex';
import {
  deleteSession,
  deleteSessionsOf,
  findSession,
  insertSession,
  listSessions,
  type Session,
  touchSession,
} from './access-store.ts';
import type { Actor } from './actor.ts';
import { hashSecret } from './secret-hash.ts';

const idleMs = 8 * 60 * 60_000;
const longestMs = 7 * 24 * 60 * 60_000;
/** How exact "last seen" is; a read does not write more often. */
const touchMs = 60_000;

type WorkerActor = Extract<Actor, { kind: 'worker' }>;

export interface Deps {
  db: Knex;
  now(): number;
  randomBytes(size: number): Uint8Array;
}

/** Begins a session and answers its id, 256 random bits, for the cookie. */
export async function beginSession({ db, now, randomBytes }: Deps, workerId: string): Promise<string> {
  const sessionId = Buffer.from(randomBytes(32)).toString('base64url');
  const at = now();
  await insertSession(db, { idHash: hashSecret(sessionId), workerId, at, expiresAt: at + longestMs });
  return sessionId;
}

/** The worker of a live session by the hash of its id; role and name as they are now, not as at sign-in. */
export async function findSessionWorker(
  db: Knex,
  sessionHash: string,
  now: number,
): Promise<WorkerActor | undefined> {
  const session = await findSession(db, sessionHash, now, now - idleMs);
  if (!session) return undefined;
  if (session.seenAt <= now - touchMs) await touchSession(db, sessionHash, now);
  return { kind: 'worker', ...session.worker };
}

export function listOwnSessions({ db, now }: Pick<Deps, 'db' | 'now'>, workerId: string): Promise<Session[]> {
  return listSessions(db, workerId, now(), now() - idleMs);
}

/** Ends one session: signing out, or signing in anew over an old one. */
export async function endSession({ db }: Pick<Deps, 'db'>, sessionHash: string | undefined): Promise<void> {
  if (sessionHash !== undefined) await deleteSession(db, sessionHash);
}

/** Ends all sessions of the worker but the one asked from; answers how many. */
export function endOtherSessions(
  { db }: Pick<Deps, 'db'>,
  { workerId, sessionHash }: { workerId: string; sessionHash: string | undefined },
): Promise<number> {
  return deleteSessionsOf(db, workerId, sessionHash);
}
