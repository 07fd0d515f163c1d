/** A link flow: one try to link an account by a person's consent (RFC 5849 §2). Words and rules; pure. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { HubError } from '../errors.ts';

/**
 * new (asked for through the API, no browser yet) -> waiting (consent is being asked) -> exchanging -> pending
 * (approved, tokens sealed on the flow) -> saved; or it ends as denied, unknown (the exchange was not answered),
 * failed or discarded. Every step is one conditional update, so each happens once.
 */
export type FlowState =
  | 'new'
  | 'waiting'
  | 'exchanging'
  | 'pending'
  | 'saved'
  | 'denied'
  | 'unknown'
  | 'failed'
  | 'discarded';

export interface LinkFlow {
  id: string;
  accountId: string;
  serviceId: string;
  /** The worker whose session began the flow; null for one that the API asked for. */
  workerId: string | null;
  askedBy: string;
  /** True for the API's flows: the callback stores the tokens without Save Changes. */
  savesAtOnce: boolean;
  /** The asker agreed that the account may come to hold another identity. */
  replacesIdentity: boolean;
  browserHash: string | null;
  state: FlowState;
  /** How often the remote service was asked for tokens in this flow's name. */
  exchanges: number;
  /** PINs that the remote service refused. */
  wrongPins: number;
  sealedRequest: string | null;
  sealedGrant: string | null;
  /** A word on how it came to its state: 'nothing_sent', 'replaced', …; null while there is none. */
  outcome: string | null;
  createdAt: number;
  expiresAt: number;
}

/** How long consent may take, and how long approved tokens wait for Save Changes. */
export const consentMs = 10 * 60_000;
export const pendingMs = 60 * 60_000;

/** What a browser brought back from the remote site. */
export type Callback =
  | { kind: 'denied'; token: string }
  | { kind: 'problem'; token: string; problem: string }
  /** `verifier` is oauth_verifier or code; it may be empty. */
  | { kind: 'approved'; token: string; verifier: string | undefined };

const visible = /^[\x20-\x7e]{1,512}$/;
/** An empty verifier may be a refusal, which the service's record decides. */
const verifierText = /^[\x20-\x7e]{0,512}$/;
/** Codes of OAuth 2 are longer than verifiers; some hold all that the token will say. */
const visibleCode = /^[\x20-\x7e]{1,4096}$/;
/** How a person's no is called. */
const refusals: ReadonlySet<string> = new Set(['user_refused', 'permission_denied', 'access_denied']);
/** Whatever the remote side may have given out as request token; only a hash of it is ever compared. */
const tokenText = /^[^\p{Cc}]{1,4096}$/u;

/**
 * Reads the callback's query: OAuth 1.0a's `oauth_token`, or OAuth 2's `state`. Consent is refused as
 * `denied=TOKEN` (Twitter), as `oauth_problem`, or as OAuth 2's `error`; a refusal wins over a verifier beside it.
 * Throws `bad_request` for what is doubled, missing or no text of its kind.
 */
export function readCallback(query: URLSearchParams): Callback {
  const one = (name: string, shape: RegExp): string | undefined => {
    const [value, ...more] = query.getAll(name);
    if (more.length > 0) throw new HubError('bad_request', `The address holds ${name} more than once.`);
    if (value !== undefined && !shape.test(value)) {
      throw new HubError('bad_request', `The address holds ${name} with no value that can be used.`);
    }
    return value;
  };
  const denied = one('denied', tokenText);
  const requestToken = one('oauth_token', tokenText);
  // Some services of OAuth 1.0a bring a state of their own beside the token.
  const isOAuth2 = requestToken === undefined && denied === undefined;
  const token = denied ?? requestToken ?? one('state', tokenText);
  const verifier = isOAuth2 ? one('code', visibleCode) : one('oauth_verifier', verifierText);
  const problem = one(isOAuth2 ? 'error' : 'oauth_problem', visible);
  if (token === undefined) {
    throw new HubError(
      'bad_request',
      'The address lacks oauth_token or state, so it belongs to no link that was begun here. Whoever refused consent has nothing more to do: nothing was changed.',
    );
  }
  if (denied !== undefined || (problem !== undefined && refusals.has(problem)))
    return { kind: 'denied', token };
  if (problem !== undefined) return { kind: 'problem', token, problem };
  return { kind: 'approved', token, verifier };
}

/** What a flow is found by at the callback; two services may give out the same request token. */
export function requestTokenHash(serviceId: string, requestToken: string): string {
  return createHash('sha256').update(`${serviceId}\n${requestToken}`).digest('base64url');
}

/** In constant time for texts of one length. */
export function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Where the browser is sent instead when COUNTERSIGN_CONNECT_TO names the origin; path and query are kept. */
export function throughConnectTo(url: URL, connectTo: ReadonlyMap<string, string>): URL {
  const target = connectTo.get(url.origin);
  return target === undefined ? url : new URL(`${target}${url.pathname}${url.search}`);
}

/** Throws what a browser is told that comes to a flow which waits for it no longer. */
export function refuseEndedFlow(flow: LinkFlow, now: number): void {
  switch (flow.state) {
    case 'new':
    case 'waiting':
      if (flow.expiresAt <= now)
        throw new HubError('flow_expired', 'Consent came too late: a link is good for 10 minutes.');
      return;
    case 'discarded':
      throw new HubError('flow_used', 'This link was replaced by a newer one, or discarded.');
    case 'unknown':
      throw new HubError(
        'flow_used',
        'The remote service did not answer in time, so this link cannot be used again.',
      );
    case 'denied':
      throw new HubError('flow_used', 'Consent was refused before, which ended this link.');
    case 'failed':
      throw new HubError(
        flow.outcome === 'expired' ? 'flow_expired' : 'flow_used',
        'This link failed before and cannot be used again.',
      );
    case 'exchanging':
    case 'pending':
    case 'saved':
      throw new HubError('flow_used', 'This link was used already.');
  }
}
