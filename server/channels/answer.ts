/** Answers a received message: the bot's behaviors for it, and after them handlers in code. */
import type { Knex } from 'knex';
import type { BehaviorRecord } from '../bots/behavior.ts';
import type { BotRecord } from '../bots/bot.ts';
import { eventMessageReceived } from '../bots/event.ts';
import type { RunInput, RunResult } from '../bots/run.ts';
import { findBot, listBehaviors } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import { enqueueJob } from '../jobs.ts';
import { isBotPaused } from './conversation.ts';
import { inCodeJob, isInCode } from './in-code.ts';
import { findReceived, scopeOf } from './received.ts';
import type { Channel } from './records.ts';
import type { Deps as SendDeps } from './send.ts';
import { releaseAnswers } from './settle.ts';
import { noteOnChannel } from './store-channels.ts';

export const answerJob = 'answer message';

export interface Deps extends SendDeps {
  runBehavior(input: RunInput): Promise<RunResult>;
  log: { error(fields: object, message: string): void };
}

/**
 * Job `answer message`. What waited for the other person goes now. Then every enabled behavior of the channel's bot
 * that has the event runs, as the bot, in order of priority; running again sends nothing again. A behavior that
 * fails keeps no other from running.
 */
export async function answerMessage(deps: Deps, messageId: string): Promise<void> {
  const received = await findReceived(deps.db, messageId);
  if (!received) return;
  const { channel, conversation } = received;
  await releaseAnswers(deps, conversation.id);
  const bot = await findBot(deps.db, channel.botId);
  if (!bot || bot.isDisabled || !channel.isEnabled || isBotPaused(conversation, deps.now())) return;
  await runBehaviors(deps, { bot, channel, event: eventMessageReceived }, (behavior, actor) => ({
    actor,
    behavior,
    variables: {},
    mode: 'live',
    scope: scopeOf(received),
    origin: { conversationId: conversation.id, eventKey: messageId },
  }));
  if (isInCode(bot)) await enqueueInCode(deps, messageId);
}

/** Runs every enabled behavior of a bot that has the event, in order of priority; notes those that fail. */
export async function runBehaviors(
  deps: Deps,
  { bot, channel, event }: { bot: BotRecord; channel: Pick<Channel, 'id'>; event: string },
  inputOf: (behavior: string, actor: RunInput['actor']) => RunInput,
): Promise<void> {
  const actor = { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner } as const;
  for (const behavior of await behaviorsFor(deps.db, bot.id, event)) {
    const fault = await runOne(deps, inputOf(behavior.id, actor));
    if (fault === undefined) continue;
    deps.log.error({ behavior: behavior.id, channel: channel.id }, 'a behavior could not answer');
    const lastError = `The behavior '${behavior.title}' could not answer: ${fault}`;
    await noteOnChannel(deps.db, channel.id, { lastError, lastErrorAt: deps.now() });
  }
}

/** Enabled behaviors of a bot that have the event, in order of priority. */
export async function behaviorsFor(db: Knex, botId: string, event: string): Promise<BehaviorRecord[]> {
  const behaviors = await listBehaviors(db, { botId }, { limit: 10_000 });
  return behaviors
    .filter((behavior) => behavior.event.key === event && !behavior.isDisabled)
    .sort((a, b) => a.priority - b.priority);
}

/** Why the behavior did not come to its end; undefined when it did. */
async function runOne(deps: Deps, input: RunInput): Promise<string | undefined> {
  try {
    return (await deps.runBehavior(input)).error?.message;
  } catch (error) {
    if (!(error instanceof HubError) || error.status >= 500) throw error;
    return error.message;
  }
}

/** A job of its own, because only a process that has handlers may take it. */
function enqueueInCode({ db, newId, now }: Deps, messageId: string): Promise<void> {
  return enqueueJob(db, {
    id: newId(),
    kind: inCodeJob,
    payload: { messageId },
    runAt: now(),
    now: now(),
    uniqueKey: `${inCodeJob} ${messageId}`,
  });
}
