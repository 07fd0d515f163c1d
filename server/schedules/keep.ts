/** Keeps the schedules of recurring behaviors as their events say: made, changed, paused and taken away. */
import type { Knex } from 'knex';
import { nextTime, readRecurrence, remarksOnRecurrence } from '../bots/recurrence.ts';
import { listRecurringBehaviors, type RecurringBehavior } from '../bots/store-recurring.ts';
import type { Config } from '../config.ts';
import { isDuplicate } from '../db/transaction.ts';
import { type Schedule, uniqueKey, writeRule } from './schedule.ts';
import { changeSchedule, deleteSchedules, insertSchedule, listRecurring } from './store.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'timeZone'>;
  now(): number;
  newId(): string;
}

/**
 * Times are told from now on: what was paused, and what is new, has missed nothing. Done again it changes nothing,
 * so every process may do it at any time.
 */
export async function keepSchedules(deps: Deps): Promise<void> {
  const behaviors = await listRecurringBehaviors(deps.db);
  const known = new Map((await listRecurring(deps.db)).map((schedule) => [schedule.behaviorId, schedule]));
  for (const behavior of behaviors) {
    await keepOne(deps, behavior, known.get(behavior.behaviorId));
    known.delete(behavior.behaviorId);
  }
  // What is left belongs to behaviors that run on another event by now.
  await deleteSchedules(
    deps.db,
    [...known.values()].map(({ id }) => id),
  );
}

async function keepOne(
  deps: Deps,
  { behaviorId, botId, params, isPaused }: RecurringBehavior,
  schedule: Schedule | undefined,
): Promise<void> {
  const { db, config, now, newId } = deps;
  const recurrence = readRecurrence(params, config.timeZone);
  const rule = writeRule(recurrence);
  const isRunnable = !isPaused && remarksOnRecurrence(params).length === 0;
  const isSame = schedule?.recurrence && writeRule(schedule.recurrence) === rule;
  const keepsTime = isSame && isRunnable && schedule.dueAt !== null;
  const dueAt = keepsTime ? schedule.dueAt : isRunnable ? nextTime(recurrence, now()) : null;
  if (schedule) {
    if (isSame && schedule.botId === botId && schedule.dueAt === dueAt) return;
    await changeSchedule(db, schedule, { bot_id: botId, rule, due_at: dueAt });
    return;
  }
  try {
    await insertSchedule(db, {
      id: newId(),
      kind: 'recurring',
      unique_key: uniqueKey('recurring', behaviorId),
      bot_id: botId,
      behavior_id: behaviorId,
      target: '',
      rule,
      sealed_variables: null,
      due_at: dueAt,
      created_at: now(),
    });
  } catch (error) {
    // Another process was first.
    if (!isDuplicate(error)) throw error;
  }
}
