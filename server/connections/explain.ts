/** Explains how a request was or would be signed, part by part. Nothing is sent. */
import type { OutboundRequest } from '../delivery/delivery.ts';
import { redactRequest, spellSecrets } from '../delivery/redact.ts';
import { findDelivery, openRequest } from '../delivery/store.ts';
import { HubError } from '../errors.ts';
import { type Actor, isAdmin, mayUseAccount } from '../people/actor.ts';
import type { ConnectedAccount } from './account.ts';
import {
  type AccountDeps,
  type AccountRequest,
  getUsableAccount,
  linkedCredentials,
  toOutbound,
} from './accounts.ts';
import { freshnessIn } from './oauth1/difference.ts';
import type { SignatureExplanation } from './oauth1/explain.ts';
import { hasFormBody } from './oauth1/parameters.ts';
import type { Credentials } from './provider.ts';
import { openCredentials } from './sealed.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { requireSigningKey } from './signing-key.ts';
import { findAccount } from './store-accounts.ts';

export interface ExplainDeps
  extends Pick<AccountDeps, 'db' | 'vault' | 'providers' | 'owners' | 'now' | 'randomBytes' | 'clocks'> {
  /** The door, whose latest results may not be in the database yet. */
  deliver: { flush(): Promise<void> };
}

/** A request typed by hand. Without timestamp and nonce those of `theirs` are taken, so that they are no difference. */
export interface TypedRequest
  extends Pick<AccountRequest, 'actor' | 'account' | 'method' | 'url' | 'headers' | 'body'> {
  /** Whole seconds since 1970. */
  timestamp?: number;
  nonce?: string;
  /** The base string that the remote side made. */
  theirs?: string;
}

export interface ExplainedRequest {
  account: { id: string; name: string };
  method: string;
  /** As it was or would be sent, secrets masked. */
  url: string;
  signature: SignatureExplanation;
  /** What cannot be told, and why. */
  note: string | null;
}

/**
 * As `request` would sign it now. Throws `not_found`, `forbidden`, `account_unlinked`, `request_refused` for what cannot
 * be signed and for accounts that do not sign with OAuth 1.0a.
 */
export async function explainTyped(deps: ExplainDeps, input: TypedRequest): Promise<ExplainedRequest> {
  const account = await getUsableAccount(deps, input.actor, input.account);
  const opened = await openServiceOf(deps, account.serviceId);
  requireSigningKey(opened, 'request_refused');
  const credentials = openCredentials(deps.vault, account) ?? linkedCredentials(deps, account, opened);
  const request = toOutbound(input);
  await deps.clocks.refresh();
  const fresh = {
    ...deps.clocks.freshness(request.url.origin, opened.service.id),
    ...(input.theirs !== undefined && freshnessIn(input.theirs)),
    ...(input.timestamp !== undefined && { timestamp: input.timestamp }),
    ...(input.nonce !== undefined && { nonce: input.nonce }),
  };
  const signed = opened.provider.authorize(request, opened.params, credentials, fresh);
  return explain({ account, opened, credentials }, signed, input.theirs);
}

/** As a delivery was signed. Throws `not_found`, also for what the actor may not see, and `request_refused`. */
export async function explainDelivery(
  deps: ExplainDeps,
  input: { actor: Actor; delivery: string; theirs?: string },
): Promise<ExplainedRequest> {
  await deps.deliver.flush();
  const delivery = await findDelivery(deps.db, input.delivery);
  const account = delivery?.accountId ? await findAccount(deps.db, delivery.accountId) : undefined;
  const mayUse = account !== undefined && mayUseAccount(input.actor, account);
  if (!delivery || !(mayUse || isAdmin(input.actor))) {
    throw new HubError('not_found', 'There is no such delivery, or you may not see it.');
  }
  if (!account || delivery.sealedRequest === null) {
    throw new HubError('request_refused', 'Nothing is kept of how this delivery was signed.');
  }
  const { sent, isCut } = openRequest(deps.vault, delivery.id, delivery.sealedRequest);
  const opened = await openServiceOf(deps, account.serviceId);
  const credentials = openCredentials(deps.vault, account) ?? {};
  const explained = explain({ account, opened, credentials }, sent, input.theirs);
  return isCut && hasFormBody({ headers: sent.headers, body: sent.body ?? null })
    ? withoutForm(explained)
    : explained;
}

interface Signer {
  account: ConnectedAccount;
  opened: OpenService;
  credentials: Credentials;
}

function explain(
  { account, opened: { provider, params, service }, credentials }: Signer,
  request: OutboundRequest,
  theirs: string | undefined,
): ExplainedRequest {
  const signature = provider.explainSignature?.(request, params, credentials, theirs);
  if (!signature) {
    const message = `Nothing to explain: requests of '${service.name}' carry no OAuth 1.0a signature.`;
    throw new HubError('request_refused', message);
  }
  const { method, url } = redactRequest(request, spellSecrets(provider.secrets(params, credentials)));
  const { id, name } = account;
  const note = theirs !== undefined && signature.baseString === null ? noBaseString : null;
  return { account: { id, name }, method, url, signature, note };
}

const noBaseString =
  'PLAINTEXT signs no base string: it sends the secrets themselves. Compare consumer secret and token secret.';

/** The rest of the form was signed and is not there. */
function withoutForm(explained: ExplainedRequest): ExplainedRequest {
  const signature = {
    ...explained.signature,
    baseString: null,
    normalizedParameters: null,
    difference: null,
  };
  return {
    ...explained,
    signature,
    note: 'Only the first 64 KiB of the form are kept, so its base string cannot be told.',
  };
}
