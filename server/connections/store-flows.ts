/** Rows of link_flows. Every step of a flow is one conditional update whose count of rows decides who made it. */
import type { Knex } from 'knex';
import type { FlowState, LinkFlow } from './link-flow.ts';

interface FlowRow {
  id: string;
  account_id: string;
  service_id: string;
  worker_id: string | null;
  asked_by: string;
  saves_at_once: number;
  replaces_identity: number;
  code_hash: string | null;
  browser_hash: string | null;
  token_hash: string | null;
  state: string;
  exchanges: number;
  wrong_pins: number | null;
  sealed_request: string | null;
  sealed_grant: string | null;
  outcome: string | null;
  created_at: number;
  expires_at: number;
}

const openStates: FlowState[] = ['new', 'waiting', 'exchanging', 'pending'];

/** Fields of a step beside the state; what is not named stays as it is. */
export interface FlowChanges {
  browserHash?: string;
  tokenHash?: string;
  wrongPins?: number;
  sealedRequest?: string | null;
  sealedGrant?: string | null;
  outcome?: string | null;
  expiresAt?: number;
}

/**
 * Begins a flow and ends the account's others. The account's row is locked meanwhile, so that two beginners
 * cannot both stay. Run it in a transaction. Throws the database's own error when the request token was given
 * out before.
 */
export async function replaceFlows(
  trx: Knex,
  flow: LinkFlow,
  hashes: { codeHash?: string; tokenHash?: string },
): Promise<void> {
  await trx('connected_accounts').where({ id: flow.accountId }).forUpdate().first('id');
  await endOpenFlows(trx, flow.accountId);
  await trx<FlowRow>('link_flows').insert({
    id: flow.id,
    account_id: flow.accountId,
    service_id: flow.serviceId,
    worker_id: flow.workerId,
    asked_by: flow.askedBy,
    saves_at_once: flow.savesAtOnce ? 1 : 0,
    replaces_identity: flow.replacesIdentity ? 1 : 0,
    code_hash: hashes.codeHash ?? null,
    browser_hash: flow.browserHash,
    token_hash: hashes.tokenHash ?? null,
    state: flow.state,
    exchanges: flow.exchanges,
    wrong_pins: flow.wrongPins,
    sealed_request: flow.sealedRequest,
    sealed_grant: flow.sealedGrant,
    outcome: flow.outcome,
    created_at: flow.createdAt,
    expires_at: flow.expiresAt,
  });
}

/** Ends what is under way for an account and wipes its secrets. */
export async function endOpenFlows(db: Knex, accountId: string): Promise<void> {
  await db<FlowRow>('link_flows')
    .where({ account_id: accountId })
    .whereIn('state', openStates)
    .update({ state: 'discarded', outcome: 'replaced', sealed_request: null, sealed_grant: null });
}

/**
 * Moves a flow on; true for exactly one of those who try. With `liveAt` only while it has not expired.
 * `countsExchange` adds one to the exchanges.
 */
export async function moveFlow(
  db: Knex,
  id: string,
  step: { from: readonly FlowState[]; to: FlowState; liveAt?: number; countsExchange?: boolean },
  changes: FlowChanges = {},
): Promise<boolean> {
  const query = db<FlowRow>('link_flows')
    .where({ id })
    .whereIn('state', [...step.from]);
  if (step.liveAt !== undefined) query.where('expires_at', '>', step.liveAt);
  if (step.countsExchange) query.increment('exchanges', 1);
  return (await query.update({ state: step.to, ...columnsOf(changes) })) === 1;
}

export async function findFlow(db: Knex, id: string): Promise<LinkFlow | undefined> {
  const row = await db<FlowRow>('link_flows').where({ id }).first();
  return row && fromRow(row);
}

export async function findFlowByCode(db: Knex, codeHash: string): Promise<LinkFlow | undefined> {
  const row = await db<FlowRow>('link_flows').where({ code_hash: codeHash }).first();
  return row && fromRow(row);
}

/** Services that have flows, whatever their state: few, since ended flows are swept. */
export async function listFlowServices(db: Knex): Promise<string[]> {
  const rows = await db<FlowRow>('link_flows').distinct('service_id');
  return rows.map((row) => row.service_id);
}

export async function listFlowsByToken(db: Knex, tokenHashes: readonly string[]): Promise<LinkFlow[]> {
  const rows = await db<FlowRow>('link_flows').whereIn('token_hash', [...tokenHashes]);
  return rows.map(fromRow);
}

/** The last flow that this worker began for the account in this browser. */
export async function findLastFlow(
  db: Knex,
  by: { accountId: string; workerId: string; browserHash: string },
): Promise<LinkFlow | undefined> {
  const row = await db<FlowRow>('link_flows')
    .where({ account_id: by.accountId, worker_id: by.workerId, browser_hash: by.browserHash })
    .orderBy('id', 'desc')
    .first();
  return row && fromRow(row);
}

/** How many flows were begun in somebody's name since then. */
export async function countFlowsSince(
  db: Knex,
  by: { workerId: string } | { accountId: string },
  since: number,
): Promise<number> {
  const whose = 'workerId' in by ? { worker_id: by.workerId } : { account_id: by.accountId };
  const rows = await db('link_flows').where(whose).where('created_at', '>', since).count({ flows: '*' });
  return Number(rows[0]?.flows ?? 0);
}

/** Wipes what expired flows hold, and forgets flows that ended before `forgetBefore`. */
export async function sweepFlows(db: Knex, now: number, forgetBefore: number): Promise<void> {
  const expired = () => db<FlowRow>('link_flows').where('expires_at', '<=', now);
  await expired()
    .where({ state: 'pending' })
    .update({ state: 'discarded', outcome: 'expired', sealed_grant: null });
  await expired().where({ state: 'exchanging' }).update({ state: 'unknown', sealed_request: null });
  await expired().whereNotNull('sealed_request').update({ sealed_request: null });
  await db<FlowRow>('link_flows').where('expires_at', '<', forgetBefore).delete();
}

function columnsOf(changes: FlowChanges): Partial<FlowRow> {
  return {
    ...(changes.browserHash !== undefined && { browser_hash: changes.browserHash }),
    ...(changes.tokenHash !== undefined && { token_hash: changes.tokenHash }),
    ...(changes.wrongPins !== undefined && { wrong_pins: changes.wrongPins }),
    ...(changes.sealedRequest !== undefined && { sealed_request: changes.sealedRequest }),
    ...(changes.sealedGrant !== undefined && { sealed_grant: changes.sealedGrant }),
    ...(changes.outcome !== undefined && { outcome: changes.outcome }),
    ...(changes.expiresAt !== undefined && { expires_at: changes.expiresAt }),
  };
}

function fromRow(row: FlowRow): LinkFlow {
  return {
    id: row.id,
    accountId: row.account_id,
    serviceId: row.service_id,
    workerId: row.worker_id,
    askedBy: row.asked_by,
    savesAtOnce: row.saves_at_once === 1,
    replacesIdentity: row.replaces_identity === 1,
    browserHash: row.browser_hash,
    // The column holds only states that this file wrote.
    state: row.state as FlowState,
    exchanges: row.exchanges,
    wrongPins: row.wrong_pins ?? 0,
    sealedRequest: row.sealed_request,
    sealedGrant: row.sealed_grant,
    outcome: row.outcome,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}
