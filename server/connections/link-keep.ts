/** Keeping what was granted: pending on the flow until Save Changes, or on the account at once. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { type ConnectedAccount, isOtherIdentity, tellApart } from './account.ts';
import { replaceAccount, withGrant } from './account-changes.ts';
import type { LinkDeps } from './link.ts';
import { endFlow, type Taking } from './link-exchange.ts';
import { type LinkFlow, pendingMs } from './link-flow.ts';
import type { Grant } from './provider.ts';
import { sealGrant } from './sealed.ts';
import { moveFlow } from './store-flows.ts';
import { startAgain } from './token-call.ts';

/** `pending`: approved, to be saved by the worker. `saved`: the API's flow, stored. */
export interface Kept {
  outcome: 'pending' | 'saved';
  flow: LinkFlow;
  account: ConnectedAccount;
}

/** Throws `conflict` when the API's flow brought another identity, `flow_used` when it was replaced meanwhile. */
export async function keepGrant(
  deps: LinkDeps,
  { flow, account, opened }: Taking,
  grant: Grant,
): Promise<Kept> {
  if (!flow.savesAtOnce) {
    const sealedGrant = sealGrant(deps.vault, flow.id, grant);
    await leaveExchange(deps.db, flow, 'pending', { sealedGrant, expiresAt: deps.now() + pendingMs });
    return { outcome: 'pending', flow, account };
  }
  if (isOtherIdentity(account.identity, grant.identity) && !flow.replacesIdentity) {
    return refuseOther(deps, flow, account, grant);
  }
  await inTransaction(deps.db, async (trx) => {
    await leaveExchange(trx, flow, 'saved', {});
    await replaceAccount(deps, trx, account, withGrant(deps, opened, account, grant));
  });
  return { outcome: 'saved', flow, account };
}

async function refuseOther(
  deps: LinkDeps,
  flow: LinkFlow,
  account: ConnectedAccount,
  grant: Grant,
): Promise<never> {
  await endFlow(deps, flow, 'failed', 'other_identity');
  const { was, becomes } = tellApart(account.identity, grant.identity);
  throw startAgain(
    'conflict',
    `The account '${account.name}' is linked as ${was}, and consent was given as ${becomes}. The old tokens stay.`,
    'Ask for a link with "replace", or sign in at the remote site as before.',
  );
}

async function leaveExchange(
  db: Knex,
  flow: LinkFlow,
  to: 'pending' | 'saved',
  changes: { sealedGrant?: string; expiresAt?: number },
): Promise<void> {
  const step = { from: ['exchanging'] as const, to };
  if (await moveFlow(db, flow.id, step, { ...changes, sealedRequest: null })) return;
  throw startAgain('flow_used', 'The link was replaced by a newer one while the remote service was asked.');
}
