/** The brake on guessing passwords: tries are counted before the password is looked at, in the database. */
import ipaddr from 'ipaddr.js';
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { deleteTries, returnTry, takeTry } from './access-store.ts';
import { hashSecret } from './secret-hash.ts';

export const triesPerAccount = 10;
export const triesPerAddress = 100;
const windowMs = 15 * 60_000;

export interface Deps {
  db: Knex;
  now(): number;
}

/** Who tries on whose behalf: the account by what was typed, whether it exists or not. */
export interface Try {
  account: string;
  ip: string;
}

/** Counts a try for account and address, and for the address alone. Throws `rate_limited` with `retry_after` (s). */
export async function countTry({ db, now }: Deps, attempt: Try): Promise<void> {
  const at = now();
  const buckets = bucketsOf(attempt);
  const until =
    (await takeTry(db, buckets.address, { limit: triesPerAddress, windowMs, now: at })) ??
    (await takeTry(db, buckets.account, { limit: triesPerAccount, windowMs, now: at }));
  if (until === undefined) return;
  const seconds = Math.max(1, Math.ceil((until - at) / 1000));
  const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`;
  throw new HubError('rate_limited', `Too many tries. Wait ${wait}, then try again.`, {
    extra: { retry_after: seconds },
  });
}

/** The password was right: the account's tries are forgotten, the address gets this one back. */
export async function forgiveTry({ db }: Pick<Deps, 'db'>, attempt: Try): Promise<void> {
  const buckets = bucketsOf(attempt);
  await deleteTries(db, buckets.account);
  await returnTry(db, buckets.address);
}

/** Counts a visit of a stranger, by address or by a key. Throws `rate_limited` with `retry_after` (s). */
export async function countVisit(
  { db, now }: Deps,
  what: string,
  of: { ip?: string; key?: string },
  { limit, windowMs }: { limit: number; windowMs: number },
): Promise<void> {
  const at = now();
  const bucket = `${what} ${of.key ?? addressBlock(of.ip ?? '')}`;
  const until = await takeTry(db, bucket, { limit, windowMs, now: at });
  if (until === undefined) return;
  const seconds = Math.max(1, Math.ceil((until - at) / 1000));
  throw new HubError('rate_limited', `That was too much at once. Wait ${seconds} seconds, then try again.`, {
    extra: { retry_after: seconds },
  });
}

function bucketsOf({ account, ip }: Try): { account: string; address: string } {
  const address = addressBlock(ip);
  return { account: `sign-in ${hashSecret(account)} ${address}`, address: `sign-in ${address}` };
}

/** One IPv6 customer holds at least a /64, so that is what counts as one address. */
function addressBlock(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const parsed = ipaddr.process(ip);
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${parsed.toByteArray().slice(0, 8).join('.')}/64`;
}
