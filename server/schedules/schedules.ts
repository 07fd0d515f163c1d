/** What is scheduled, as people and programs see it; and taking a single run back. */
import type { Knex } from 'knex';
import { getBot } from '../bots/bots.ts';
import { findBehavior, findBot } from '../bots/store.ts';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { type Actor, mayUse, ownersSeen } from '../people/actor.ts';
import { keepSchedules } from './keep.ts';
import { deleteWaiting, findSchedule, type ListedSchedule, listSchedules } from './store.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'timeZone'>;
  now(): number;
  newId(): string;
}

/** Those of the bots the actor may see, or of one bot by id or uri; `not_found` for one it may not see. */
export async function listSeenSchedules(
  deps: Deps,
  { actor, bot, ...page }: { actor: Actor; bot?: string | undefined } & Parameters<typeof listSchedules>[2],
): Promise<ListedSchedule[]> {
  const botId = bot === undefined ? undefined : (await getBot(deps.db, actor, bot)).id;
  // So that a behavior which was just made or changed shows its next time.
  await keepSchedules(deps);
  return listSchedules(deps.db, { owners: ownersSeen(actor), botId }, page);
}

/** Throws `not_found`, and `conflict` for what cannot be taken back: a recurring behavior, a run that began. */
export async function cancelSchedule(
  { db }: Deps,
  { actor, id }: { actor: Actor; id: string },
): Promise<void> {
  const schedule = await findSchedule(db, id);
  const behavior = schedule && (await findBehavior(db, schedule.behaviorId));
  const bot = behavior && (await findBot(db, behavior.botId));
  if (!schedule || !behavior || !bot || !mayUse(actor, bot.owner)) {
    throw new HubError('not_found', 'There is no such schedule, or you may not see it.');
  }
  if (schedule.kind === 'recurring') {
    const message = `'${behavior.title}' recurs by its event. Disable the behavior, or change its event.`;
    throw new HubError('conflict', message);
  }
  if (!(await deleteWaiting(db, id))) {
    throw new HubError('conflict', `The run of '${behavior.title}' has begun; it cannot be taken back.`);
  }
}
