/** Rows of webhook_requests: what came in on listeners, and what became of it. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';

/** `new`: waits for its run. `taken`: a run was begun for it, once. The others are ends without a run. */
export type RequestState = 'new' | 'taken' | 'refused' | 'failed';

export interface WebhookRequest {
  id: string;
  listenerId: string;
  /** Hash of the id that the sender gave it; null without one. */
  replayKey: string | null;
  method: string;
  /** Of the sender. */
  address: string;
  /** Bytes of the body. */
  size: number;
  state: RequestState;
  /** The request itself, until its run begins. */
  sealedRequest: string | null;
  /** Why it did not run. */
  fault: string | null;
  runId: string | null;
  /** What was answered. */
  status: number | null;
  receivedAt: number;
  answeredAt: number | null;
}

interface RequestRow {
  id: string;
  listener_id: string;
  replay_key: string | null;
  method: string;
  address: string;
  size: number;
  state: string;
  sealed_request: string | null;
  fault: string | null;
  run_id: string | null;
  status: number | null;
  received_at: number;
  answered_at: number | null;
}

/** False when the listener has a request of this replay key. */
export async function insertRequest(
  db: Knex,
  request: Omit<WebhookRequest, 'runId' | 'answeredAt'>,
): Promise<boolean> {
  try {
    await db<RequestRow>('webhook_requests').insert({
      id: request.id,
      listener_id: request.listenerId,
      replay_key: request.replayKey,
      method: request.method,
      address: request.address.slice(0, 255),
      size: request.size,
      state: request.state,
      sealed_request: request.sealedRequest,
      fault: request.fault,
      run_id: null,
      status: request.status,
      received_at: request.receivedAt,
      answered_at: request.status === null ? null : request.receivedAt,
    });
    return true;
  } catch (error) {
    if (request.replayKey === null || !isDuplicate(error)) throw error;
    return false;
  }
}

export async function findRequest(db: Knex, id: string): Promise<WebhookRequest | undefined> {
  const row = await db<RequestRow>('webhook_requests').where({ id }).first();
  return row && fromRow(row);
}

export async function findByReplayKey(
  db: Knex,
  listenerId: string,
  replayKey: string,
): Promise<WebhookRequest | undefined> {
  const row = await db<RequestRow>('webhook_requests')
    .where({ listener_id: listenerId, replay_key: replayKey })
    .first();
  return row && fromRow(row);
}

/** Newest first, behind the one with the id `after`. */
export async function listRequests(
  db: Knex,
  listenerId: string,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<WebhookRequest[]> {
  const query = db<RequestRow>('webhook_requests').where({ listener_id: listenerId });
  if (after !== undefined) query.where('id', '<', after);
  return (await query.orderBy('id', 'desc').limit(limit)).map(fromRow);
}

/** Takes a request for its one run, and forgets what it held; false when it was taken before. */
export async function takeRequest(db: Knex, id: string): Promise<boolean> {
  const taken = await db<RequestRow>('webhook_requests')
    .where({ id, state: 'new' })
    .update({ state: 'taken', sealed_request: null });
  return taken === 1;
}

/** What became of a request that was taken. */
export async function noteRequest(
  db: Knex,
  id: string,
  noted: Partial<Pick<WebhookRequest, 'state' | 'fault' | 'replayKey' | 'runId' | 'status' | 'answeredAt'>>,
): Promise<void> {
  const { state, fault, replayKey, runId, status, answeredAt } = noted;
  await db<RequestRow>('webhook_requests')
    .where({ id })
    .update({
      ...(state !== undefined && { state }),
      ...(fault !== undefined && { fault }),
      ...(replayKey !== undefined && { replay_key: replayKey }),
      ...(runId !== undefined && { run_id: runId }),
      ...(status !== undefined && { status }),
      ...(answeredAt !== undefined && { answered_at: answeredAt }),
    });
}

/** Deletes at most so many requests from before a time; says how many. */
export async function deleteOldRequests(db: Knex, before: number, limit: number): Promise<number> {
  const old = await db<RequestRow>('webhook_requests')
    .where('received_at', '<', before)
    .limit(limit)
    .select('id');
  const ids = old.map(({ id }) => id);
  return ids.length === 0 ? 0 : db('webhook_requests').whereIn('id', ids).delete();
}

function fromRow(row: RequestRow): WebhookRequest {
  return {
    id: row.id,
    listenerId: row.listener_id,
    replayKey: row.replay_key,
    method: row.method,
    address: row.address,
    size: Number(row.size),
    // The column holds only what is written above.
    state: row.state as RequestState,
    sealedRequest: row.sealed_request,
    fault: row.fault,
    runId: row.run_id,
    status: row.status,
    receivedAt: Number(row.received_at),
    answeredAt: row.answered_at === null ? null : Number(row.answered_at),
  };
}
