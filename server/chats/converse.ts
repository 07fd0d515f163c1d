/** A conversation, turn by turn: it begins, the person says something, the bot's behavior runs and answers. */
import type { JsonObject } from '../bots/json-value.ts';
import type { EndedRun, RunResult } from '../bots/run.ts';
import type { Config } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import { HubError, traceOf } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import {
  type Chat,
  type ChatState,
  type Interaction,
  maxSaid,
  type NewMessage,
  note,
  personMessage,
  type Question,
  readQuestion,
  readShown,
} from './chat.ts';
import {
  appendMessages,
  endTurn,
  insertChat,
  type StoreDeps,
  takeAbandoned,
  takeTurn,
} from './store-chats.ts';

const day = 86_400_000;

export interface Deps extends StoreDeps {
  config: Pick<Config, 'runLimits' | 'keepDeliveriesDays'>;
  now(): number;
  newId(): string;
  log: { error(fields: object, message: string): void };
  /** Both wait for the end of the run, as long as a run may take. */
  runBehavior(input: {
    actor: Actor;
    behavior: string;
    variables: JsonObject;
    mode: 'live';
    scope: JsonObject;
  }): Promise<RunResult | EndedRun>;
  resumeRun(input: { actor: Actor; run: string; reply: JsonObject }): Promise<RunResult | EndedRun>;
  /** Turns under way in this process, so that it does not stop in the middle of one. */
  turns: Set<Promise<void>>;
}

/** Who talks with the bot: a worker, or a visitor of a portal, for whom runs act as the bot. */
export interface Person {
  actor: Actor;
  /** As the conversation shows it. */
  name: string;
  /** Placeholders that behaviors see of the person. */
  scope: JsonObject;
  /** Strangers are not told why something failed. */
  isVisitor: boolean;
}

/** A turn that goes on by itself. */
export interface Thinking {
  chatId: string;
  done: Promise<void>;
}

/** Begins a conversation; its behavior runs once with an empty message. */
export async function beginChat(
  deps: Deps,
  person: Person,
  about: Pick<Chat, 'botId' | 'botName' | 'behaviorId' | 'title' | 'interaction'> &
    Pick<Chat, 'workerId' | 'portalId' | 'tokenHash'>,
): Promise<Thinking> {
  const now = deps.now();
  const chat: Chat = {
    ...about,
    id: deps.newId(),
    state: 'thinking',
    turn: 0,
    busyUntil: busyUntil(deps),
    runId: null,
    question: null,
    createdAt: now,
    updatedAt: now,
    expiresAt: expiresAt(deps, person),
  };
  await insertChat(deps, chat);
  return think(deps, person, chat, () => runAnew(deps, person, chat, ''));
}

/**
 * Says something in a conversation that waits. Throws `bad_request` for a text that is none, and `conflict` when the
 * conversation went on meanwhile, in another tab or by itself.
 */
export async function reply(
  deps: Deps,
  person: Person,
  chat: Chat,
  said: { turn: number; text: string },
): Promise<Thinking> {
  const isWait = chat.question?.type === 'wait';
  const text = isWait ? '' : said.text.trim();
  if (!isWait && text === '') throw new HubError('bad_request', 'Write a message first.');
  if (text.length > maxSaid) {
    throw new HubError(
      'bad_request',
      `A message has at most ${maxSaid} characters; this one has ${text.length}.`,
    );
  }
  const times = { now: deps.now(), busyUntil: busyUntil(deps), expiresAt: expiresAt(deps, person) };
  const isTaken = await inTransaction(deps.db, async (db) => {
    if (!(await takeTurn(db, { id: chat.id, turn: said.turn }, times))) return false;
    const messages = isWait ? [] : [personMessage(person.name, text)];
    await appendMessages({ db, vault: deps.vault }, chat.id, messages, times.now);
    return true;
  });
  if (!isTaken)
    throw new HubError('conflict', 'The conversation went on meanwhile. This is how it stands now.');
  const taken = { ...chat, turn: said.turn + 1 };
  const { runId } = chat;
  return think(deps, person, taken, () =>
    runId === null
      ? runAnew(deps, person, taken, text)
      : deps.resumeRun({ actor: person.actor, run: runId, reply: { text } }),
  );
}

/** Ends conversations whose process is gone in the middle of a turn, saying so. */
export async function settleChats(deps: Deps): Promise<void> {
  const now = deps.now();
  for (const id of await takeAbandoned(deps.db, now)) {
    await appendMessages(deps, id, [note('The hub stopped while the bot was answering.', true)], now);
  }
}

function runAnew(deps: Deps, person: Person, chat: Chat, message: string): Promise<RunResult | EndedRun> {
  const scope = { ...person.scope, message, _actions: [], ...interactionScope(chat.interaction) };
  return deps.runBehavior({
    actor: person.actor,
    behavior: chat.behaviorId,
    variables: {},
    mode: 'live',
    scope,
  });
}

function interactionScope(interaction: Interaction | null): JsonObject {
  return {
    interaction: interaction?.name ?? '',
    interaction_params: interaction?.params ?? {},
    interaction_behavior_has_parent: '0',
  };
}

function think(deps: Deps, person: Person, chat: Chat, run: () => Promise<RunResult | EndedRun>): Thinking {
  const done = keep(deps, chat, () => answer(deps, person, chat, run));
  deps.turns.add(done);
  return { chatId: chat.id, done: done.finally(() => deps.turns.delete(done)) };
}

interface Answered {
  state: ChatState;
  runId: string | null;
  question: Question | null;
  botName: string;
  messages: NewMessage[];
}

async function answer(
  deps: Deps,
  person: Person,
  chat: Chat,
  run: () => Promise<RunResult | EndedRun>,
): Promise<Answered> {
  const over = { state: 'ended', runId: null, question: null } as const;
  try {
    const result = await run();
    const { messages, isClosed, botName } = readShown('shown' in result ? result.shown : [], chat.botName);
    if (result.status === 'suspended' && 'prompt' in result && !isClosed) {
      const question = readQuestion(result.prompt);
      return { state: 'waiting', runId: result.run_id, question, botName, messages };
    }
    if (result.status === 'done') {
      // A behavior for messages takes the next one from its beginning; an interaction is done.
      const state = isClosed || chat.interaction ? 'ended' : 'waiting';
      return { ...over, state, botName, messages };
    }
    if (isClosed) return { ...over, botName, messages };
    return { ...over, botName, messages: [...messages, failure(person, result.error?.message)] };
  } catch (error) {
    if (!(error instanceof HubError)) deps.log.error({ ...traceOf(error), chat: chat.id }, 'a turn failed');
    const told = error instanceof HubError ? error.message : undefined;
    return { ...over, botName: chat.botName, messages: [failure(person, told)] };
  }
}

function failure(person: Person, message: string | undefined): NewMessage {
  const told = person.isVisitor ? undefined : message;
  return note(
    told ? `The bot could not go on. ${told}` : 'The bot could not go on. Please try again later.',
    true,
  );
}

async function keep(deps: Deps, chat: Chat, work: () => Promise<Answered>): Promise<void> {
  try {
    const { messages, ...to } = await work();
    const now = deps.now();
    await inTransaction(deps.db, async (db) => {
      const store = { db, vault: deps.vault };
      if (await endTurn(store, chat, { ...to, now })) await appendMessages(store, chat.id, messages, now);
    });
  } catch (error) {
    // Nobody waits for it here; the conversation ends when its time to think is over.
    deps.log.error({ ...traceOf(error), chat: chat.id }, 'a turn could not be stored');
  }
}

function busyUntil({ config, now }: Deps): number {
  return now() + config.runLimits.maxMs + 60_000;
}

/** A visitor's is kept a day after the last word, a worker's as long as runs. */
function expiresAt({ config, now }: Deps, { isVisitor }: Person): number {
  return now() + (isVisitor ? day : config.keepDeliveriesDays * day);
}
