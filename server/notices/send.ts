/** The job that sends what is due: each address for itself, so that a slow one holds up no other for long. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import type { Deliver, Delivery } from '../delivery/delivery.ts';
import { HubError } from '../errors.ts';
import type { Vault } from '../vault.ts';
import { signMessage } from '../webhooks/standard-webhook.ts';
import { type Notice, type NoticeAddress, nextTry } from './notice.ts';
import { findAddress, noteSuccess, stopAddress } from './store.ts';
import { beginTry, deleteOldNotices, endTry, listDueAddresses, listDueNotices } from './store-notices.ts';

export interface SendDeps {
  db: Knex;
  vault: Vault;
  config: Pick<Config, 'keepDeliveriesDays'>;
  deliver: Deliver;
  now(): number;
}

/** Of one address in one turn of the job. */
const mostInTurn = 20;
const timeoutMs = 10_000;
/** A try whose process died is made again after this. */
const leaseMs = 60_000;
const pruneBatch = 500;
const dayMs = 86_400_000;

/** Sends what is due, to all addresses at once, to one in order; the first that fails ends the address's turn. */
export async function sendNotices(deps: SendDeps): Promise<void> {
  const addresses = await listDueAddresses(deps.db, deps.now());
  await Promise.all(addresses.map((id) => sendTo(deps, id)));
}

/** Deletes what is older than the days that deliveries are kept. */
export async function pruneNotices({ db, config, now }: SendDeps): Promise<void> {
  const before = now() - config.keepDeliveriesDays * dayMs;
  while ((await deleteOldNotices(db, before, pruneBatch)) === pruneBatch);
}

async function sendTo(deps: SendDeps, addressId: string): Promise<void> {
  const address = await findAddress(deps.db, addressId);
  if (!address) return;
  for (const notice of await listDueNotices(deps.db, addressId, deps.now(), mostInTurn)) {
    if (!(await beginTry(deps.db, notice, deps.now() + leaseMs))) continue;
    const isTaken = await sendOne(deps, address, { ...notice, tries: notice.tries + 1 });
    if (!isTaken) return;
  }
}

async function sendOne(deps: SendDeps, address: NoticeAddress, notice: Notice): Promise<boolean> {
  const { delivery, fault } = await post(deps, address, notice);
  const now = deps.now();
  const status = delivery?.response?.status ?? null;
  const outcome = { lastStatus: status, lastFault: fault, deliveryId: delivery?.id ?? null };
  if (fault === null) {
    await endTry(deps.db, notice, { ...outcome, state: 'sent', nextAt: null, endedAt: now });
    await noteSuccess(deps.db, address.id, now);
    return true;
  }
  const retryAfter = delivery?.response?.headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1];
  // 410 says that nobody lives there any more.
  const nextAt = status === 410 ? undefined : nextTry(notice.tries, now, retryAfter);
  if (nextAt !== undefined) {
    await endTry(deps.db, notice, { ...outcome, state: 'waiting', nextAt, endedAt: null });
    return false;
  }
  await endTry(deps.db, notice, { ...outcome, state: 'failed', nextAt: null, endedAt: now });
  const since = status === 410 ? now + 1 : notice.createdAt;
  const problem = `A notice was not taken in ${notice.tries} tries, the last one ${new Date(now).toISOString()}: ${fault}`;
  await stopAddress(deps.db, address.id, { since, problem });
  return false;
}

/** `fault` is null when the receiver took it. */
async function post(
  { vault, deliver, now }: SendDeps,
  { id, url, sealedSecret }: NoticeAddress,
  notice: Notice,
): Promise<{ delivery?: Delivery; fault: string | null }> {
  const secret = vault.open(sealedSecret, placeOfSecret(id));
  const timestamp = Math.floor(now() / 1000);
  const target = new URL(url);
  const headers: [string, string][] = [
    ['Content-Type', 'application/json'],
    ['webhook-id', notice.id],
    ['webhook-timestamp', String(timestamp)],
    ['webhook-signature', signMessage(secret, { id: notice.id, timestamp, body: notice.body })],
  ];
  const body = new TextEncoder().encode(notice.body);
  const context = { allowedHosts: [target.host], purpose: 'request', secrets: [secret], timeoutMs } as const;
  try {
    const delivery = await deliver({ method: 'POST', url: target, headers, body }, context);
    const { response } = delivery;
    if (!response) return { delivery, fault: delivery.fault?.message ?? 'No answer came.' };
    const isTaken = response.status >= 200 && response.status < 300;
    return { delivery, fault: isTaken ? null : `It was answered ${response.status}.` };
  } catch (error) {
    if (!(error instanceof HubError) || error.status >= 500) throw error;
    return { fault: error.message };
  }
}

/** Where the vault believes an address's secret to be. */
export function placeOfSecret(id: string): { table: string; id: string; field: string } {
  return { table: 'notice_addresses', id, field: 'sealed_secret' };
}
