/** Beginning to link an account: from a signed-in session, or by an address that the API gives out. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { hashSecret } from '../people/secret-hash.ts';
import type { ConnectedAccount } from './account.ts';
import { type AccountDeps, getUsableAccount } from './accounts.ts';
import {
  consentMs,
  type LinkFlow,
  refuseEndedFlow,
  requestTokenHash,
  throughConnectTo,
} from './link-flow.ts';
import type { Handshake, LinkSteps } from './provider.ts';
import { sealHandshake } from './sealed.ts';
import { asksForNothing, isLinkedByConsent } from './service.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { requireSigningKey } from './signing-key.ts';
import { findAccount } from './store-accounts.ts';
import { countFlowsSince, findFlowByCode, moveFlow, replaceFlows } from './store-flows.ts';
import { askForTokens, startAgain } from './token-call.ts';

export interface LinkDeps extends AccountDeps {
  config: Pick<Config, 'url' | 'connectTo'>;
  newId(): string;
}

/** Where a person goes on: to the remote site, and here to the PIN of a flow where that shows one. */
export interface Onward {
  consentUrl: URL;
  pinFlowId: string | undefined;
}

/** More flows than this in 10 minutes, for one worker or one account, are refused. */
const maxFlows = 100;
/** How often one API address may ask for a request token. */
const maxContinues = 10;

/** Exactly what is registered at the remote site: no trailing slash, no suffix. */
export function callbackUrl(config: Pick<Config, 'url'>): string {
  return `${config.url.origin}/oauth/callback`;
}

/**
 * The origin that a form with a Link button leads to, for the page's content policy; undefined when the service
 * cannot be linked.
 */
export function consentOrigin(
  deps: Pick<LinkDeps, 'config'>,
  { provider, params }: Pick<OpenService, 'provider' | 'params'>,
): string | undefined {
  if (!provider.link || !isLinkedByConsent({ provider, params })) return undefined;
  try {
    return throughConnectTo(
      provider.link.consentUrl(params, { token: 'x', secret: 'x' }, callbackUrl(deps.config)),
      deps.config.connectTo,
    ).origin;
  } catch {
    return undefined;
  }
}

/**
 * Begins a flow for a signed-in worker, bound to this browser, in place of any other for the account. Answers
 * where to consent. Throws `forbidden`, `remote_failed`, `rate_limited`.
 */
export async function beginLink(
  deps: LinkDeps,
  input: { worker: Extract<Actor, { kind: 'worker' }>; browserHash: string; account: string },
): Promise<Onward> {
  const account = await getUsableAccount(deps, input.worker, input.account);
  const opened = await openServiceOf(deps, account.serviceId);
  const steps = linkStepsOf(opened);
  await brakeFlows(deps, { workerId: input.worker.id });
  const id = deps.newId();
  const { handshake, consentUrl } = await askForConsent(deps, opened, steps, account);
  const flow = newFlow(deps, id, account, {
    workerId: input.worker.id,
    askedBy: input.worker.name,
    browserHash: input.browserHash,
    state: 'waiting',
    sealedRequest: sealHandshake(deps.vault, id, handshake),
  });
  const tokenHash = requestTokenHash(account.serviceId, handshake.token);
  await inTransaction(deps.db, (trx) => replaceFlows(trx, flow, { tokenHash }));
  return { consentUrl, pinFlowId: showsPin(opened) ? id : undefined };
}

/** What `POST /connected-accounts/:id/link` answers; the address works without sign-in until it expires. */
export interface LinkAddress {
  url: string;
  expiresAt: number;
}

/** Gives out an address at which whoever has it can link the account, in any browser. */
export async function createLinkAddress(
  deps: LinkDeps,
  actor: Actor,
  input: { account: string; replace: boolean },
): Promise<LinkAddress> {
  const account = await getUsableAccount(deps, actor, input.account);
  linkStepsOf(await openServiceOf(deps, account.serviceId));
  await brakeFlows(deps, { accountId: account.id });
  const code = Buffer.from(deps.randomBytes(32)).toString('base64url');
  const flow = newFlow(deps, deps.newId(), account, {
    askedBy: actor.name,
    savesAtOnce: true,
    replacesIdentity: input.replace,
  });
  await inTransaction(deps.db, (trx) => replaceFlows(trx, flow, { codeHash: hashSecret(code) }));
  return { url: `${deps.config.url.origin}/link/${code}`, expiresAt: flow.expiresAt };
}

export interface LinkOffer {
  flow: LinkFlow;
  account: ConnectedAccount;
  opened: OpenService;
}

/** What the address is about. Changes nothing. Throws `not_found`, `flow_used`, `flow_expired`. */
export async function getLinkOffer(
  deps: Pick<LinkDeps, 'db' | 'vault' | 'providers' | 'now'>,
  code: string,
): Promise<LinkOffer> {
  const flow = await findFlowByCode(deps.db, hashSecret(code));
  const account = flow && (await findAccount(deps.db, flow.accountId));
  if (!flow || !account) throw new HubError('not_found', 'There is no such link. Ask for a new one.');
  refuseEndedFlow(flow, deps.now());
  return { flow, account, opened: await openServiceOf(deps, flow.serviceId) };
}

/** Binds the flow to this browser, in place of one that continued before, and answers where to consent. */
export async function continueLink(
  deps: LinkDeps,
  input: { code: string; browserHash: string },
): Promise<Onward> {
  const { flow, account, opened } = await getLinkOffer(deps, input.code);
  const steps = linkStepsOf(opened);
  if (flow.exchanges >= maxContinues) throw new HubError('flow_used', 'This link was tried too often.');
  const liveAt = deps.now();
  const counts = { from: [flow.state], to: flow.state, liveAt, countsExchange: true };
  if (!(await moveFlow(deps.db, flow.id, counts)))
    throw new HubError('flow_used', 'This link was used already.');
  const { handshake, consentUrl } = await askForConsent(deps, opened, steps, account);
  const step = { from: ['new', 'waiting'] as const, to: 'waiting' as const, liveAt: deps.now() };
  const isBound = await moveFlow(deps.db, flow.id, step, {
    browserHash: input.browserHash,
    tokenHash: requestTokenHash(flow.serviceId, handshake.token),
    sealedRequest: sealHandshake(deps.vault, flow.id, handshake),
  });
  if (!isBound) throw new HubError('flow_expired', 'The link ended while the remote service was asked.');
  return { consentUrl, pinFlowId: showsPin(opened) ? flow.id : undefined };
}

/**
 * How the provider links. Throws `conflict` when its accounts are not linked by consent, or when the service lacks
 * the key it signs with.
 */
export function linkStepsOf(opened: OpenService): LinkSteps {
  const { provider, service } = opened;
  if (!provider.link || !isLinkedByConsent(opened)) {
    const why = asksForNothing(opened)
      ? 'need no link: the keys of the service sign their requests.'
      : 'are not linked by consent; enter their credentials.';
    throw new HubError('conflict', `Accounts of '${service.name}' ${why}`);
  }
  requireSigningKey(opened, 'conflict');
  return provider.link;
}

/** Whether the remote site shows a PIN after consent, in place of sending the browser back. */
export function showsPin({ params }: Pick<OpenService, 'params'>): boolean {
  return params.callback === 'oob';
}

async function askForConsent(
  deps: LinkDeps,
  opened: OpenService,
  steps: LinkSteps,
  account: ConnectedAccount,
): Promise<{ handshake: Handshake; consentUrl: URL }> {
  const { service, params } = opened;
  const callback = callbackUrl(deps.config);
  const input = { callbackUrl: callback, random: deps.randomBytes };
  const asked = await askForTokens(deps, opened, { accountId: account.id, secrets: [] }, (send, fresh) =>
    steps.start(params, { ...input, ...fresh, send }),
  );
  if (!asked.value) {
    throw startAgain('remote_failed', `${service.name} did not give out a request token: ${asked.problem}`);
  }
  const reading = asked.value;
  if (!reading.ok) throw startAgain('remote_failed', `${service.name}: ${reading.problem}`, reading.nextStep);
  const url = steps.consentUrl(params, reading.value, callback);
  return { handshake: reading.value, consentUrl: throughConnectTo(url, deps.config.connectTo) };
}

async function brakeFlows(
  deps: { db: Knex; now(): number },
  by: { workerId: string } | { accountId: string },
): Promise<void> {
  if ((await countFlowsSince(deps.db, by, deps.now() - consentMs)) < maxFlows) return;
  const message = 'Too many links were begun. Wait 10 minutes, then try again.';
  throw new HubError('rate_limited', message, { extra: { retry_after: consentMs / 1000 } });
}

function newFlow(
  deps: Pick<LinkDeps, 'now'>,
  id: string,
  account: ConnectedAccount,
  given: Partial<LinkFlow> & { askedBy: string },
): LinkFlow {
  const now = deps.now();
  return {
    id,
    accountId: account.id,
    serviceId: account.serviceId,
    workerId: null,
    savesAtOnce: false,
    replacesIdentity: false,
    browserHash: null,
    state: 'new',
    exchanges: 0,
    wrongPins: 0,
    sealedRequest: null,
    sealedGrant: null,
    outcome: null,
    createdAt: now,
    expiresAt: now + consentMs,
    ...given,
  };
}
