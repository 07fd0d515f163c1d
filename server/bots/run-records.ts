/** The behaviors that a run goes through, with their bots. */
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import type { BehaviorRecord } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import { findBehavior, findBot } from './store.ts';

/** Reads one by id. Throws `not_found` for one that was deleted since the run began. */
export type ReadRecords = (id: string) => Promise<{ bot: BotRecord; behavior: BehaviorRecord }>;

/** Each is read once, so that a run goes by the behavior as it found it. */
export function recordsOf(db: Knex): ReadRecords {
  const known = new Map<string, { bot: BotRecord; behavior: BehaviorRecord }>();
  return async (id) => {
    const found = known.get(id);
    if (found) return found;
    const behavior = await findBehavior(db, id);
    const bot = behavior && (await findBot(db, behavior.botId));
    if (!behavior || !bot) throw new HubError('not_found', 'A behavior of this run was deleted meanwhile.');
    known.set(id, { bot, behavior });
    return { bot, behavior };
  };
}
