/** What follows approval: show it, commit it with Save Changes, discard it; and sweep what expired. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import type { Vault } from '../vault.ts';
import { type ConnectedAccount, isOtherIdentity, tellApart } from './account.ts';
import { type AccountChangeDeps, readChange, replaceAccount, withGrant } from './account-changes.ts';
import { getUsableAccount } from './accounts.ts';
import { type LinkFlow, pendingMs } from './link-flow.ts';
import type { RemoteIdentity } from './provider.ts';
import { openGrant } from './sealed.ts';
import { openServiceOf } from './services.ts';
import { findFlow, findLastFlow, moveFlow, sweepFlows } from './store-flows.ts';
import { sweepPushes } from './store-pushes.ts';

/** Whose browser it is: pending tokens are seen by the worker and browser that made them, and by nobody else. */
export interface Holder {
  worker: Extract<Actor, { kind: 'worker' }>;
  browserHash: string;
}

export interface Approval {
  flowId: string;
  identity: RemoteIdentity;
  accessLevel: string | null;
  /** The account holds another identity now, so that saving needs the worker's tick. */
  isOtherIdentity: boolean;
  expiresAt: number;
}

/** The holder's last try to link the account: approved and waiting to be saved, or unknown how it ended. */
export async function findApproval(
  deps: { db: Knex; vault: Vault; now(): number },
  account: ConnectedAccount,
  { worker, browserHash }: Holder,
): Promise<{ approval?: Approval; isUnknown: boolean }> {
  const flow = await findLastFlow(deps.db, { accountId: account.id, workerId: worker.id, browserHash });
  if (!flow) return { isUnknown: false };
  const grant = isPending(flow, deps.now()) ? openGrant(deps.vault, flow) : undefined;
  if (!grant) return { isUnknown: flow.state === 'unknown' };
  const { identity, accessLevel } = grant;
  const isOther = isOtherIdentity(account.identity, identity);
  const approval = {
    flowId: flow.id,
    identity,
    accessLevel,
    isOtherIdentity: isOther,
    expiresAt: flow.expiresAt,
  };
  return { approval, isUnknown: false };
}

/**
 * Save Changes: the form's fields and, when the form showed an approval (`flowId`), its tokens, in one
 * transaction. Throws `flow_expired` when the approval is gone, `conflict` when another identity was not ticked.
 */
export async function saveAccount(
  deps: AccountChangeDeps,
  holder: Holder,
  input: {
    account: string;
    fields: Readonly<Record<string, unknown>>;
    flowId: string | undefined;
    replacesIdentity: boolean;
  },
): Promise<ConnectedAccount> {
  const before = await getUsableAccount(deps, holder.worker, input.account);
  const changed = await readChange(deps, holder.worker, before, input.fields);
  if (input.flowId === undefined) {
    await replaceAccount(deps, deps.db, before, changed);
    return changed;
  }
  const flow = await getHeldFlow(deps, holder, before.id, input.flowId);
  const grant = openGrant(deps.vault, flow);
  if (!grant) throw gone();
  if (isOtherIdentity(before.identity, grant.identity) && !input.replacesIdentity) {
    const { was, becomes } = tellApart(before.identity, grant.identity);
    const message = `The account was ${was} and would become ${becomes}. Tick the box to agree, or discard the approval.`;
    const faults = [{ path: '/replace_identity', message: 'Tick this to agree' }];
    throw new HubError('conflict', message, { extra: { faults } });
  }
  const opened = await openServiceOf(deps, before.serviceId);
  const linked = withGrant(deps, opened, changed, grant, flow.expiresAt - pendingMs);
  await inTransaction(deps.db, async (trx) => {
    const step = { from: ['pending'] as const, to: 'saved' as const, liveAt: deps.now() };
    if (!(await moveFlow(trx, flow.id, step, { sealedGrant: null }))) throw gone();
    await replaceAccount(deps, trx, before, linked);
  });
  return linked;
}

/** Wipes the approved tokens; the account keeps what it had. */
export async function discardApproval(
  deps: { db: Knex; now(): number },
  holder: Holder,
  input: { accountId: string; flowId: string },
): Promise<void> {
  const flow = await getHeldFlow(deps, holder, input.accountId, input.flowId);
  await moveFlow(
    deps.db,
    flow.id,
    { from: ['pending'], to: 'discarded' },
    { sealedGrant: null, outcome: 'discarded' },
  );
}

/** Job: wipes the secrets of expired flows, and forgets flows and one-time addresses a day after their end. */
export async function wipeExpiredFlows(deps: { db: Knex; now(): number }): Promise<void> {
  const now = deps.now();
  const dayAgo = now - 24 * 60 * 60_000;
  await sweepFlows(deps.db, now, dayAgo);
  await sweepPushes(deps.db, now, dayAgo);
}

async function getHeldFlow(
  deps: { db: Knex; now(): number },
  { worker, browserHash }: Holder,
  accountId: string,
  flowId: string,
): Promise<LinkFlow> {
  const flow = await findFlow(deps.db, flowId);
  const isHeld =
    flow?.accountId === accountId && flow.workerId === worker.id && flow.browserHash === browserHash;
  if (!flow || !isHeld || !isPending(flow, deps.now())) throw gone();
  return flow;
}

function isPending(flow: LinkFlow, now: number): boolean {
  return flow.state === 'pending' && flow.expiresAt > now;
}

function gone(): HubError {
  return new HubError(
    'flow_expired',
    'The approval is not there any more: it is kept for 60 minutes, and a newer one takes its place. Link again.',
  );
}
