/** The way back from the remote site: match the flow, take it, exchange the request token, keep the grant. */
import { timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { type ConnectedAccount, isOtherIdentity, tellApart } from './account.ts';
import { replaceAccount, withGrant } from './account-changes.ts';
import { freshness } from './accounts.ts';
import { tryCredentials } from './credentials.ts';
import { type LinkDeps, linkStepsOf } from './link.ts';
import {
  type Callback,
  consentMs,
  type LinkFlow,
  pendingMs,
  readCallback,
  refuseEndedFlow,
  requestTokenHash,
} from './link-flow.ts';
import type { Grant } from './provider.ts';
import { openRequestToken, sealGrant } from './sealed.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { findAccount } from './store-accounts.ts';
import { listFlowServices, listFlowsByToken, moveFlow } from './store-flows.ts';
import { askForTokens, startAgain } from './token-call.ts';

export interface CallbackInput {
  query: URLSearchParams;
  /** Cerb's suffix on the path, the provider's extension id. */
  extension: string | undefined;
  browserHash: string;
  worker: Extract<Actor, { kind: 'worker' }> | undefined;
}

/** `pending`: approved, to be saved by the worker. `saved`: the API's flow, stored. */
export interface CallbackResult {
  outcome: 'denied' | 'pending' | 'saved';
  flow: LinkFlow;
  account: ConnectedAccount;
}

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
  if (callback.kind === 'denied') {
    await endFlow(deps, flow, 'denied');
    return { outcome: 'denied', flow, account };
  }
  const verifier = await readVerifier(deps, callback, flow, opened);
  const grant = await exchange(deps, flow, account, opened, verifier);
  return flow.savesAtOnce ? saveAtOnce(deps, flow, account, grant) : keepPending(deps, flow, account, grant);
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
  if (callback.verifier !== undefined) return callback.verifier;
  if (params.verifier === 'absent') return '';
  await endFlow(deps, flow, 'failed', 'no_verifier');
  throw startAgain(
    'bad_request',
    `${service.name} sent no verifier (oauth_verifier), so nobody can tell who consented.`,
  );
}

/** Takes the flow, asks once, and reads the grant. Every way out leaves the flow in a state that says so. */
async function exchange(
  deps: LinkDeps,
  flow: LinkFlow,
  account: ConnectedAccount,
  opened: OpenService,
  verifier: string,
): Promise<Grant> {
  const { name } = opened.service;
  const steps = linkStepsOf(opened);
  const liveAt = deps.now();
  const take = { from: ['waiting'] as const, to: 'exchanging' as const, liveAt, countsExchange: true };
  // The time for the exchange itself is added, so that the sweeping of expired flows does not come between.
  if (!(await moveFlow(deps.db, flow.id, take, { expiresAt: liveAt + consentMs }))) {
    throw startAgain('flow_used', 'This link was used already.');
  }
  const token = openRequestToken(deps.vault, flow);
  if (!token) throw startAgain('flow_expired', 'Consent came too late: a link is good for 10 minutes.');
  const request = steps.finish(opened.params, { ...freshness(deps), ...token, verifier });
  const secrets = [token.requestToken, token.requestSecret, verifier].filter((secret) => secret !== '');
  const asked = await askForTokens(deps, opened, request, { accountId: account.id, secrets });
  if (!asked.answer) return refuseUnanswered(deps, flow, name, asked);
  const reading = steps.readFinish(asked.answer, opened.params);
  if (!reading.ok) {
    await endFlow(deps, flow, 'failed', 'refused');
    throw startAgain('remote_failed', `${name}: ${reading.problem}`, reading.nextStep);
  }
  return identify(deps, opened, account, reading.value);
}

async function refuseUnanswered(
  deps: LinkDeps,
  flow: LinkFlow,
  name: string,
  { problem, sent }: { problem: string; sent: boolean },
): Promise<never> {
  if (!sent && flow.outcome !== 'nothing_sent') {
    const back = { from: ['exchanging'] as const, to: 'waiting' as const };
    await moveFlow(deps.db, flow.id, back, { outcome: 'nothing_sent', expiresAt: flow.expiresAt });
    throw startAgain(
      'remote_failed',
      `${name} could not be reached: ${problem}`,
      'Load this page again in a moment.',
    );
  }
  await endFlow(deps, flow, sent ? 'unknown' : 'failed', sent ? 'no_answer' : 'nothing_sent');
  const happened = sent
    ? 'did not answer, so nobody knows whether it gave out tokens'
    : 'could not be reached';
  throw startAgain('remote_failed', `${name} ${happened}: ${problem}`);
}

/** The identity call is surer than the token answer, and tells the access level; without it the answer serves. */
async function identify(
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

async function keepPending(
  deps: LinkDeps,
  flow: LinkFlow,
  account: ConnectedAccount,
  grant: Grant,
): Promise<CallbackResult> {
  const sealedGrant = sealGrant(deps.vault, flow.id, grant);
  await leaveExchange(deps.db, flow, 'pending', { sealedGrant, expiresAt: deps.now() + pendingMs });
  return { outcome: 'pending', flow, account };
}

async function saveAtOnce(
  deps: LinkDeps,
  flow: LinkFlow,
  account: ConnectedAccount,
  grant: Grant,
): Promise<CallbackResult> {
  if (isOtherIdentity(account.identity, grant.identity) && !flow.replacesIdentity) {
    await endFlow(deps, flow, 'failed', 'other_identity');
    const { was, becomes } = tellApart(account.identity, grant.identity);
    const message = `The account '${account.name}' is linked as ${was}, and consent was given as ${becomes}. The old tokens stay.`;
    throw startAgain(
      'conflict',
      message,
      'Ask for a link with "replace", or sign in at the remote site as before.',
    );
  }
  await inTransaction(deps.db, async (trx) => {
    await leaveExchange(trx, flow, 'saved', {});
    await replaceAccount(deps, trx, account, withGrant(deps, account, grant));
  });
  return { outcome: 'saved', flow, account };
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

async function endFlow(
  deps: Pick<LinkDeps, 'db'>,
  flow: LinkFlow,
  to: 'denied' | 'failed' | 'unknown',
  outcome?: string,
): Promise<void> {
  const step = { from: ['waiting', 'exchanging'] as const, to };
  await moveFlow(deps.db, flow.id, step, {
    sealedRequest: null,
    ...(outcome !== undefined && { outcome }),
  });
}

function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
