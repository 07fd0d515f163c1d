/** The contract of a channel type: what a messaging service can do, as data and pure functions. No I/O. */

/** How a request to the remote service is authenticated. */
export type ChannelAuth =
  /** Signed with the channel's account. */
  | 'account'
  /** `Authorization: Bearer` of the app itself, from `appToken`. */
  | 'app'
  /** Basic with consumer key and secret; only for `appToken`. */
  | 'consumer';

/** A request of a channel type, before authentication. */
export interface ChannelRequest {
  method: string;
  url: string;
  headers: [string, string][];
  /** Empty text: none. */
  body: string;
  auth: ChannelAuth;
}

/** An answer as a channel type reads it; `json` is null where the body is no JSON. Ids in it are never numbers. */
export interface ChannelAnswer {
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  json: unknown;
  text: string;
}

/** What to do about a refusal; a closed set, so that a remote text never decides. */
export type Remedy =
  | 'fail'
  /** Same request later: `retryAt`. */
  | 'wait'
  /** The service may or may not have done it: never send again blindly. */
  | 'unknown'
  | 'reauthorize'
  | 'needs_permission'
  | 'awaiting_provider_access'
  | 'blocked'
  /** It was done before; as good as done now. */
  | 'already_done';

export interface Refusal {
  ok: false;
  remedy: Remedy;
  /** The provider's own code, as text; '' where it gives none. */
  code: string;
  /** A sentence for a person, with the next step. Holds no secret. */
  message: string;
  /** UTC milliseconds; only with `wait`. */
  retryAt?: number;
}

export type ChannelReading<T> = { ok: true; value: T } | Refusal;

/** A request and how to read its answer: no pure code waits on a socket. */
export interface ChannelCall<T> {
  request: ChannelRequest;
  read(answer: ChannelAnswer, now: number): ChannelReading<T>;
}

export interface RemotePerson {
  id: string;
  name: string | null;
  handle: string | null;
  imageUrl: string | null;
}

/** Something that happened at the remote service. `key` is the same for every delivery of the same event. */
export type ChannelEvent =
  | {
      kind: 'message';
      key: string;
      remoteId: string;
      /** UTC milliseconds, by the provider's clock. */
      at: number;
      /** 'out': sent by the channel's own account, from here or from another client. */
      direction: 'in' | 'out';
      /**
       * 'direct' between two people; 'mention' in public. The key of a mention is the remote id of what it answers,
       * else its own: where a message of that id is known, its conversation is meant.
       */
      conversation: { kind: 'direct' | 'mention'; key: string };
      /** The other person: who wrote, or whom the account wrote to; the account itself where it wrote to nobody. */
      person: RemotePerson;
      text: string;
      /** Payload of the button that was pressed. */
      payload: string | null;
      /** Remote id of the app that sent an outgoing one, where the provider tells. */
      sentByApp: string | null;
      attachments: readonly { type: 'image' | 'video' | 'file'; url: string }[];
      /** As it came, for programs. */
      raw: unknown;
    }
  | { kind: 'revoked'; key: string; at: number }
  | { kind: 'other'; key: string; type: string; at: number };

export interface Button {
  label: string;
  payload: string;
}

/** What shall be said to whom. */
export type Outgoing =
  | { kind: 'direct'; to: string; text: string; buttons: readonly Button[] }
  /**
   * A public post; an answer when `inReplyTo` names one. Posts have no buttons: those the text numbers are kept
   * beside it, so that the answer to it is understood.
   */
  | { kind: 'post'; text: string; inReplyTo: string | null; buttons?: readonly Button[] };

/** Limits as data (each may be changed per channel). Lengths in the unit the provider counts. */
export interface ChannelLimits {
  messagesPerDay: number;
  /** Answers that one received message allows, and for how long. */
  answersPerMessage: number;
  answerWindowMs: number;
  maxTextLength: number;
  maxButtons: number;
  maxButtonLabelLength: number;
  /** What a button carries unseen. */
  maxButtonPayloadLength: number;
  maxPostLength: number;
}

export interface ChannelCapabilities {
  /** Buttons as such; without, they become numbered text. */
  buttons: boolean;
  posts: boolean;
  typing: boolean;
}

/** One item of the set-up list. What is `checked` shows its state by itself. */
export interface SetUpItem {
  id: string;
  title: string;
  help: string;
  /** Its name at the remote service in 2026, or 'no longer exists'. */
  today: string;
  /** A text to paste at the remote service. */
  paste?: string;
}

/** The four keys under the names the remote service uses, and where they go. */
export interface KeyField {
  key: 'client_id' | 'client_secret' | 'oauth_token' | 'oauth_token_secret';
  label: string;
  isSecret: boolean;
}

/** The remote webhook of a channel. */
export interface RemoteWebhook {
  id: string;
  url: string;
  valid: boolean;
}

/** Steps of Authorize; each can be repeated. `label` is the environment label. */
export interface Registration {
  identity(): ChannelCall<{ person: RemotePerson; accessLevel: string | null }>;
  /** App token for calls with auth 'app'. */
  appToken(): ChannelCall<string>;
  listWebhooks(label: string): ChannelCall<RemoteWebhook[]>;
  createWebhook(label: string, url: string): ChannelCall<RemoteWebhook>;
  /** Asks the service to check the address again. */
  validateWebhook(label: string, webhookId: string): ChannelCall<null>;
  deleteWebhook(label: string, webhookId: string): ChannelCall<null>;
  subscribe(label: string): ChannelCall<null>;
  isSubscribed(label: string): ChannelCall<boolean>;
  unsubscribe(label: string, remoteUserId: string): ChannelCall<null>;
}

/** One thing to ask for again and again where no webhook is used. `cursor` is '' the first time. */
export interface Poll {
  /** 'direct messages', 'mentions'. */
  name: string;
  everyMs: number;
  /** What happened before `since` (UTC milliseconds: when the channel was enabled first) is left out. */
  call(
    self: RemotePerson,
    cursor: string,
    since: number,
  ): ChannelCall<{ events: ChannelEvent[]; cursor: string }>;
}

export interface ChannelType {
  /** 'twitter'. */
  id: string;
  title: string;
  /**
   * The same service by other versions of its interface, by name; each is a whole type with the same id. A channel
   * without one named in its settings uses this type itself.
   */
  versions?: ReadonlyMap<string, ChannelType>;
  keyFields: readonly KeyField[];
  label: { name: string; help: string; pattern: RegExp };
  setUp: readonly SetUpItem[];
  /** Plain words on what the remote service offers, charges for and has deprecated. */
  honesty: readonly string[];
  capabilities: ChannelCapabilities;
  limits: ChannelLimits;
  /** Fields of the connected service that the four keys make (`extension_id`, `params`, `allowed_hosts`). */
  service(clientId: string, clientSecret: string): Record<string, unknown>;
  /** Whether the service's access level allows these: from `identity`. */
  mayDirect(accessLevel: string | null): boolean;
  mayPost(accessLevel: string | null): boolean;
  /**
   * Answers the provider's challenge (a GET with a query); undefined when the query holds none. `signature`, where
   * the provider signs challenges too, is refused when it is wrong.
   */
  answerChallenge(
    rawQuery: string,
    headers: Readonly<Record<string, string>>,
    secret: string,
  ): { ok: boolean; body: string } | undefined;
  /** Whether the body was signed with the secret; over the raw bytes, in constant time. */
  isSigned(body: Uint8Array, headers: Readonly<Record<string, string>>, secret: string): boolean;
  /** Remote user the body is for; undefined when it does not say. */
  forUser(body: unknown): string | undefined;
  /** Every event in the body, in the order of the provider's time, then id. */
  parse(body: unknown, self: RemotePerson): ChannelEvent[];
  registration: Registration;
  polls: readonly Poll[];
  /** Length of a post or message in the unit of the limits. */
  measure(outgoing: Outgoing): number;
  /** Builds the request that sends it. Buttons that the service lacks become numbered text. */
  send(outgoing: Outgoing): ChannelCall<{ remoteId: string }>;
  /**
   * Looks whether a message whose fate is unknown arrived at or after `sinceMs` (when it was sent, by the provider's
   * clock); null: not seen. Undefined where the provider offers no look-up.
   */
  lookUp?(outgoing: Outgoing, self: RemotePerson, sinceMs: number): ChannelCall<{ remoteId: string } | null>;
}
