/** Going on with another behavior in the middle of a run: which, whether the bot may, and what it gets. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { type Actor, mayUse } from '../people/actor.ts';
import type { ActionResult, CallRequest } from './action.ts';
import type { BehaviorRecord } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import type { JsonObject } from './json-value.ts';
import { remarksOnBehavior } from './remarks.ts';
import type { RunState } from './run-state.ts';
import { findBehavior, findBot } from './store.ts';
import { readInputs } from './variable.ts';

/** Rights are the bot's: it calls behaviors of bots whose owner's things it may use, private ones only its own. */
export async function findCallable(
  db: Knex,
  caller: BotRecord,
  name: string,
): Promise<{ behavior: BehaviorRecord; bot: BotRecord }> {
  const behavior = await findBehavior(db, name);
  const bot = behavior && (await findBot(db, behavior.botId));
  const actor: Actor = { kind: 'bot', id: caller.id, name: caller.name, owner: caller.owner };
  if (!behavior || !bot || !mayUse(actor, bot.owner)) {
    throw new HubError('not_found', `There is no behavior '${name}' that the bot '${caller.name}' may run.`);
  }
  if (behavior.isPrivate && bot.id !== caller.id) {
    throw new HubError('forbidden', `The behavior '${behavior.title}' is private to its bot '${bot.name}'.`);
  }
  return { behavior, bot };
}

/** The inputs that the behavior takes, coerced by its variables; `others` names what it does not take. */
export function takeInputs(
  behavior: BehaviorRecord,
  variables: JsonObject,
  now: number,
): { given: JsonObject; values: JsonObject; others: string[] } {
  const open = new Set(behavior.variables.filter(({ isPrivate }) => !isPrivate).map(({ key }) => key));
  const given = Object.fromEntries(Object.entries(variables).filter(([key]) => open.has(key)));
  const { values, problems } = readInputs(behavior.variables, given, now);
  if (problems.length > 0) throw new HubError('bad_request', problems.join(' '));
  return { given, values, others: Object.keys(variables).filter((key) => !open.has(key)) };
}

/** Goes on with another behavior, or says why not. */
export async function callBehavior(
  deps: { db: Knex; now(): number },
  {
    bot: caller,
    request,
    say,
    state,
  }: { bot: BotRecord; request: CallRequest; say: (text: string) => void; state: RunState },
): Promise<ActionResult> {
  const { behavior, bot } = await findCallable(deps.db, caller, request.behavior);
  if (behavior.isDisabled || bot.isDisabled) {
    say(
      `>>> Not running '${behavior.title}': ${behavior.isDisabled ? 'it' : `its bot '${bot.name}'`} is disabled`,
    );
    return 'skipped';
  }
  const isUnderWay = state.frames.some((frame) => frame.behaviorId === behavior.id);
  if (isUnderWay && !request.replaces) {
    say(`>>> Not running '${behavior.title}': it is under way already in this run`);
    return 'skipped';
  }
  const [obstacle] = remarksOnBehavior(behavior, bot);
  if (obstacle) {
    throw new HubError(
      'behavior_not_runnable',
      `The behavior '${behavior.title}' cannot run: ${obstacle.message}`,
    );
  }
  const { values, others } = takeInputs(behavior, request.variables, deps.now());
  if (others.length > 0) say(`>>> NOTE: '${behavior.title}' does not take ${others.join(', ')}`);
  say(`>>> Running behavior: ${behavior.title}`);
  const { into, replaces, scope = {} } = request;
  return { go: 'call', behaviorId: behavior.id, values, scope, into, replaces };
}
