/** The way back from the remote site: match the flow, take it, exchange the request token, keep the grant. */
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import type { LinkDeps } from './link.ts';
import { endFlow, exchange, refuseUnknown, type Taking } from './link-exchange.ts';
import {
  type Callback,
  isSameText,
  type LinkFlow,
  readCallback,
  refuseEndedFlow,
  requestTokenHash,
} from './link-flow.ts';
import { type Kept, keepGrant } from './link-keep.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { findAccount } from './store-accounts.ts';
import { listFlowServices, listFlowsByToken, moveFlow } from './store-flows.ts';
import { startAgain } from './token-call.ts';

export interface CallbackInput {
  query: URLSearchParams;
  /** Cerb's suffix on the path, the provider's extension id. */
  extension: string | undefined;
  browserHash: string;
  worker: Extract<Actor, { kind: 'worker' }> | undefined;
}

/** Consent was refused, or what was granted is kept. */
export type CallbackResult = Kept | (Omit<Kept, 'outcome'> & { outcome: 'denied' });

/**
 * Answers one callback. Throws for all it refuses: 400 unknown, other browser or worker, missing or doubled
 * parameter; 409 used; 410 expired; 502 exchange failed. Of any number of equal callbacks one exchanges.
 */
export async function finishLink(deps: LinkDeps, input: CallbackInput): Promise<CallbackResult> {
  const callback = readCallback(input.query);
  const flow = await matchFlow(deps, callback, input);
  refuseEndedFlow(flow, deps.now());
  const account = await findAccount(deps.db, flow.accountId);
  if (!account) throw new HubError('not_found', 'The account was deleted meanwhile.');
  const opened = await openServiceOf(deps, flow.serviceId);
  if (isDenial(callback, opened)) {
    await endFlow(deps, flow, 'denied');
    return { outcome: 'denied', flow, account };
  }
  const verifier = await readVerifier(deps, callback, flow, opened);
  const taking = { flow, account, opened };
  const exchanged = await exchange(deps, taking, { verifier, query: input.query });
  if (exchanged.kind === 'unanswered') return refuseUnanswered(deps, taking, exchanged);
  if (exchanged.kind === 'refused') {
    await endFlow(deps, flow, 'failed', 'refused');
    throw startAgain('remote_failed', `${opened.service.name}: ${exchanged.problem}`, exchanged.nextStep);
  }
  return keepGrant(deps, taking, exchanged.grant);
}

/** Some services' refusal is an empty verifier, where their record says so (NetSuite). */
function isDenial(callback: Callback, { params }: OpenService): callback is Callback & { kind: 'denied' } {
  if (callback.kind === 'approved') return callback.verifier === '' && params.denial === 'empty_verifier';
  return callback.kind === 'denied';
}

async function matchFlow(deps: LinkDeps, callback: Callback, input: CallbackInput): Promise<LinkFlow> {
  const services = await listFlowServices(deps.db);
  const hashes = services.map((serviceId) => requestTokenHash(serviceId, callback.token));
  const found = hashes.length > 0 ? await listFlowsByToken(deps.db, hashes) : [];
  if (found.length === 0)
    throw startAgain('bad_request', 'This address belongs to no link that was begun here.');
  const reasons = await Promise.all(found.map((flow) => whyNotOurs(deps, flow, input)));
  const ours = found.filter((_flow, index) => reasons[index] === undefined);
  const open = ours.filter(({ state }) => state === 'waiting');
  const flow = open.length > 0 ? open[0] : ours[0];
  if (flow && open.length < 2) return flow;
  // Two services that give out one token cannot be told apart; a consent that came back to the wrong place is worth
  // nothing any more. A refusal from there ends nothing.
  const mismatch = reasons.find((reason) => reason !== undefined) ?? 'ambiguous';
  if (callback.kind !== 'denied') {
    for (const candidate of found) await endFlow(deps, candidate, 'failed', mismatch);
  }
  const message =
    mismatch === 'other_worker'
      ? 'The link was begun by a worker who is not signed in here now.'
      : 'The link was begun in another browser, or at another service.';
  throw startAgain(
    'bad_request',
    message,
    'Sign in where the link was begun, and press the Link button again.',
  );
}

async function whyNotOurs(deps: LinkDeps, flow: LinkFlow, input: CallbackInput): Promise<string | undefined> {
  if (flow.browserHash === null || !isSameText(flow.browserHash, input.browserHash)) return 'other_browser';
  if (flow.workerId !== null && flow.workerId !== input.worker?.id) return 'other_worker';
  if (input.extension === undefined) return undefined;
  const { service } = await openServiceOf(deps, flow.serviceId);
  return service.extensionId === input.extension ? undefined : 'other_provider';
}

async function readVerifier(
  deps: LinkDeps,
  callback: Exclude<Callback, { kind: 'denied' }>,
  flow: LinkFlow,
  { service, params }: OpenService,
): Promise<string> {
  if (callback.kind === 'problem') {
    await endFlow(deps, flow, 'failed', 'problem');
    throw startAgain('remote_failed', `${service.name} reported a problem in place of consent.`);
  }
  if (callback.verifier === '')
    throw startAgain('bad_request', 'The address holds an empty verifier (oauth_verifier).');
  if (callback.verifier !== undefined) return callback.verifier;
  if (params.verifier === 'absent') return '';
  await endFlow(deps, flow, 'failed', 'no_verifier');
  throw startAgain(
    'bad_request',
    `${service.name} sent no verifier (oauth_verifier) and no code, so nobody can tell who consented.`,
  );
}

/** An exchange that was not answered: when nothing was sent the same callback may be loaded once more. */
async function refuseUnanswered(
  deps: LinkDeps,
  taking: Taking,
  { problem, sent }: { problem: string; sent: boolean },
): Promise<never> {
  if (sent) return refuseUnknown(deps, taking, problem);
  const { flow, opened } = taking;
  const message = `${opened.service.name} could not be reached: ${problem}`;
  if (flow.outcome === 'nothing_sent') {
    await endFlow(deps, flow, 'failed', 'nothing_sent');
    throw startAgain('remote_failed', message);
  }
  const back = { from: ['exchanging'] as const, to: 'waiting' as const };
  await moveFlow(deps.db, flow.id, back, { outcome: 'nothing_sent', expiresAt: flow.expiresAt });
  throw startAgain('remote_failed', message, 'Load this page again in a moment.');
}
