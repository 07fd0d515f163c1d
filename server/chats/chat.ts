/** A conversation of a bot with a worker or with a visitor of a portal, and what a turn of it brings. Pure. */
import type { JsonObject } from '../bots/json-value.ts';
import { flagOf, objectOf, textOf } from '../bots/json-value.ts';

/**
 * `waiting`: for what the person says. `thinking`: the bot is at it. `ended`: nothing more comes; a new one can be
 * begun.
 */
export type ChatState = 'waiting' | 'thinking' | 'ended';

export interface Chat {
  id: string;
  botId: string;
  /** The behavior it began with, and begins with again. */
  behaviorId: string;
  /** Whose it is: a worker's, or a portal visitor's who holds the token of this hash. */
  workerId: string | null;
  portalId: string | null;
  tokenHash: string | null;
  title: string;
  /** By which name the bot speaks. */
  botName: string;
  state: ChatState;
  /** Counts what the person said; a reply names the turn it answers, so that two tabs answer once. */
  turn: number;
  /** While thinking: after this the process that thought is gone. */
  busyUntil: number | null;
  /** The run that waits for the reply; null while none does. */
  runId: string | null;
  question: Question | null;
  interaction: Interaction | null;
  createdAt: number;
  updatedAt: number;
  expiresAt: number;
}

export interface ChatMessage {
  position: number;
  author: 'bot' | 'person' | 'note';
  /** The name it was said by; '' for notes. */
  name: string;
  text: string;
  /** '', 'markdown' or 'html'. */
  format: string;
  delayMs: number;
  isError: boolean;
  at: number;
}

export type NewMessage = Omit<ChatMessage, 'position' | 'at'>;

/** What the person is asked. Without a question a message begins the behavior anew. */
export type Question =
  | { type: 'text'; placeholder: string; value: string; isLong: boolean }
  | { type: 'buttons'; options: string[] }
  | { type: 'wait' };

/** What an interaction behavior is asked to do. */
export interface Interaction {
  name: string;
  params: JsonObject;
}

/** Longest text a person sends, and longest message that is kept of a bot. */
export const maxSaid = 4_000;
const maxShown = 100_000;
/** Messages that one turn may bring. */
const maxPerTurn = 100;

export interface Turn {
  messages: NewMessage[];
  isClosed: boolean;
  botName: string;
}

/** What a run showed, as messages of its bot. */
export function readShown(shown: readonly JsonObject[], botName: string): Turn {
  let name = botName;
  let isClosed = false;
  const messages: NewMessage[] = [];
  for (const one of shown) {
    if (one.type === 'close') isClosed = true;
    else if (one.type === 'name') name = textOf(one.name) || name;
    else if (one.type === 'message' && messages.length < maxPerTurn) messages.push(botMessage(one, name));
  }
  return { messages, isClosed, botName: name };
}

function botMessage({ text, format, delayMs, isError }: JsonObject, name: string): NewMessage {
  const whole = textOf(text) ?? '';
  const cut = whole.length > maxShown ? `${whole.slice(0, maxShown)}…` : whole;
  return {
    author: 'bot',
    name,
    text: cut,
    format: textOf(format) ?? '',
    delayMs: typeof delayMs === 'number' ? delayMs : 0,
    isError: flagOf(isError),
  };
}

/** What a run asks, in the shape that pages draw; null for an `_exit` that suspends, which takes any message. */
export function readQuestion(prompt: { type: string; params: JsonObject } | null): Question | null {
  const params = objectOf(prompt?.params) ?? {};
  switch (prompt?.type) {
    case 'text':
      return {
        type: 'text',
        placeholder: textOf(params.placeholder) ?? '',
        value: textOf(params.default) ?? '',
        isLong: flagOf(params.isLong),
      };
    case 'buttons': {
      const options = Array.isArray(params.options) ? params.options.map((one) => textOf(one) ?? '') : [];
      return { type: 'buttons', options };
    }
    case 'wait':
      return { type: 'wait' };
    default:
      return null;
  }
}

/** What the person said, and what the hub has to say itself. */
export function personMessage(name: string, text: string): NewMessage {
  return { author: 'person', name, text, format: '', delayMs: 0, isError: false };
}

export function note(text: string, isError = false): NewMessage {
  return { author: 'note', name: '', text, format: '', delayMs: 0, isError };
}
