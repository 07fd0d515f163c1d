/** Runs that somebody may see. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { type Actor, mayUse, ownersSeen } from '../people/actor.ts';
import type { BehaviorRecord } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import { findBehavior, findBot } from './store.ts';
import { findRun, listRuns, type RunRecord } from './store-runs.ts';

/** A run with its behavior and bot. Throws `not_found`, also for runs of what the actor may not run. */
export async function findSeenRun(
  db: Knex,
  actor: Actor,
  id: string,
): Promise<{ run: RunRecord; behavior: BehaviorRecord; bot: BotRecord }> {
  const run = await findRun(db, id);
  const behavior = run && (await findBehavior(db, run.behaviorId));
  const bot = behavior && (await findBot(db, behavior.botId));
  if (!run || !bot || !mayUse(actor, bot.owner)) throw new HubError('not_found', 'There is no such run.');
  return { run, behavior, bot };
}

/** Newest first; of one behavior, or of all that the actor may run. */
export function listSeenRuns(
  db: Knex,
  actor: Actor,
  filter: { behaviorId?: string | undefined; status?: string | undefined },
  page: { limit: number; after?: string | undefined },
): Promise<RunRecord[]> {
  return listRuns(db, { owners: ownersSeen(actor), ...filter }, page);
}
