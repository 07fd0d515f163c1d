/** What workers change about themselves. */
import type { Knex } from 'knex';
import { deleteSessionsOf } from './access-store.ts';
import type { Passwords } from './passwords.ts';
import { beginSession } from './sessions.ts';
import { updateWorker } from './store.ts';

export interface Deps {
  db: Knex;
  now(): number;
  randomBytes(size: number): Uint8Array;
  passwords: Passwords;
}

export async function changeName(
  { db, now }: Pick<Deps, 'db' | 'now'>,
  { workerId, name }: { workerId: string; name: string },
): Promise<void> {
  await updateWorker(db, workerId, { name }, now());
}

/** Sets the new password, ends every session of the worker and answers the id of a new one for this browser. */
export async function changePassword(
  deps: Deps,
  { workerId, password }: { workerId: string; password: string },
): Promise<string> {
  const passwordHash = await deps.passwords.hash(password);
  await updateWorker(deps.db, workerId, { passwordHash }, deps.now());
  await deleteSessionsOf(deps.db, workerId);
  return beginSession(deps, workerId);
}
