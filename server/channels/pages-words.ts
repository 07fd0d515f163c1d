/** What pages call the states of channels and messages, and the limits. Pure. */
import type { ChannelLimits } from './channel.ts';
import type { Channel, ChannelState, Message } from './records.ts';
import type { SetUpState } from './set-up.ts';

export interface Badge {
  text: string;
  /** Of the classes badge-…; '' for the plain one. */
  kind: 'ok' | 'warn' | 'bad' | 'info' | '';
}

const stateBadges: Readonly<Record<ChannelState, Badge>> = {
  draft: { text: 'Draft', kind: '' },
  needs_authorize: { text: 'Needs Authorize', kind: 'warn' },
  needs_permission: { text: 'Needs permission', kind: 'bad' },
  awaiting_provider_access: { text: 'Awaiting access', kind: 'warn' },
  blocked: { text: 'Blocked', kind: 'bad' },
  active: { text: 'Authorized', kind: 'ok' },
  error: { text: 'Error', kind: 'bad' },
  deleted: { text: 'Deleted', kind: '' },
};

export function badgesOf({ state, isEnabled }: Pick<Channel, 'state' | 'isEnabled'>): Badge[] {
  return [
    stateBadges[state],
    isEnabled ? { text: 'Enabled', kind: 'ok' } : { text: 'Disabled', kind: 'warn' },
  ];
}

export const setUpBadges: Readonly<Record<SetUpState['state'], Badge>> = {
  done: { text: 'Done', kind: 'ok' },
  to_do: { text: 'To do', kind: 'warn' },
  open: { text: 'Check it yourself', kind: '' },
  not_needed: { text: 'Not needed', kind: '' },
};

const messageBadges: Readonly<Record<Message['state'], Badge | null>> = {
  received: null,
  queued: { text: 'Queued', kind: 'info' },
  held: { text: 'Held', kind: 'warn' },
  sending: { text: 'Sending', kind: 'info' },
  sent: { text: 'Sent', kind: 'ok' },
  unknown: { text: 'Unknown', kind: 'warn' },
  failed: { text: 'Failed', kind: 'bad' },
};

/** Undefined for what was received. */
export function messageBadge({ state }: Pick<Message, 'state'>): Badge | null {
  return messageBadges[state];
}

/** Why a message stands as it does, where that needs a word. */
export function messageRemark(message: Pick<Message, 'state' | 'heldReason' | 'error'>): string | null {
  const { state, heldReason, error } = message;
  if (state === 'held') return heldReason;
  if (state === 'failed') return error ?? 'It could not be sent.';
  if (state !== 'unknown') return null;
  return error ?? 'No answer came. It may have arrived; it is looked up, and never sent again by itself.';
}

/** The limits that the page lets change, in its order. */
export const limitLabels: readonly { key: keyof ChannelLimits; label: string }[] = [
  { key: 'messagesPerDay', label: 'Messages a day' },
  { key: 'answersPerMessage', label: 'Answers to a received message' },
  { key: 'maxTextLength', label: 'Characters of a message' },
  { key: 'maxPostLength', label: 'Characters of a post' },
  { key: 'maxButtons', label: 'Buttons of a message' },
  { key: 'maxButtonLabelLength', label: "Characters of a button's text" },
];

export const outcomeWords: Readonly<Record<string, Badge>> = {
  new: { text: 'Waiting', kind: 'info' },
  done: { text: 'Done', kind: 'ok' },
  poison: { text: 'Failed five times', kind: 'bad' },
  unroutable: { text: 'For nobody here', kind: 'warn' },
  disabled: { text: 'Channel disabled', kind: 'warn' },
  bad_signature: { text: 'Wrong signature', kind: 'bad' },
  too_large: { text: 'Too large', kind: 'bad' },
  paused: { text: 'Address paused', kind: 'warn' },
};
