/** The exchange of what consent brought for tokens: once for each flow that was taken. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import type { ConnectedAccount } from './account.ts';
import { tryCredentials } from './credentials.ts';
import { callbackUrl, type LinkDeps, linkStepsOf } from './link.ts';
import { consentMs, type LinkFlow } from './link-flow.ts';
import type { Grant } from './provider.ts';
import { openHandshake } from './sealed.ts';
import type { OpenService } from './services.ts';
import { moveFlow } from './store-flows.ts';
import { askForTokens, startAgain } from './token-call.ts';

/** A flow that a browser may go on with, and what it is about. */
export interface Taking {
  flow: LinkFlow;
  account: ConnectedAccount;
  opened: OpenService;
}

/** What the exchange came to. The flow is left as `exchanging`; whoever asked moves it on. */
export type Exchange =
  | { kind: 'granted'; grant: Grant }
  | { kind: 'refused'; problem: string; nextStep: string }
  | { kind: 'unanswered'; problem: string; sent: boolean };

/** Takes the flow, which one of any number of callers can, and asks once. Throws `flow_used`, `flow_expired`. */
export async function exchange(
  deps: LinkDeps,
  { flow, account, opened }: Taking,
  proof: { verifier: string; query: URLSearchParams },
): Promise<Exchange> {
  const steps = linkStepsOf(opened);
  const liveAt = deps.now();
  const take = { from: ['waiting'] as const, to: 'exchanging' as const, liveAt, countsExchange: true };
  // The time for the exchange itself is added, so that the sweeping of expired flows does not come between.
  if (!(await moveFlow(deps.db, flow.id, take, { expiresAt: liveAt + consentMs }))) {
    throw startAgain('flow_used', 'This link was used already.');
  }
  const handshake = openHandshake(deps.vault, flow);
  if (!handshake) throw startAgain('flow_expired', 'Consent came too late: a link is good for 10 minutes.');
  const secrets = [handshake.token, handshake.secret, proof.verifier].filter((secret) => secret !== '');
  const input = { ...handshake, ...proof, callbackUrl: callbackUrl(deps.config) };
  const asked = await askForTokens(deps, opened, { accountId: account.id, secrets }, (send, fresh) =>
    steps.finish(opened.params, { ...input, ...fresh, send }),
  );
  if (!asked.value) return { kind: 'unanswered', problem: asked.problem, sent: asked.sent };
  const reading = asked.value;
  if (!reading.ok) return { kind: 'refused', problem: reading.problem, nextStep: reading.nextStep };
  return { kind: 'granted', grant: await identify(deps, opened, account, reading.value) };
}

/** Ends a flow that waits or exchanges; what it kept is wiped. */
export async function endFlow(
  { db }: { db: Knex },
  { id }: LinkFlow,
  to: 'denied' | 'failed' | 'unknown',
  outcome?: string,
): Promise<void> {
  const step = { from: ['waiting', 'exchanging'] as const, to };
  await moveFlow(db, id, step, { sealedRequest: null, ...(outcome !== undefined && { outcome }) });
}

/** Nobody knows whether tokens were given out: ends the flow and says so. */
export async function refuseUnknown(
  deps: { db: Knex },
  { flow, opened }: Taking,
  problem: string,
): Promise<never> {
  await endFlow(deps, flow, 'unknown', 'no_answer');
  const happened = 'did not answer, so nobody knows whether it gave out tokens';
  throw startAgain('remote_failed', `${opened.service.name} ${happened}: ${problem}`);
}

/** The identity call is surer than the token answer, and tells the access level; without it the answer serves. */
export async function identify(
  deps: LinkDeps,
  opened: OpenService,
  account: ConnectedAccount,
  grant: Grant,
): Promise<Grant> {
  const tried = await tryCredentials(deps, opened, grant.credentials, account.id).catch((error: unknown) => {
    // The tokens are valid whether or not this call is allowed; a refusal at the door must not lose them.
    if (error instanceof HubError) return undefined;
    throw error;
  });
  return {
    ...grant,
    identity: tried?.identity?.id ? tried.identity : grant.identity,
    accessLevel: grant.accessLevel ?? tried?.accessLevel ?? null,
  };
}
