/** What became of messages that nobody waits for any more: lost answers, and what was held until now. */
import { inTransaction } from '../db/transaction.ts';
import { enqueueSending } from './outbox.ts';
import type { Channel, Message } from './records.ts';
import { type Deps as SendDeps, sendMessage } from './send.ts';
import { findChannel } from './store-channels.ts';
import { touchConversation } from './store-conversations.ts';
import {
  findMessageByRemoteId,
  listHeldDue,
  listMessagesIn,
  markSent,
  moveMessage,
} from './store-messages.ts';
import { listAnswerable, listParkedFree, listUnknown, listWaitingForAnswer } from './store-outbox.ts';
import { typeOf } from './type-of.ts';

const atOnce = 100;
/** Longer than any request takes, whatever waits before it. */
const graceMs = 60_000;
/** After this a person is told. */
const patienceMs = 600_000;

export interface Deps extends SendDeps {
  totalTimeoutMs: number;
}

/**
 * Job `settle messages`. What a process was sending when it died may have arrived: it is `unknown`. What is unknown
 * is looked up, and after ten minutes a person is told. What is queued and has no job is sent.
 */
export async function settleMessages(deps: Deps): Promise<void> {
  const { db, now } = deps;
  for (const message of await listMessagesIn(db, 'sending', now() - deps.totalTimeoutMs - graceMs, atOnce)) {
    await inTransaction(db, async (trx) => {
      await moveMessage(trx, message.id, ['sending'], 'unknown', { errorCode: 'interrupted' });
      await touch(trx, message, now());
    });
  }
  for (const message of await listUnknown(db, atOnce)) await settleUnknown(deps, message);
  for (const message of await listMessagesIn(db, 'queued', now() - 2 * graceMs, atOnce)) {
    await sendMessage(deps, message.id);
  }
}

/**
 * Job `release held`: what was held until now, or parked on a channel that can send again, or waited for
 * an answer that came, is queued, and sent if the limits let it go.
 */
export async function releaseHeld(deps: SendDeps): Promise<void> {
  const { db, now } = deps;
  const free = [
    ...(await listHeldDue(db, now(), atOnce)),
    ...(await listParkedFree(db, atOnce)),
    ...(await listAnswerable(db, now(), atOnce)),
  ];
  for (const message of free) await release(deps, message);
}

/** The other person wrote: what waited for that is queued again. */
export async function releaseAnswers(deps: SendDeps, conversationId: string): Promise<void> {
  for (const message of await listWaitingForAnswer(deps.db, conversationId)) await release(deps, message);
}

async function release(deps: SendDeps, { id }: Message): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    const isQueued = await moveMessage(trx, id, ['held'], 'queued', {
      heldUntil: null,
      heldReason: null,
      errorCode: null,
    });
    if (isQueued) await enqueueSending(deps, trx, id, deps.now());
  });
}

async function settleUnknown(deps: Deps, message: Message): Promise<void> {
  const { db, now } = deps;
  const channel = await findChannel(db, message.channelId);
  const remoteId = channel && (await lookUp(deps, channel, message));
  await inTransaction(db, async (trx) => {
    if (remoteId) {
      await markSent(trx, message, { remoteId, at: message.sentAt ?? message.at });
    } else if (now() - (message.sentAt ?? message.at) >= patienceMs) {
      const error =
        'It may or may not have arrived, and is not sent again by itself. Look at the remote service first.';
      await moveMessage(trx, message.id, ['unknown'], 'unknown', { error });
    } else return;
    await touch(trx, message, now());
  });
}

/** Undefined: not seen, or nobody to ask. What is known as another message of ours, of the same text, is not it. */
async function lookUp(deps: Deps, channel: Channel, message: Message): Promise<string | undefined> {
  const type = typeOf(deps.types, channel);
  if (!type.lookUp || !message.outgoing || channel.remoteUserId === null || channel.state !== 'active') {
    return undefined;
  }
  const self = { id: channel.remoteUserId, name: null, handle: channel.remoteUserName, imageUrl: null };
  const reading = await deps.callRemote(
    channel,
    type.lookUp(message.outgoing, self, message.sentAt ?? message.at),
  );
  const remoteId = reading.ok ? reading.value?.remoteId : undefined;
  const known = remoteId && (await findMessageByRemoteId(deps.db, channel.id, remoteId));
  return known && known.author !== 'external' ? undefined : remoteId;
}

async function touch(
  trx: Parameters<typeof touchConversation>[0],
  { conversationId }: Message,
  now: number,
): Promise<void> {
  if (conversationId !== null) await touchConversation(trx, conversationId, { now });
}
