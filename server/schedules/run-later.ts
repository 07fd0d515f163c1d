/** A bot has a behavior run once, later; and takes it back. */
import type { Knex } from 'knex';
import type { BotRecord } from '../bots/bot.ts';
import { findCallable, takeInputs } from '../bots/call.ts';
import type { RunLater, Schedules } from '../bots/schedules.ts';
import { inTransaction, isDuplicate } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import { variablesAt } from './run-due.ts';
import { longestTarget, uniqueKey } from './schedule.ts';
import { countWaiting, deleteSchedules, insertSchedule, listWaiting } from './store.ts';

/** So many single runs of a bot may wait; a behavior that schedules itself twice each time ends here. */
export const mostWaiting = 1_000;

export interface Deps {
  db: Knex;
  vault: Vault;
  now(): number;
  newId(): string;
}

/** What bots may ask of schedules. */
export function schedulesForBots(deps: Deps): Schedules {
  return {
    add: (bot, request) => runLater(deps, bot, request),
    async remove(bot, { behavior: name, target }) {
      const { behavior } = await findCallable(deps.db, bot, name);
      const waiting = await listWaiting(deps.db, behavior.id, checkTarget(target));
      const count = await deleteSchedules(
        deps.db,
        waiting.map(({ id }) => id),
      );
      return { title: behavior.title, count };
    },
  };
}

/**
 * Throws `not_found` and `forbidden` for behaviors the bot may not run, `bad_request` for inputs that do not fit, and
 * `conflict` when too much waits.
 */
async function runLater(
  { db, vault, now, newId }: Deps,
  bot: BotRecord,
  { behavior: name, variables, target: asked, at, onDupe }: RunLater,
): Promise<{ title: string; isNew: boolean }> {
  const { behavior } = await findCallable(db, bot, name);
  const { given } = takeInputs(behavior, variables, now());
  const target = checkTarget(asked);
  const id = newId();
  const row = {
    id,
    kind: 'once' as const,
    unique_key: onDupe === '' ? null : uniqueKey('once', behavior.id, target),
    bot_id: bot.id,
    behavior_id: behavior.id,
    target,
    rule: null,
    sealed_variables: vault.seal(writeJson(given), variablesAt(id)),
    due_at: at,
    created_at: now(),
  };
  const add = () =>
    inTransaction(db, async (trx) => {
      const waiting = onDupe === '' ? [] : await listWaiting(trx, behavior.id, target);
      const [first, ...others] = waiting.map((schedule) => schedule.id);
      await deleteSchedules(trx, onDupe === 'last' && first ? [first, ...others] : others);
      if (onDupe === 'first' && first) return false;
      if ((await countWaiting(trx, bot.id)) >= mostWaiting) {
        const message = `The bot '${bot.name}' has ${mostWaiting} runs waiting already, and that is the most.`;
        throw new HubError('conflict', message);
      }
      await insertSchedule(trx, row);
      return true;
    });
  try {
    return { title: behavior.title, isNew: await add() };
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    // Another run put one there between the look and the writing: now the look finds it.
    return { title: behavior.title, isNew: await add() };
  }
}

function checkTarget(target: string): string {
  if (Buffer.byteLength(target) <= longestTarget) return target;
  throw new HubError('bad_request', `What a run is about is named in at most ${longestTarget} bytes.`);
}
