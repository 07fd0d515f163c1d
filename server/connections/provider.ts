/** The contract of a service provider: a way of authenticating, known by Cerb's extension id. Pure types. */
import type { InboundResponse, OutboundRequest } from '../delivery/delivery.ts';
import type { Remark } from '../packages/record-type.ts';
import type { SignatureExplanation } from './oauth1/explain.ts';
import type { RemoteProblem } from './problem.ts';

/** One field of a service's or account's form, and one key of its params. */
export interface ProviderField {
  key: string;
  label: string;
  /** Other names of the same value, shown beside the label ("API key at X"). */
  alsoKnownAs?: readonly string[];
  /** `prose`: a text of several lines. `lines`: a list of texts, one a line. `pairs`: texts by name, `name=value`. */
  kind: 'text' | 'secret' | 'url' | 'select' | 'prose' | 'lines' | 'pairs' | 'json';
  required: boolean;
  /** Shown below "Advanced", which stays closed until one of its fields holds something. */
  isAdvanced?: true;
  options?: readonly string[];
  help?: string;
}

/** A service's parameters, decoded, secrets included; keys as in packages (`client_id`, `request_token_url`, …). */
export type ServiceParams = Readonly<Record<string, unknown>>;

/** An account's credentials, decoded (`oauth_token`, `oauth_token_secret`, …). */
export type Credentials = Readonly<Record<string, string>>;

/** What must differ at each signing; handed in so that the provider stays pure. Timestamp in seconds. */
export interface Freshness {
  nonce: string;
  timestamp: number;
}

/** Outcome of reading a remote answer. `problem` is a sentence for a person, redacted and escaped by the page. */
export type Reading<T> =
  | { ok: true; value: T }
  | { ok: false; problem: string; nextStep: string; remoteCode?: string };

export interface RemoteIdentity {
  /** Remote ids are text, never numbers. */
  id: string | null;
  name: string | null;
}

/** What the remote service granted. `extra` are further fields of its answer (`screen_name`, …), none of them secret. */
export interface Grant {
  credentials: Credentials;
  identity: RemoteIdentity;
  /** As the remote side names it (`read`, `read-write`, …); null where it does not say. */
  accessLevel: string | null;
  extra: Readonly<Record<string, string>>;
  /** How long the credentials are good for from now on, where the answer says so; null where it does not. */
  lifetimeMs: number | null;
  /** How long a person's consent lasts from now on, where the answer says so: renewing helps no longer than that. */
  consentLifetimeMs?: number | null;
}

/**
 * Sends a handshake's request through the delivery door, to the service's own hosts, as a token call. Rejects when no
 * answer came; whoever handed it in catches that and knows whether anything was sent.
 */
export type Send = (request: OutboundRequest) => Promise<InboundResponse>;

/** What renews credentials without a person: OAuth 2's refresh token, a session handle, a renewal address. */
export interface RenewalSteps {
  /** Whether these credentials hold what renewing takes. */
  canRenew(service: ServiceParams, credentials: Credentials): boolean;
  /**
   * The grant holds the whole new credentials, those that stay included. `isFinal`: only a person's consent can help
   * (`invalid_grant`); else it may be tried again later.
   */
  renew(
    service: ServiceParams,
    credentials: Credentials,
    input: Freshness & { send: Send },
  ): Promise<{ ok: true; value: Grant } | { ok: false; isFinal: boolean; problem: string; nextStep: string }>;
}

/** What a link keeps between its two halves: what the browser carries there and back, and its secret. */
export interface Handshake {
  /** The request token (OAuth 1.0a) or the state (OAuth 2); a callback's flow is found by its hash. */
  token: string;
  /** The request token's secret, or the PKCE verifier. */
  secret: string;
}

/** A token that the remote service takes no longer: its time is over, or somebody ended it. */
export interface TokenRefusal {
  status: 'expired' | 'revoked';
  /** What follows the service's name: "says that the token has expired." */
  sentence: string;
}

/** Asks the remote service to end the consent behind these credentials. A problem is a sentence. */
export type RevokeStep = (
  credentials: Credentials,
  input: Freshness & { send: Send },
) => Promise<{ ok: true } | { ok: false; problem: string }>;

/** The two steps around a person's consent. What fails in a way that was foreseen is a reading, not an exception. */
export interface LinkSteps {
  /** A request token from the service (OAuth 1.0a), or made here of `random` (OAuth 2). */
  start(
    service: ServiceParams,
    input: Freshness & { callbackUrl: string; random(size: number): Uint8Array; send: Send },
  ): Promise<Reading<Handshake>>;
  /** Where the browser goes to consent. */
  consentUrl(service: ServiceParams, handshake: Handshake, callbackUrl: string): URL;
  /** `verifier`: oauth_verifier, PIN or code; '' where the service gives none. `query`: all that the callback brought. */
  finish(
    service: ServiceParams,
    input: Freshness &
      Handshake & { verifier: string; callbackUrl: string; query: URLSearchParams; send: Send },
  ): Promise<Reading<Grant>>;
}

/** A handshake that the remote site begins: it sends its keys, and tokens are fetched with them by LinkSteps. */
export interface PushSteps {
  isPushed(service: ServiceParams): boolean;
  /** The form it sent. `consumer` goes into the service's params. Throws `bad_request`, `host_not_allowed`. */
  read(form: URLSearchParams, service: ServiceParams): { consumer: ServiceParams; verifier: string };
}

export interface ServiceProvider {
  /** Cerb's extension id, such as `cerb.service.provider.oauth1`. */
  id: string;
  title: string;
  serviceFields: readonly ProviderField[];
  accountFields: readonly ProviderField[];
  /** Checks params of a service; remarks carry JSON pointers below the params object. Unknown keys are faults. */
  checkService(params: ServiceParams): { faults: Remark[]; warnings: Remark[] };
  /** Without `service`: whether any service of this provider could take them. */
  checkAccount(credentials: Credentials, service?: ServiceParams): { faults: Remark[] };
  /**
   * Fields of an account where the service's record changes them; none: the service's own keys sign, so the account
   * is usable at once. Without it they are `accountFields`.
   */
  accountFieldsOf?(service: ServiceParams): readonly ProviderField[];
  /** Whether accounts of this service are linked by consent; without it they are where there is `link`. */
  isLinkedByConsent?(service: ServiceParams): boolean;
  /** When credentials end by their own word, in seconds since 1970; null where they say nothing. */
  endOf?(credentials: Credentials): number | null;
  /** Whether the service signs with an RSA key pair; the private half is then handed in beside its params. */
  signsWithKeyPair?(service: ServiceParams): boolean;
  /** Hosts of the service's own URLs, each with the names of the secrets it will receive. */
  hosts(params: ServiceParams): { host: string; receives: string[] }[];
  /** Signs: returns a new request whose bytes are the ones to send. Throws HubError `request_refused`. */
  authorize(
    request: OutboundRequest,
    service: ServiceParams,
    account: Credentials,
    fresh: Freshness,
  ): OutboundRequest;
  /**
   * What of a signature's freshness an answer refused by name, so that the request is sent once more, signed afresh.
   * For providers that sign with the time; those that do not leave it out.
   */
  refusesFreshness?(answer: InboundResponse): 'time' | 'nonce' | undefined;
  /** What a refusal means by the service's own words; without it its status alone is read. */
  readProblem?(answer: InboundResponse, secrets: readonly string[]): RemoteProblem;
  /** What was signed in a request that was sent, as labelled lines, secrets masked; null when it was not signed. */
  explain?(
    request: OutboundRequest,
    service: ServiceParams,
    account: Credentials,
  ): { label: string; value: string }[] | null;
  /**
   * The same in its parts, for OAuth 1.0a: with `theirs`, the base string that the remote side made of the request, also
   * where it first differs from ours. Null when the request carries no such signature.
   */
  explainSignature?(
    request: OutboundRequest,
    service: ServiceParams,
    account: Credentials,
    theirs?: string,
  ): SignatureExplanation | null;
  /** What an answer says of the token it was asked with, by name; undefined where it names nothing of the kind. */
  refusesToken?(answer: InboundResponse): TokenRefusal | undefined;
  /** Ends the consent at the remote service; undefined where the service's record has no address for that. */
  revokes?(service: ServiceParams): RevokeStep | undefined;
  /** Secrets of an account and its service, for redaction. */
  secrets(service: ServiceParams, account: Credentials): string[];
  link?: LinkSteps;
  push?: PushSteps;
  renewal?: RenewalSteps;
  /**
   * Gets credentials without a person's consent (OAuth 2's client credentials), for services that are not linked by
   * one. It is done when the keys are taken into use, and again before the credentials run out.
   */
  obtain?(service: ServiceParams, input: Freshness & { send: Send }): Promise<Reading<Grant>>;
  /** A sentence for providers that only sign people in: they import as a service and sign no request. */
  whyNotForRequests?: string;
}
