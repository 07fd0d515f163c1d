/** The words of channels: a channel, its address, what came in, contacts, conversations, messages. Pure. */
import type { ChannelLimits, Outgoing, Remedy } from './channel.ts';

/**
 * `draft`: no keys yet. `needs_authorize`: keys or label are new, or the permission was revoked. `needs_permission`:
 * the token may do too little. `awaiting_provider_access`: the remote service has not granted its interface yet.
 * `blocked`: the remote service locked the account or the app. `error`: `lastError` says what. Only in `active`
 * anything is sent. A deleted channel is found no more; its row stays only for conversations that were kept.
 */
export type ChannelState =
  | 'draft'
  | 'needs_authorize'
  | 'needs_permission'
  | 'awaiting_provider_access'
  | 'blocked'
  | 'active'
  | 'error'
  | 'deleted';

export type Transport = 'webhook' | 'polling';

export interface ChannelSettings {
  /** `strict` holds what exceeds the answers that a message allows; `adaptive` sends it and counts it. */
  replyPolicy: 'strict' | 'adaptive';
  /** Version of the remote service's interface, a name in its type's `versions`; null: the type itself. */
  version: string | null;
  /** Limits that differ from the channel type's. */
  limits: Partial<ChannelLimits>;
  /** How long the bot is silent after a person answered. */
  botPauseMs: number;
  /** What happens to what comes in while the channel is disabled: the raw request is kept, or not. */
  whenDisabled: 'store' | 'drop';
  /** A closed conversation is taken up again within this time; later a new one begins. */
  reopenMs: number;
}

export interface Channel {
  id: string;
  botId: string;
  /** Id of its ChannelType. */
  type: string;
  name: string;
  accountId: string | null;
  /** The account was made from the four keys of this channel and goes with it. */
  ownsAccount: boolean;
  /** Environment label; '' where none was entered. */
  label: string;
  transport: Transport;
  state: ChannelState;
  isEnabled: boolean;
  enabledAt: number | null;
  settings: ChannelSettings;
  remoteUserId: string | null;
  remoteUserName: string | null;
  accessLevel: string | null;
  remoteWebhookId: string | null;
  /** What the remote service said last of its webhook; null while it was not asked. */
  isValid: boolean | null;
  lastCrcAt: number | null;
  lastEventAt: number | null;
  lastErrorAt: number | null;
  lastError: string | null;
  /** By name of the poll. */
  pollCursors: Readonly<Record<string, PollCursor>>;
  createdAt: number;
  updatedAt: number;
}

export interface PollCursor {
  cursor: string;
  /** When it was asked last. */
  at: number;
}

/** An address `/hooks/x/STREAM_ID`. `channelId` null: no channel has it any more. Ended ones never come back. */
export interface Stream {
  id: string;
  channelId: string | null;
  isPaused: boolean;
  accepted: number;
  refused: number;
  badSignaturesInRow: number;
  createdAt: number;
  endedAt: number | null;
}

/**
 * `new` waits for its job, `poison` failed five times, `unroutable` is for nobody here, `disabled` came while the
 * channel was disabled. `bad_signature` holds no body; what is refused for its size or pace makes no row at all.
 */
export type HookOutcome = 'new' | 'done' | 'poison' | 'unroutable' | 'disabled' | 'bad_signature';

export interface HookRequest {
  id: string;
  streamId: string;
  channelId: string | null;
  /** Address of the caller. */
  address: string;
  outcome: HookOutcome;
  body: string | null;
  tries: number;
  lastError: string | null;
  receivedAt: number;
  processedAt: number | null;
}

export interface Contact {
  id: string;
  channelType: string;
  remoteId: string;
  name: string | null;
  handle: string | null;
  imageUrl: string | null;
}

export type ConversationKind = 'direct' | 'mention';

export interface Conversation {
  id: string;
  channelId: string;
  contactId: string;
  kind: ConversationKind;
  externalKey: string;
  state: 'open' | 'closed';
  /** Answers left of those the last received message allows, until `answersUntil`. */
  answersLeft: number;
  answersUntil: number | null;
  botPausedUntil: number | null;
  lastInboundAt: number | null;
  lastMessageAt: number;
  closedAt: number | null;
  createdAt: number;
  updatedAt: number;
}

/**
 * In: `received`. Out: `queued` -> `sending` -> `sent`, or `failed`; `held` waits for `heldUntil` (null: until the
 * channel may send again); `unknown` may have arrived and is never sent again.
 */
export type MessageState = 'received' | 'queued' | 'held' | 'sending' | 'sent' | 'unknown' | 'failed';

/** `agent`: a worker. `external`: the account itself, by another client. */
export type MessageAuthor = 'contact' | 'agent' | 'bot' | 'external';

export interface Attachment {
  type: 'image' | 'video' | 'file';
  url: string;
}

export interface Message {
  id: string;
  channelId: string;
  /** Null for a post that answers nobody. */
  conversationId: string | null;
  contactId: string | null;
  direction: 'in' | 'out';
  author: MessageAuthor;
  authorName: string;
  text: string;
  /** What is sent, buttons included; null for what came in. */
  outgoing: Outgoing | null;
  /** Of the button that was pressed. */
  payload: string | null;
  attachments: readonly Attachment[];
  /** The event as the remote service wrote it; null for our own. */
  raw: unknown;
  state: MessageState;
  heldUntil: number | null;
  heldReason: string | null;
  errorCode: string | null;
  error: string | null;
  remoteId: string | null;
  /** Unique: what was queued twice under one token is one message. */
  clientToken: string;
  /** Counts against the messages of a day. */
  isCounted: boolean;
  isEchoed: boolean;
  tries: number;
  /** By the remote service's clock for what came in, else when it was queued. */
  at: number;
  sentAt: number | null;
  createdAt: number;
}

const hour = 3_600_000;

export const defaultSettings: ChannelSettings = {
  replyPolicy: 'strict',
  version: null,
  limits: {},
  botPauseMs: 12 * hour,
  whenDisabled: 'store',
  reopenMs: 7 * 24 * hour,
};

/** The channel type's limits with the channel's own in their place. */
export function limitsOf(channel: Pick<Channel, 'settings'>, limits: ChannelLimits): ChannelLimits {
  return { ...limits, ...channel.settings.limits };
}

/** The state in which a refusal leaves a channel; undefined where it says nothing of the channel as such. */
export function stateAfter(remedy: Remedy): ChannelState | undefined {
  switch (remedy) {
    case 'reauthorize':
      return 'needs_authorize';
    case 'needs_permission':
    case 'awaiting_provider_access':
    case 'blocked':
      return remedy;
    default:
      return undefined;
  }
}

/** What logs show of a stream id: enough to tell two apart, far too little to call the address. */
export function shortStream(streamId: string): string {
  return streamId.slice(0, 8);
}

/** The address of a stream, at the origin that the remote service calls. */
export function streamUrl({ url }: { url: URL }, streamId: string): string {
  return `${url.origin}/hooks/x/${streamId}`;
}

/** The client token of something received. */
export function inboundToken(channelId: string, eventKey: string): string {
  return `in:${channelId}:${eventKey}`.slice(0, 255);
}
