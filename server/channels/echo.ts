/** Recognising our own messages when the remote service reports them back. Pure. */
import type { ChannelEvent, Outgoing } from './channel.ts';
import type { Message } from './records.ts';

/** How far the clocks of an echo and of our own sending may lie apart. */
export const echoWindowMs = 600_000;

/** Whether an event that reports something sent is the echo of this message of ours. */
export function isEchoOf(
  message: Pick<Message, 'outgoing' | 'at' | 'sentAt' | 'state'>,
  event: Extract<ChannelEvent, { kind: 'message' }>,
): boolean {
  const { outgoing } = message;
  if (!outgoing || (message.state !== 'sending' && message.state !== 'unknown')) return false;
  if (Math.abs((message.sentAt ?? message.at) - event.at) > echoWindowMs) return false;
  const isSamePlace =
    outgoing.kind === 'direct'
      ? event.conversation.kind === 'direct' && outgoing.to === event.person.id
      : event.conversation.kind === 'mention';
  return isSamePlace && isSameText(outgoing, event.text);
}

/** Buttons may have been written below the text, and a public answer may begin with the name of whom it answers. */
function isSameText(outgoing: Outgoing, reported: string): boolean {
  const ours = comparable(outgoing.text);
  const theirs = comparable(reported);
  if (outgoing.kind === 'direct' && outgoing.buttons.length > 0) return theirs.startsWith(ours);
  return outgoing.kind === 'post' && outgoing.inReplyTo !== null ? theirs.endsWith(ours) : theirs === ours;
}

/** Text as it can be compared after a remote service composed and trimmed it. */
function comparable(text: string): string {
  return text.normalize('NFC').replace(/\s+/g, ' ').trim();
}
