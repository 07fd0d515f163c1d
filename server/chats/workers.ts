/** What a worker talks with: behaviors of bots it may use, and the interactions these bots offer. */
import type { Knex } from 'knex';
import type { BehaviorRecord } from '../bots/behavior.ts';
import { findSeen } from '../bots/behaviors.ts';
import type { BotRecord } from '../bots/bot.ts';
import { getBot } from '../bots/bots.ts';
import { eventChatWorker, eventGetInteractions, eventInteractionWorker } from '../bots/chat-events.ts';
import { type JsonObject, objectOf, textOf } from '../bots/json-value.ts';
import { remarksOnBehavior } from '../bots/remarks.ts';
import { listBehaviors } from '../bots/store.ts';
import { HubError } from '../errors.ts';
import type { WorkerActor } from '../http/route.ts';
import type { Chat, Interaction } from './chat.ts';
import { beginChat, type Deps as ConverseDeps, type Person, reply, type Thinking } from './converse.ts';
import { closeChat, findChat } from './store-chats.ts';

export interface Deps extends ConverseDeps {
  /** As runBehavior, for a few seconds only. */
  runBriefly: ConverseDeps['runBehavior'];
}

/** Something to begin a conversation with. */
export interface Offer {
  name: string;
  botId: string;
  botName: string;
  /** Id of the behavior that takes it. */
  behaviorId: string;
  interaction: Interaction | null;
  /** Why it cannot be begun now; null when it can. */
  obstacle: string | null;
}

/** Behaviors of the bot that talk with workers; private ones are reached from others. */
export async function listTalks(db: Knex, bot: BotRecord): Promise<Offer[]> {
  const talks = await behaviorsOn(db, bot, eventChatWorker);
  return talks
    .filter(({ isPrivate }) => !isPrivate)
    .map((behavior) => ({
      name: behavior.title,
      ...of(bot),
      behaviorId: behavior.id,
      interaction: null,
      obstacle: obstacleOf(bot, behavior),
    }));
}

/** What the bot's behaviors offer at this point now: they are run for it. What goes wrong is an offer with its obstacle. */
export async function listInteractions(
  deps: Deps,
  worker: WorkerActor,
  bot: BotRecord,
  point: string,
): Promise<Offer[]> {
  if (bot.isDisabled) return [];
  const listening = (await behaviorsOn(deps.db, bot, eventGetInteractions)).filter(
    ({ event, isDisabled }) => !isDisabled && listensAt(textOf(event.params.listen_points) ?? '', point),
  );
  const offers: Offer[] = [];
  for (const behavior of listening) offers.push(...(await askFor(deps, worker, bot, behavior, point)));
  return offers;
}

/** Begins one of them. Throws `not_found`, `forbidden` for a private behavior, `behavior_not_runnable`. */
export async function beginWithWorker(
  deps: Deps,
  worker: WorkerActor,
  asked: { behavior: string; name: string; interaction: Interaction | null },
): Promise<Thinking> {
  const { behavior, bot } = await findSeen(deps.db, worker, asked.behavior);
  const event = asked.interaction ? eventInteractionWorker : eventChatWorker;
  if (behavior.event.key !== event) {
    throw new HubError(
      'behavior_not_runnable',
      `The behavior '${behavior.title}' does not talk with workers.`,
    );
  }
  if (behavior.isPrivate && !asked.interaction) {
    throw new HubError('forbidden', `The behavior '${behavior.title}' is private to its bot '${bot.name}'.`);
  }
  const obstacle = obstacleOf(bot, behavior);
  if (obstacle) throw new HubError('behavior_not_runnable', obstacle);
  const { interaction } = asked;
  const title = asked.name || behavior.title;
  const place = { behaviorId: behavior.id, workerId: worker.id, portalId: null, tokenHash: null };
  return beginChat(deps, asPerson(worker), { ...of(bot), ...place, title, interaction });
}

/** The worker's own conversation, with a bot it may use still. Throws `not_found`. */
export async function chatOf(
  deps: Deps,
  worker: WorkerActor,
  id: string,
): Promise<{ chat: Chat; bot: BotRecord }> {
  const chat = await findChat(deps, { id, worker_id: worker.id }, deps.now());
  if (!chat) throw new HubError('not_found', 'There is no such conversation; it may be over for long.');
  return { chat, bot: await getBot(deps.db, worker, chat.botId) };
}

/** As `reply`. Throws `behavior_not_runnable` while the bot is disabled. */
export async function replyOfWorker(
  deps: Deps,
  worker: WorkerActor,
  { id, turn, text }: { id: string; turn: number; text: string },
): Promise<Thinking> {
  const { chat, bot } = await chatOf(deps, worker, id);
  if (bot.isDisabled) {
    throw new HubError('behavior_not_runnable', `The bot '${bot.name}' is disabled. Enable it first.`);
  }
  return reply(deps, asPerson(worker), chat, { turn, text });
}

/** The worker leaves the conversation; it can still be read. */
export async function leaveChat(deps: Deps, worker: WorkerActor, id: string): Promise<Chat> {
  const { chat } = await chatOf(deps, worker, id);
  await closeChat(deps.db, chat.id, deps.now());
  return chat;
}

async function askFor(
  deps: Deps,
  worker: WorkerActor,
  bot: BotRecord,
  behavior: BehaviorRecord,
  point: string,
): Promise<Offer[]> {
  const failed = (message: string): Offer[] => [
    { name: behavior.title, ...of(bot), behaviorId: behavior.id, interaction: null, obstacle: message },
  ];
  const scope = { ...asPerson(worker).scope, point, _actions: [] };
  try {
    const run = { actor: worker, behavior: behavior.id, variables: {}, mode: 'live' as const, scope };
    const result = await deps.runBriefly(run);
    if (result.error) return failed(result.error.message);
    if (!('shown' in result)) return failed('It took too long to say what it offers.');
    const shown = result.shown.filter(({ type }) => type === 'interaction');
    return await Promise.all(shown.map((one) => offerOf(deps.db, worker, bot, one)));
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return failed(error.message);
  }
}

async function offerOf(db: Knex, worker: WorkerActor, bot: BotRecord, shown: JsonObject): Promise<Offer> {
  const interaction = { name: textOf(shown.interaction) ?? '', params: objectOf(shown.params) ?? {} };
  const named = textOf(shown.behavior) ?? '';
  const offer = { name: textOf(shown.name) ?? '', ...of(bot), interaction };
  const seen = await findSeen(db, worker, named).catch(() => undefined);
  if (!seen) {
    const obstacle = `The behavior '${named}' that would handle it is not here.`;
    return { ...offer, behaviorId: '', obstacle };
  }
  const { behavior } = seen;
  const takes = behavior.event.key === eventInteractionWorker;
  const wrong = `The behavior '${behavior.title}' does not handle interactions with workers.`;
  return { ...offer, behaviorId: behavior.id, obstacle: takes ? obstacleOf(seen.bot, behavior) : wrong };
}

function of(bot: BotRecord): { botId: string; botName: string } {
  return { botId: bot.id, botName: bot.name };
}

/** In the order of their priority. */
async function behaviorsOn(db: Knex, bot: BotRecord, event: string): Promise<BehaviorRecord[]> {
  const all = await listBehaviors(db, { botId: bot.id }, { limit: 500 });
  return all.filter((one) => one.event.key === event).sort((a, b) => a.priority - b.priority);
}

function obstacleOf(bot: BotRecord, behavior: BehaviorRecord): string | null {
  if (bot.isDisabled) return `The bot '${bot.name}' is disabled. Enable it first.`;
  if (behavior.isDisabled) return `The behavior '${behavior.title}' is disabled. Enable it first.`;
  const [remark] = remarksOnBehavior(behavior, bot);
  return remark ? `The behavior '${behavior.title}' cannot run: ${remark.message}` : null;
}

/** Points one a line, `*` for any text; a behavior that names none listens everywhere. */
function listensAt(points: string, point: string): boolean {
  const lines = points.split(/\r?\n/).flatMap((line) => line.trim() || []);
  const fits = (line: string) =>
    new RegExp(`^${line.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(point);
  return lines.length === 0 || lines.some(fits);
}

function asPerson(worker: WorkerActor): Person {
  const { id, name } = worker;
  const first = name.split(' ')[0] ?? name;
  const scope = { worker_id: id, worker_full_name: name, worker_first_name: first, worker__label: name };
  return { actor: worker, name, scope, isVisitor: false };
}
