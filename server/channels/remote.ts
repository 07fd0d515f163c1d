/** Calls to the remote service for a channel: authenticated, within its rate windows, read losslessly. */
import { findBot } from '../bots/store.ts';
import {
  consumerOfService,
  deliverAs,
  deliverForService,
  getLinkedAccount,
  type UsableAccount,
} from '../connections/account-facts.ts';
import type { AccountDeps } from '../connections/accounts.ts';
import { joinHeaders } from '../connections/rate-headers.ts';
import { inTransaction } from '../db/transaction.ts';
import type { Delivery, OutboundRequest } from '../delivery/delivery.ts';
import { HubError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type {
  ChannelAnswer,
  ChannelCall,
  ChannelReading,
  ChannelRequest,
  ChannelType,
  Refusal,
} from './channel.ts';
import { type Channel, stateAfter } from './records.ts';
import { moveChannel, noteOnChannel } from './store-channels.ts';
import { parkQueued } from './store-messages.ts';
import { type ChannelTypes, typeOf } from './type-of.ts';

export interface RemoteDeps extends AccountDeps {
  types: ChannelTypes;
  /** App tokens of this process, by consumer key; one that is refused is fetched anew. */
  appTokens: Map<string, string>;
}

/** What came of a call. `sent` false: certainly nothing was done over there. */
export type RemoteReading<T> = ChannelReading<T> & { sent: boolean };

/** How long to wait before the next try where nothing else says so. */
const pauseMs = 30_000;

/**
 * Sends what a channel type built, as the channel's bot with the channel's account. Refusals of ours (no account, no
 * right, host not allowed, window used up) are answers too: nothing was sent. Throws only for faults of our own.
 */
export async function callRemote<T>(
  deps: RemoteDeps,
  channel: Channel,
  call: ChannelCall<T>,
): Promise<RemoteReading<T>> {
  const type = typeOf(deps.types, channel);
  const opened = await openAccount(deps, channel);
  if ('remedy' in opened) return { ...opened, sent: false };
  const { request } = call;
  const authorized = await authorize(deps, channel, type, opened, request);
  if ('refusal' in authorized) return { ...authorized.refusal, sent: false };
  let delivery: Delivery;
  try {
    delivery = await authorized.deliver();
  } catch (error) {
    return { ...(limitOf(error, deps.now()) ?? refusalOf(error)), sent: false };
  }
  const { response, fault } = delivery;
  if (!response || fault)
    return { ...faultRefusal(type, request, fault, deps.now()), sent: fault?.sent ?? true };
  const answer = toAnswer(response);
  if (answer.status === 401 && request.auth === 'app' && authorized.isCached) {
    deps.appTokens.delete(authorized.key);
    return callRemote(deps, channel, call);
  }
  return { ...call.read(answer, deps.now()), sent: true };
}

/**
 * What a refusal in the course of work means for the channel as such: its state, its last error, and that what
 * waits to be sent is parked. Else it concerns the one call only. What it means for the account was noted when it was
 * answered.
 */
export async function noteRefusal(
  deps: Pick<RemoteDeps, 'db' | 'now'>,
  channel: Pick<Channel, 'id'>,
  refusal: Pick<Refusal, 'remedy' | 'code' | 'message'>,
): Promise<void> {
  if (refusal.code === windowUsedUp) return;
  const state = stateAfter(refusal.remedy);
  const now = deps.now();
  await inTransaction(deps.db, async (trx) => {
    await noteOnChannel(trx, channel.id, { lastError: refusal.message, lastErrorAt: now });
    if (state === undefined) return;
    await moveChannel(trx, channel.id, 'any', state, now);
    await parkQueued(trx, channel.id, refusal.message);
  });
}

const notLinked = 'account_unlinked';
/** Our own patience is no error of the channel. */
const windowUsedUp = 'rate_window';

async function openAccount(deps: RemoteDeps, channel: Channel): Promise<UsableAccount | Refusal> {
  const bot = await findBot(deps.db, channel.botId);
  if (!bot || channel.accountId === null) {
    const message = 'The channel has no account yet: enter its keys, or choose a linked account.';
    return { ok: false, remedy: 'reauthorize', code: notLinked, message };
  }
  try {
    const actor = { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner } as const;
    return await getLinkedAccount(deps, actor, channel.accountId);
  } catch (error) {
    return refusalOf(error);
  }
}

type Authorized = { deliver(): Promise<Delivery>; key: string; isCached: boolean } | { refusal: Refusal };

async function authorize(
  deps: RemoteDeps,
  channel: Channel,
  type: ChannelType,
  opened: UsableAccount,
  request: ChannelRequest,
): Promise<Authorized> {
  const outbound = toOutbound(request);
  if (request.auth === 'account') {
    return { deliver: () => deliverAs(deps, opened, outbound), key: '', isCached: false };
  }
  const consumer = consumerOfService(opened.opened);
  if (!consumer) {
    const message = `The service '${opened.opened.service.name}' has no consumer key and secret.`;
    return { refusal: { ok: false, remedy: 'fail', code: 'no_consumer', message } };
  }
  const bear = (authorization: string, secret: string, purpose: 'request' | 'token') => () =>
    deliverForService(
      deps,
      opened,
      { ...outbound, headers: [...outbound.headers, ['Authorization', authorization]] },
      { purpose, secrets: [secret] },
    );
  if (request.auth === 'consumer') {
    const basic = Buffer.from(
      `${encodeURIComponent(consumer.key)}:${encodeURIComponent(consumer.secret)}`,
    ).toString('base64');
    return { deliver: bear(`Basic ${basic}`, basic, 'token'), key: '', isCached: false };
  }
  const cached = deps.appTokens.get(consumer.key);
  if (cached !== undefined) {
    return { deliver: bear(`Bearer ${cached}`, cached, 'request'), key: consumer.key, isCached: true };
  }
  const fetched = await callRemote(deps, channel, type.registration.appToken());
  if (!fetched.ok) return { refusal: fetched };
  deps.appTokens.set(consumer.key, fetched.value);
  return {
    deliver: bear(`Bearer ${fetched.value}`, fetched.value, 'request'),
    key: consumer.key,
    isCached: false,
  };
}

function toOutbound({ method, url, headers, body }: ChannelRequest): OutboundRequest {
  return {
    method,
    url: new URL(url),
    headers: [...headers],
    ...(body !== '' && { body: new TextEncoder().encode(body) }),
  };
}

function toAnswer(response: NonNullable<Delivery['response']>): ChannelAnswer {
  const text = new TextDecoder().decode(response.body);
  const headers = joinHeaders(response.headers);
  return { status: response.status, headers, json: jsonOf(text), text };
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}

/** The service allows no more of these calls for now; undefined for any other refusal. */
function limitOf(error: unknown, now: number): Refusal | undefined {
  if (!(error instanceof HubError) || error.code !== 'rate_limited') return undefined;
  const retryAt = now + Number(error.extra.retry_after) * 1000;
  return { ok: false, remedy: 'wait', code: windowUsedUp, message: error.message, retryAt };
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof HubError) || error.status >= 500) throw error;
  const remedy = error.code === notLinked ? 'reauthorize' : 'fail';
  return { ok: false, remedy, code: error.code, message: error.message };
}

/** No whole answer came. What changes nothing, and what never left, may be asked again. */
function faultRefusal(
  type: ChannelType,
  request: ChannelRequest,
  fault: Delivery['fault'],
  now: number,
): Refusal {
  const why = fault?.message ?? 'no answer came';
  const message = `${type.title} did not answer: ${why}`;
  const code = fault?.kind ?? 'interrupted';
  const isOver = fault?.sent !== false && request.method !== 'GET';
  return isOver
    ? { ok: false, remedy: 'unknown', code, message }
    : { ok: false, remedy: 'wait', code, message, retryAt: now + pauseMs };
}
