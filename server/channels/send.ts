/** Sends what the outbox holds: each message at most once, in its conversation's order, within the limits. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { ChannelAnswer, ChannelCall, ChannelReading, Refusal } from './channel.ts';
import { decideSend } from './limits.ts';
import { obstacleOf } from './obstacle.ts';
import type { Deps as OutboxDeps } from './outbox.ts';
import { type Channel, limitsOf, type Message } from './records.ts';
import { noteRefusal } from './remote.ts';
import { findChannel } from './store-channels.ts';
import { findConversation, takeAnswer, touchConversation } from './store-conversations.ts';
import { findMessage, listCountedTimes, markSent, moveMessage } from './store-messages.ts';
import { findNextOut, holdQueued, lockAccount, returnAnswer, waitsForAnswer } from './store-outbox.ts';
import { typeOf } from './type-of.ts';

const dayMs = 86_400_000;
/** Where the remote service does not say when to come back. */
const firstPauseMs = 60_000;
const longestPauseMs = 15 * 60_000;

export interface Deps extends OutboxDeps {
  db: Knex;
  /** Asks the remote service as the channel; a fault on the way is a refusal to `wait`, or `unknown`. */
  callRemote<T>(channel: Channel, call: ChannelCall<T>): Promise<ChannelReading<T>>;
}

/**
 * Sends a message that is queued, and then those of its conversation that waited for it. Answers the message as it
 * stands afterwards; `onAnswer` sees the remote service's. What is not queued is left alone, so that running it again sends nothing again.
 */
export async function sendMessage(
  deps: Deps,
  messageId: string,
  onAnswer?: (answer: ChannelAnswer) => void,
): Promise<Message | undefined> {
  let next: string | undefined = messageId;
  while (next !== undefined) {
    const claim: Claim | undefined = await claimMessage(deps, next);
    if (!claim) break;
    await settleSending(deps, claim, await ask(deps, claim, next === messageId ? onAnswer : undefined));
    const { conversationId } = claim.message;
    const waiting: Message | undefined =
      conversationId === null ? undefined : await findNextOut(deps.db, conversationId);
    next = waiting?.state === 'queued' ? waiting.id : undefined;
  }
  return findMessage(deps.db, messageId);
}

/** A message that this process, and no other, now sends. */
interface Claim {
  message: Message;
  channel: Channel;
  /** One of the answers that a received message allows was taken for it. */
  hasTakenAnswer: boolean;
}

/** Moves a queued message to `sending` if it is its turn and the limits let it go; else it waits, or is held. */
function claimMessage({ db, types, now }: Deps, id: string): Promise<Claim | undefined> {
  return inTransaction(db, async (trx) => {
    const message = await findMessage(trx, id);
    if (message?.state !== 'queued' || !message.outgoing) return undefined;
    const channel = await findChannel(trx, message.channelId);
    if (!channel) {
      const error = 'The channel was deleted before the message could be sent.';
      await moveMessage(trx, id, ['queued'], 'failed', { errorCode: 'channel_deleted', error });
      return undefined;
    }
    const hold = (what: Hold) => holdMessage(trx, message, what, now(), 'queued');
    const { conversationId } = message;
    const first = conversationId === null ? undefined : await findNextOut(trx, conversationId);
    if (first && first.id !== id) {
      const { heldUntil, heldReason, errorCode } = first;
      if (first.state === 'held') await hold({ until: heldUntil, reason: heldReason ?? '', code: errorCode });
      return undefined;
    }
    const type = typeOf(types, channel);
    const obstacle = obstacleOf(channel, type, message.outgoing.kind);
    if (obstacle !== undefined) return hold({ until: null, reason: obstacle, code: null });

    if (channel.accountId) await lockAccount(trx, channel.accountId);
    const conversation = conversationId === null ? undefined : await findConversation(trx, conversationId);
    const limits = limitsOf(channel, type.limits);
    const counted = channel.accountId ? await listCountedTimes(trx, channel.accountId, now() - dayMs) : [];
    const decision = decideSend({
      kind: message.outgoing.kind,
      policy: channel.settings.replyPolicy,
      limits,
      answers: { left: conversation?.answersLeft ?? 0, until: conversation?.answersUntil ?? null },
      lastOfDay: counted.at(-limits.messagesPerDay) ?? null,
      now: now(),
    });
    if (decision.kind === 'hold') {
      const { until, message: reason } = decision;
      return hold({ until, reason, code: decision.reason === 'answers' ? waitsForAnswer : null });
    }
    const isOurs = await moveMessage(trx, id, ['queued'], 'sending', {
      isCounted: decision.isCounted,
      tries: message.tries + 1,
      sentAt: now(),
      heldUntil: null,
      heldReason: null,
      errorCode: null,
      error: null,
    });
    if (!isOurs) return undefined;
    const isAnswer = message.outgoing.kind === 'direct' && conversationId !== null;
    const hasTakenAnswer = isAnswer && (await takeAnswer(trx, conversationId));
    return { message: { ...message, tries: message.tries + 1 }, channel, hasTakenAnswer };
  });
}

async function ask(
  deps: Deps,
  { message, channel }: Claim,
  onAnswer: ((answer: ChannelAnswer) => void) | undefined,
): Promise<ChannelReading<{ remoteId: string }>> {
  // claimMessage claims only what has something to send.
  const outgoing = message.outgoing ?? { kind: 'post', text: message.text, inReplyTo: null };
  const { request, read } = typeOf(deps.types, channel).send(outgoing);
  try {
    return await deps.callRemote(channel, {
      request,
      read(answer, now) {
        onAnswer?.(answer);
        return read(answer, now);
      },
    });
  } catch (error) {
    // A HubError is a refusal of our own, before anything was sent. Anything else leaves the fate open.
    if (!(error instanceof HubError)) throw error;
    const remedy =
      error.code === 'account_unlinked' ? 'reauthorize' : error.code === 'busy' ? 'wait' : 'fail';
    return { ok: false, remedy, code: error.code, message: error.message };
  }
}

async function settleSending(
  { db, now }: Deps,
  { message, channel, hasTakenAnswer }: Claim,
  reading: ChannelReading<{ remoteId: string }>,
): Promise<void> {
  await inTransaction(db, async (trx) => {
    const { conversationId } = message;
    if (reading.ok) await markSent(trx, message, { remoteId: reading.value.remoteId, at: now() });
    else await settleRefusal(trx, message, reading, now());
    const wentOut = reading.ok || reading.remedy === 'unknown' || reading.remedy === 'already_done';
    if (!wentOut && hasTakenAnswer && conversationId !== null) await returnAnswer(trx, conversationId);
    if (conversationId !== null) await touchConversation(trx, conversationId, { now: now() });
  });
  if (!reading.ok && reading.remedy !== 'already_done') await noteRefusal({ db, now }, channel, reading);
}

async function settleRefusal(
  trx: Knex.Transaction,
  message: Message,
  refusal: Refusal,
  now: number,
): Promise<void> {
  const { id, tries } = message;
  const told = { errorCode: refusal.code, error: refusal.message };
  switch (refusal.remedy) {
    case 'already_done':
      await moveMessage(trx, id, ['sending'], 'sent', { sentAt: now });
      return;
    case 'unknown':
      await moveMessage(trx, id, ['sending'], 'unknown', { errorCode: refusal.code });
      return;
    case 'fail':
      await moveMessage(trx, id, ['sending'], 'failed', { ...told, isCounted: false, sentAt: null });
      return;
    case 'wait': {
      const pause = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs);
      const until = refusal.retryAt ?? now + pause;
      await holdMessage(trx, message, { until, reason: refusal.message, code: null }, now, 'sending');
      return;
    }
    default:
      // Of the channel as a whole; noteRefusal parks the others.
      await holdMessage(trx, message, { until: null, reason: refusal.message, code: null }, now, 'sending');
  }
}

interface Hold {
  /** Null: until something happens. */
  until: number | null;
  reason: string;
  code: string | null;
}

/** A held message counts for nothing. */
async function holdMessage(
  trx: Knex.Transaction,
  { id, conversationId }: Pick<Message, 'id' | 'conversationId'>,
  { until, reason, code }: Hold,
  now: number,
  from: 'queued' | 'sending',
): Promise<undefined> {
  const hold = { heldUntil: until, heldReason: reason.slice(0, 255), errorCode: code };
  await moveMessage(trx, id, [from], 'held', { ...hold, isCounted: false, sentAt: null });
  if (conversationId !== null) {
    await holdQueued(trx, conversationId, hold);
    await touchConversation(trx, conversationId, { now });
  }
  return undefined;
}
