/** Signing in with e-mail address and password, and asking for the password again before grave changes. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { countTry, forgiveTry } from './brake.ts';
import { parseEmail } from './credentials.ts';
import type { Passwords } from './passwords.ts';
import { beginSession, endSession } from './sessions.ts';
import { findPasswordHash, findWorker } from './store.ts';

export interface Deps {
  db: Knex;
  now(): number;
  randomBytes(size: number): Uint8Array;
  passwords: Passwords;
}

export interface SignInInput {
  email: string;
  password: string;
  ip: string;
  /** A session this browser still holds; it ends, so that no id outlives a sign-in. */
  sessionHash: string | undefined;
}

/**
 * The id of a new session, or undefined when address or password is wrong, the worker is disabled or has not set a
 * password: the asker does not learn which, nor by time. Throws `rate_limited` and `busy`.
 */
export async function signIn(deps: Deps, input: SignInInput): Promise<string | undefined> {
  const email = parseEmail(input.email);
  const attempt = { account: email ?? '', ip: input.ip };
  await countTry(deps, attempt);
  const worker = email === undefined ? undefined : await findWorker(deps.db, { email });
  const stored = worker && !worker.isDisabled ? await findPasswordHash(deps.db, worker.id) : undefined;
  const isRight = await deps.passwords.check(input.password, stored);
  if (!worker || !isRight) return undefined;
  await forgiveTry(deps, attempt);
  await endSession(deps, input.sessionHash);
  return beginSession(deps, worker.id);
}

/** Whether this is the worker's password; counted like signing in. Throws `rate_limited` and `busy`. */
export async function isOwnPassword(
  deps: Pick<Deps, 'db' | 'now' | 'passwords'>,
  { workerId, password, ip }: { workerId: string; password: string; ip: string },
): Promise<boolean> {
  const worker = await findWorker(deps.db, { id: workerId });
  if (!worker) throw new HubError('unauthorized');
  const attempt = { account: worker.email, ip };
  await countTry(deps, attempt);
  const isRight = await deps.passwords.check(password, await findPasswordHash(deps.db, workerId));
  if (isRight) await forgiveTry(deps, attempt);
  return isRight;
}
