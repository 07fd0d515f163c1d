/** Going on with another behavior in the middle of a run: which, whether the bot may, and what it gets. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { type Actor, mayUse } from '../people/actor.ts';
import type { ActionResult, CallRequest } from './action.ts';
import type { BotRecord } from './bot.ts';
import { remarksOnBehavior } from './remarks.ts';
import type { RunState } from './run-state.ts';
import { findBehavior, findBot } from './store.ts';
import { readInputs } from './variable.ts';

/** Rights are the bot's: it calls behaviors of bots whose owner's things it may use, private ones only its own. */
export async function callBehavior(
  deps: { db: Knex; now(): number },
  {
    bot: caller,
    request,
    say,
    state,
  }: { bot: BotRecord; request: CallRequest; say: (text: string) => void; state: RunState },
): Promise<ActionResult> {
  const behavior = await findBehavior(deps.db, request.behavior);
  const bot = behavior && (await findBot(deps.db, behavior.botId));
  const actor: Actor = { kind: 'bot', id: caller.id, name: caller.name, owner: caller.owner };
  if (!behavior || !bot || !mayUse(actor, bot.owner)) {
    throw new HubError(
      'not_found',
      `There is no behavior '${request.behavior}' that the bot '${caller.name}' may run.`,
    );
  }
  if (behavior.isPrivate && bot.id !== caller.id) {
    throw new HubError('forbidden', `The behavior '${behavior.title}' is private to its bot '${bot.name}'.`);
  }
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
  const open = new Set(behavior.variables.filter(({ isPrivate }) => !isPrivate).map(({ key }) => key));
  const given = Object.entries(request.variables).filter(([key]) => open.has(key));
  const others = Object.keys(request.variables).filter((key) => !open.has(key));
  if (others.length > 0) say(`>>> NOTE: '${behavior.title}' does not take ${others.join(', ')}`);
  const inputs = readInputs(behavior.variables, Object.fromEntries(given), deps.now());
  if (inputs.problems.length > 0) throw new HubError('bad_request', inputs.problems.join(' '));
  say(`>>> Running behavior: ${behavior.title}`);
  const { into, replaces, scope = {} } = request;
  return { go: 'call', behaviorId: behavior.id, values: inputs.values, scope, into, replaces };
}
