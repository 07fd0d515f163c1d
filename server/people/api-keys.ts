/** API keys: made and revoked by admins, recognised by their hash at every call. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { deleteApiKey, findApiKey, insertApiKey, touchApiKey } from './access-store.ts';
import { type Actor, isAdmin } from './actor.ts';
import { parseName } from './credentials.ts';
import { hashSecret } from './secret-hash.ts';

/** Lets people and secret scanners know a key when they see one. */
const keyShape = /^cs_[A-Za-z0-9_-]{43}$/;
/** How exact "last used" is; a call does not write more often. */
const touchMs = 60_000;

export interface Deps {
  db: Knex;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
  listAccounts(): Promise<readonly { id: string; label: string }[]>;
}

export interface NewApiKey {
  name: string;
  isAdmin: boolean;
  /** Ids of the accounts that a key which is no admin may use. */
  accountIds: readonly string[];
}

/** Makes a key. `key` is shown this once: only its hash is kept. Throws `bad_request` for a bad name or account. */
export async function createApiKey(
  deps: Deps,
  { actor, ...input }: NewApiKey & { actor: Actor },
): Promise<{ id: string; key: string }> {
  mustBeAdmin(actor);
  const name = parseName(input.name);
  if (name === undefined) throw new HubError('bad_request', 'Give the key a name of up to 100 characters.');
  const known = new Set((await deps.listAccounts()).map((account) => account.id));
  const accountIds = [...new Set(input.isAdmin ? [] : input.accountIds)];
  const unknown = accountIds.find((id) => !known.has(id));
  if (unknown !== undefined) throw new HubError('bad_request', `There is no connected account ${unknown}.`);
  const id = deps.newId();
  const key = `cs_${Buffer.from(deps.randomBytes(32)).toString('base64url')}`;
  const row = { id, name, keyHash: hashSecret(key), isAdmin: input.isAdmin, at: deps.now(), accountIds };
  await inTransaction(deps.db, (trx) => insertApiKey(trx, row));
  return { id, key };
}

/** Revokes a key at once. Throws `not_found`. */
export async function revokeApiKey(
  { db }: Pick<Deps, 'db'>,
  { actor, id }: { actor: Actor; id: string },
): Promise<void> {
  mustBeAdmin(actor);
  if (!(await deleteApiKey(db, id))) throw new HubError('not_found', 'There is no such API key.');
}

/**
 * Who calls with this key; undefined for anything that is no live key of ours. Found by the hash, so how long it
 * takes tells nothing about the key. `key` comes from outside: whatever its type says, it is checked.
 */
export async function findKeyActor(db: Knex, key: string, now: number): Promise<Actor | undefined> {
  if (typeof key !== 'string' || !keyShape.test(key)) return undefined;
  const found = await findApiKey(db, hashSecret(key));
  if (!found) return undefined;
  if ((found.lastUsedAt ?? 0) <= now - touchMs) await touchApiKey(db, found.id, now, now - touchMs);
  return {
    kind: 'api_key',
    id: found.id,
    name: found.name,
    isAdmin: found.isAdmin,
    accountIds: found.accountIds,
  };
}

function mustBeAdmin(actor: Actor): void {
  if (!isAdmin(actor)) throw new HubError('forbidden', 'Only an admin may make or revoke API keys.');
}
