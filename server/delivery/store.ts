/** The deliveries table: durable intents, results, reading, erasing. The feature's only SQL. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import type { Vault } from '../vault.ts';
import type { DeliveryFault, OutboundRequest } from './delivery.ts';
import { keptBytes, type ShownAnswer, type ShownRequest } from './redact.ts';

/** 'sending' until the result is known. 'unknown': something was sent and not answered. */
export type DeliveryState = 'sending' | 'answered' | 'failed' | 'refused' | 'unknown';

/** A row written before the first byte leaves. `url` is redacted; `sealedRequest` comes from sealRequest. */
export interface Intent {
  id: string;
  accountId: string | undefined;
  serviceId: string | undefined;
  runId: string | undefined;
  purpose: 'request' | 'token';
  method: string;
  url: string;
  connectedTo: string | undefined;
  sealedRequest: string;
  startedAt: number;
}

/** What became of an intent. */
export interface Result {
  id: string;
  state: Exclude<DeliveryState, 'sending'>;
  url: string;
  status: number | undefined;
  fault: DeliveryFault | undefined;
  sealedRequest: string;
  answer: ShownAnswer | undefined;
  tookMs: number;
}

/** A delivery as it was kept. Its request is opened with openRequest, for those who may use the account. */
export interface LoggedDelivery {
  id: string;
  accountId: string | null;
  serviceId: string | null;
  runId: string | null;
  purpose: string;
  state: DeliveryState;
  method: string;
  url: string;
  connectedTo: string | null;
  status: number | null;
  fault: DeliveryFault | null;
  startedAt: number;
  tookMs: number | null;
}

export interface LoggedDetail extends LoggedDelivery {
  sealedRequest: string | null;
  answer: ShownAnswer | null;
}

/** The request of a delivery: as it was sent, up to 64 KiB of its body, and as people may see it. */
export interface LoggedRequest {
  sent: OutboundRequest;
  shown: ShownRequest;
}

interface Row {
  id: string;
  account_id: string | null;
  service_id: string | null;
  run_id: string | null;
  purpose: string;
  state: DeliveryState;
  method: string;
  url: string;
  connected_to: string | null;
  status: number | null;
  fault: string | null;
  sealed_request: string | null;
  response: string | null;
  started_at: number;
  took_ms: number | null;
}

const listColumns = [
  'id',
  'account_id',
  'service_id',
  'run_id',
  'purpose',
  'state',
  'method',
  'url',
  'connected_to',
  'status',
  'fault',
  'started_at',
  'took_ms',
];

export async function insertIntents(db: Knex, intents: readonly Intent[]): Promise<void> {
  await db('deliveries').insert(
    intents.map((intent) => ({
      id: intent.id,
      account_id: intent.accountId ?? null,
      service_id: intent.serviceId ?? null,
      run_id: intent.runId ?? null,
      purpose: intent.purpose,
      state: 'sending',
      method: intent.method,
      url: intent.url,
      connected_to: intent.connectedTo ?? null,
      sealed_request: intent.sealedRequest,
      started_at: intent.startedAt,
    })),
  );
}

/** Rows that are no longer 'sending' stay as they are: their account was deleted, or they were given up meanwhile. */
export async function updateResults(db: Knex, results: readonly Result[]): Promise<void> {
  await inTransaction(db, async (trx) => {
    for (const result of results) {
      await trx('deliveries')
        .where({ id: result.id, state: 'sending' })
        .update({
          state: result.state,
          url: result.url,
          status: result.status ?? null,
          fault: result.fault === undefined ? null : JSON.stringify(result.fault),
          sealed_request: result.sealedRequest,
          response: result.answer === undefined ? null : JSON.stringify(result.answer),
          took_ms: result.tookMs,
        });
    }
  });
}

export interface ListFilter {
  /** Only deliveries of these accounts; undefined: all, also those without an account. */
  accountIds?: readonly string[];
  /** Id of the last delivery of the page before. */
  after?: string;
  limit: number;
}

/** Newest first. */
export async function listDeliveries(
  db: Knex,
  { accountIds, after, limit }: ListFilter,
): Promise<LoggedDelivery[]> {
  const query = db('deliveries').select<Row[]>(listColumns).orderBy('id', 'desc').limit(limit);
  if (accountIds) query.whereIn('account_id', accountIds);
  if (after !== undefined) query.where('id', '<', after);
  return (await query).map(toLogged);
}

export async function findDelivery(db: Knex, id: string): Promise<LoggedDetail | undefined> {
  const row = await db<Row>('deliveries').where({ id }).first();
  if (!row) return undefined;
  return {
    ...toLogged(row),
    sealedRequest: row.sealed_request,
    answer: row.response === null ? null : JSON.parse(row.response),
  };
}

/** Seals a request for its row, bound to the delivery's id. */
export function sealRequest(vault: Vault, id: string, { sent, shown }: LoggedRequest): string {
  const kept = {
    sent: {
      method: sent.method,
      url: sent.url.href,
      headers: sent.headers,
      body: sent.body === undefined ? null : Buffer.from(sent.body.subarray(0, keptBytes)).toString('base64'),
    },
    shown,
    isCut: (sent.body?.length ?? 0) > keptBytes,
  };
  return vault.seal(JSON.stringify(kept), sealedIn(id));
}

/** Opens what sealRequest sealed; `isCut`: the body was longer than what is kept of it. Throws VaultError when the row was tampered with. */
export function openRequest(vault: Vault, id: string, sealed: string): LoggedRequest & { isCut: boolean } {
  const { sent, shown, isCut } = JSON.parse(vault.open(sealed, sealedIn(id)));
  const body = sent.body === null ? {} : { body: Buffer.from(sent.body, 'base64') };
  return {
    sent: { method: sent.method, url: new URL(sent.url), headers: sent.headers, ...body },
    shown,
    isCut,
  };
}

/** Deletes one batch of deliveries older than `before`; resolves to how many there were. */
export async function deleteOldDeliveries(db: Knex, before: number, limit: number): Promise<number> {
  const ids = await db('deliveries').where('started_at', '<', before).limit(limit).pluck('id');
  return ids.length === 0 ? 0 : db('deliveries').whereIn('id', ids).delete();
}

/**
 * Wipes requests and answers of an account that is deleted; method, status and times stay. What is being sent at
 * this moment becomes 'unknown', so that its result is not written afterwards.
 */
export async function eraseDeliveriesOf(db: Knex, accountId: string): Promise<void> {
  await db('deliveries')
    .where({ account_id: accountId, state: 'sending' })
    .update({ state: 'unknown', sealed_request: null, response: null });
  await db('deliveries').where({ account_id: accountId }).update({ sealed_request: null, response: null });
}

/**
 * Marks as 'unknown' what a process that ended left in 'sending', and resolves to how many. Only what is older than
 * any delivery can last, for other processes may be at work. For the start and for a job every minute.
 */
export function settleInterrupted(db: Knex, now: number, totalTimeoutMs: number): Promise<number> {
  const fault: DeliveryFault = {
    kind: 'interrupted',
    message: 'The hub stopped before the answer came; the request may have arrived.',
    sent: true,
  };
  return db('deliveries')
    .where('state', 'sending')
    .where('started_at', '<', now - totalTimeoutMs - settleMarginMs)
    .update({ state: 'unknown', fault: JSON.stringify(fault) });
}

/** For clocks of processes that differ, and for results that wait for their batch. */
const settleMarginMs = 60_000;

function sealedIn(id: string) {
  return { table: 'deliveries', id, field: 'sealed_request' };
}

function toLogged(row: Row): LoggedDelivery {
  return {
    id: row.id,
    accountId: row.account_id,
    serviceId: row.service_id,
    runId: row.run_id,
    purpose: row.purpose,
    state: row.state,
    method: row.method,
    url: row.url,
    connectedTo: row.connected_to,
    status: row.status,
    fault: row.fault === null ? null : JSON.parse(row.fault),
    // Drivers hand out big integers as text.
    startedAt: Number(row.started_at),
    tookMs: row.took_ms,
  };
}
