/** What a conversation does with what comes in. Pure. */
import type { Conversation } from './records.ts';

/** Unique while a conversation is open. */
export function openKeyOf(conversation: Pick<Conversation, 'channelId' | 'kind' | 'externalKey'>): string {
  return `${conversation.channelId} ${conversation.kind} ${conversation.externalKey}`;
}

/**
 * Where something received belongs, given the latest conversation with its key. What was written before that one
 * was closed does not open it again; echoes open nothing.
 */
export function placeOf(
  latest: Pick<Conversation, 'state' | 'closedAt'> | undefined,
  event: { at: number; direction: 'in' | 'out' },
  reopenMs: number,
): 'append' | 'reopen' | 'begin' {
  if (!latest) return 'begin';
  const closedAt = latest.closedAt ?? 0;
  if (latest.state === 'open' || event.direction === 'out' || event.at <= closedAt) return 'append';
  return event.at - closedAt < reopenMs ? 'reopen' : 'begin';
}

/** Whether a person answered lately, so that the bot is silent. */
export function isBotPaused(conversation: Pick<Conversation, 'botPausedUntil'>, now: number): boolean {
  return conversation.botPausedUntil !== null && conversation.botPausedUntil > now;
}
