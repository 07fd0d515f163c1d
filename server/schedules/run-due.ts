/** What is due is taken, one process each, and handed to a durable job; the job runs the behavior as the bot. */
import type { Knex } from 'knex';
import type { JsonObject } from '../bots/json-value.ts';
import { nextTime } from '../bots/recurrence.ts';
import type { RunInput } from '../bots/run.ts';
import { findBot } from '../bots/store.ts';
import type { Config } from '../config.ts';
import { inTransaction, isDuplicate } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import { enqueueJob } from '../jobs.ts';
import { parseJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import { keepSchedules } from './keep.ts';
import { deletePast, findSchedule, listDue, noteFault, takeDue } from './store.ts';

/** Kind of the job that runs one behavior at its time. */
export const scheduleJob = 'run schedule';

/** Taken at a time; the rest is taken a few seconds later. */
const batch = 100;
const pruneBatch = 200;

export interface Deps {
  db: Knex;
  config: Pick<Config, 'timeZone' | 'keepDeliveriesDays'>;
  now(): number;
  newId(): string;
}

export interface RunDeps extends Deps {
  vault: Vault;
  /** Runs under this id; rejects with a broken unique key when a run of that id has begun already. */
  runBehavior(runId: string, input: RunInput): Promise<unknown>;
}

export interface ScheduledRun {
  scheduleId: string;
  runId: string;
  dueAt: number;
}

/**
 * However many times were missed, there is one run for them, and then the next time after now. A schedule whose run
 * is still under way waits for its end. Says how many runs began their way.
 */
export async function takeDueSchedules(deps: Deps): Promise<number> {
  const { db, now, newId } = deps;
  await keepSchedules(deps);
  let taken = 0;
  for (const schedule of await listDue(db, now(), batch)) {
    const { id: scheduleId, dueAt, recurrence } = schedule;
    if (dueAt === null) continue;
    const run: ScheduledRun = { scheduleId, runId: newId(), dueAt };
    const nextAt = recurrence ? nextTime(recurrence, now()) : null;
    const isMine = await inTransaction(db, async (trx) => {
      if (!(await takeDue(trx, schedule, { runId: run.runId, nextAt }))) return false;
      await enqueueJob(trx, {
        id: newId(),
        kind: scheduleJob,
        payload: run,
        runAt: now(),
        now: now(),
      });
      return true;
    });
    if (isMine) taken++;
  }
  return taken;
}

/**
 * Runs what was taken. The run's id was given out when it was taken, so a job that is worked on again, because its
 * process died, finds the run begun and leaves it: a run that was cut off is never done twice.
 */
export async function runScheduled(deps: RunDeps, { scheduleId, runId, dueAt }: ScheduledRun): Promise<void> {
  const { db } = deps;
  const schedule = await findSchedule(db, scheduleId);
  const bot = schedule && (await findBot(db, schedule.botId));
  if (!schedule || !bot) return;
  try {
    await deps.runBehavior(runId, {
      actor: { kind: 'bot', id: bot.id, name: bot.name, owner: bot.owner },
      behavior: schedule.behaviorId,
      variables: variablesOf(deps.vault, schedule.id, schedule.sealedVariables),
      mode: 'live',
      scope: { scheduled_at: Math.floor(dueAt / 1000) },
    });
  } catch (error) {
    if (isDuplicate(error)) return;
    if (!(error instanceof HubError) || !refusals.has(error.code)) throw error;
    await noteFault(db, scheduleId, runId, error.message);
  }
}

/** Single runs are kept as long as deliveries, then they go. */
export async function pruneSchedules({ db, config, now }: Omit<Deps, 'newId'>): Promise<void> {
  const before = now() - config.keepDeliveriesDays * 86_400_000;
  while ((await deletePast(db, before, pruneBatch)) === pruneBatch);
}

/** What keeps a behavior from running at all; trying again would change nothing. */
const refusals = new Set(['bad_request', 'forbidden', 'not_found', 'behavior_not_runnable']);

function variablesOf(vault: Vault, id: string, sealed: string | null): JsonObject {
  if (sealed === null) return {};
  // Sealed by runLater, from an object.
  return parseJson(vault.open(sealed, variablesAt(id))) as JsonObject;
}

export function variablesAt(id: string) {
  return { table: 'schedules', id, field: 'sealed_variables' };
}
