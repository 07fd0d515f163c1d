/** What may be said, how much and when; the limits are data of the channel. Pure: no clock, no I/O. */
import type { Button, ChannelLimits, Outgoing } from './channel.ts';

const dayMs = 86_400_000;

/** Why a message cannot go at all; the sentence names both numbers. */
export interface ContentProblem {
  code: 'empty' | 'too_long' | 'too_many_buttons' | 'bad_button';
  message: string;
}

/** The first fault of a message, or undefined. `measure` is the channel type's. */
export function checkContent(
  outgoing: Outgoing,
  limits: ChannelLimits,
  measure: (outgoing: Outgoing) => number,
): ContentProblem | undefined {
  if (outgoing.text.trim() === '') return { code: 'empty', message: 'The text is empty; write something.' };
  const length = measure(outgoing);
  const longest = outgoing.kind === 'post' ? limits.maxPostLength : limits.maxTextLength;
  if (length > longest) {
    const what = outgoing.kind === 'post' ? 'post' : 'message';
    return {
      code: 'too_long',
      message: `The text counts ${show(length)} characters; a ${what} holds at most ${show(longest)}.`,
    };
  }
  return outgoing.kind === 'direct' ? checkButtons(outgoing.buttons, limits) : undefined;
}

/** `strict`: no more answers than a received message allows. `adaptive`: more are sent and count in the day. */
export type ReplyPolicy = 'strict' | 'adaptive';

/** Answers that remain of those the last received message allows; `until` null: none was received yet. */
export interface Answers {
  left: number;
  until: number | null;
}

export interface SendQuestion {
  kind: Outgoing['kind'];
  policy: ReplyPolicy;
  limits: ChannelLimits;
  /** Of the conversation. */
  answers: Answers;
  /**
   * When the counted message was sent that is the `limits.messagesPerDay`-th newest of the channel, those being sent
   * now included; null where there are fewer.
   */
  lastOfDay: number | null;
  now: number;
}

/** `until` null: not before the other person writes again. `message` says so to the one who waits. */
export type SendDecision =
  | { kind: 'send'; isCounted: boolean }
  | { kind: 'hold'; until: number | null; reason: 'day' | 'answers'; message: string };

/**
 * Whether a message may go now, and whether it counts in the day's messages (a rolling 24 hours). Strictly, each
 * direct message counts, and after the last allowed answer nothing goes until the other person writes. Adaptively,
 * as X counts: answers within the allowance and its time are free, all else counts. Posts are no direct messages.
 */
export function decideSend(question: SendQuestion): SendDecision {
  const { kind, policy, limits, answers, lastOfDay, now } = question;
  if (kind === 'post') return { kind: 'send', isCounted: false };
  const wasWrittenTo = answers.until !== null;
  if (policy === 'strict' && wasWrittenTo && answers.left <= 0) {
    const message = `${show(limits.answersPerMessage)} answers were sent to the last received message; this one goes when the next is received.`;
    return { kind: 'hold', until: null, reason: 'answers', message };
  }
  const isFree = policy === 'adaptive' && answers.left > 0 && answers.until !== null && now < answers.until;
  if (isFree) return { kind: 'send', isCounted: false };
  if (lastOfDay !== null && now < lastOfDay + dayMs) {
    const message = `${show(limits.messagesPerDay)} messages were sent within 24 hours; this one goes when the first of them is a day old.`;
    return { kind: 'hold', until: lastOfDay + dayMs, reason: 'day', message };
  }
  return { kind: 'send', isCounted: true };
}

/** A received message gives the whole allowance anew. Each direct message that is sent takes one, free or counted. */
export function afterInbound(limits: ChannelLimits, at: number): Answers & { until: number } {
  return { left: limits.answersPerMessage, until: at + limits.answerWindowMs };
}

/** The buttons as numbered lines below the text, for services that have none. */
export function withNumberedButtons(text: string, buttons: readonly Button[]): string {
  if (buttons.length === 0) return text;
  return `${text}\n\n${buttons.map(({ label }, index) => `${index + 1}. ${label}`).join('\n')}`;
}

/**
 * Payload of the button that an answer means: its label, whatever the case, else its number ("2", "2.", "(2)").
 * The label goes first, so that "4" means the label 4 where labels are numbers. Undefined: it means none.
 */
export function matchAnswer(text: string, buttons: readonly Button[]): string | undefined {
  const answer = comparable(text);
  const byLabel = buttons.find(({ label }) => comparable(label) === answer);
  if (byLabel) return byLabel.payload;
  const number = /^\(?#?(\d{1,3})[.):]?$/.exec(answer)?.[1];
  return number === undefined ? undefined : buttons[Number(number) - 1]?.payload;
}

function checkButtons(buttons: readonly Button[], limits: ChannelLimits): ContentProblem | undefined {
  if (buttons.length > limits.maxButtons) {
    return {
      code: 'too_many_buttons',
      message: `There are ${show(buttons.length)} buttons; a message holds at most ${show(limits.maxButtons)}.`,
    };
  }
  for (const [index, { label, payload }] of buttons.entries()) {
    const problem = labelProblem(label, limits) ?? payloadProblem(payload, limits);
    if (problem) return { code: 'bad_button', message: `Button ${index + 1} ${problem}.` };
  }
  return undefined;
}

function labelProblem(label: string, limits: ChannelLimits): string | undefined {
  if (label.trim() === '') return 'has no label';
  if (/\bhttps?:\/\/|\bwww\./i.test(label)) return 'has a link in its label, which is not allowed';
  const length = codePoints(label);
  if (length <= limits.maxButtonLabelLength) return undefined;
  return `has a label of ${show(length)} characters; at most ${show(limits.maxButtonLabelLength)} are allowed`;
}

function payloadProblem(payload: string, limits: ChannelLimits): string | undefined {
  const length = codePoints(payload);
  if (length <= limits.maxButtonPayloadLength) return undefined;
  return `carries ${show(length)} characters; at most ${show(limits.maxButtonPayloadLength)} are allowed`;
}

function codePoints(text: string): number {
  return [...text.normalize('NFC')].length;
}

function comparable(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
}

function show(count: number): string {
  return count.toLocaleString('en');
}
