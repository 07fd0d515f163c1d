/** SQL of schedules. Changes of state are single conditional updates. */
import type { Knex } from 'knex';
import { ownedByAny } from '../connections/store-accounts.ts';
import type { Owner } from '../people/actor.ts';
import { readRule, type Schedule } from './schedule.ts';

export interface ScheduleRow {
  id: string;
  kind: Schedule['kind'];
  unique_key: string | null;
  bot_id: string;
  behavior_id: string;
  target: string;
  rule: string | null;
  sealed_variables: string | null;
  due_at: number | null;
  last_run_id: string | null;
  last_due_at: number | null;
  last_error: string | null;
  created_at: number;
}

export async function insertSchedule(
  db: Knex,
  row: Omit<ScheduleRow, 'last_run_id' | 'last_due_at' | 'last_error'>,
): Promise<void> {
  await db<ScheduleRow>('schedules').insert(row);
}

export async function findSchedule(db: Knex, id: string): Promise<Schedule | undefined> {
  const row = await db<ScheduleRow>('schedules').where({ id }).first();
  return row && toSchedule(row);
}

/** Those of recurring behaviors. */
export async function listRecurring(db: Knex): Promise<Schedule[]> {
  return (await db<ScheduleRow>('schedules').where({ kind: 'recurring' })).map(toSchedule);
}

/** False when another process has changed it since it was read. */
export async function changeSchedule(
  db: Knex,
  { id, dueAt }: Schedule,
  changes: Partial<Pick<ScheduleRow, 'bot_id' | 'rule' | 'due_at'>>,
): Promise<boolean> {
  return (await db<ScheduleRow>('schedules').where({ id, due_at: dueAt }).update(changes)) === 1;
}

export async function deleteSchedules(db: Knex, ids: readonly string[]): Promise<number> {
  return ids.length === 0 ? 0 : db<ScheduleRow>('schedules').whereIn('id', ids).delete();
}

/** Takes back a single run; false when it has begun or is gone. */
export async function deleteWaiting(db: Knex, id: string): Promise<boolean> {
  const waiting = db<ScheduleRow>('schedules').where({ id, kind: 'once' }).whereNotNull('due_at');
  return (await waiting.delete()) === 1;
}

/**
 * What is due, the longest due first. Left out: what belongs to a disabled behavior or bot, and what still runs from
 * the time before.
 */
export async function listDue(db: Knex, now: number, limit: number): Promise<Schedule[]> {
  const rows: ScheduleRow[] = await db('schedules')
    .join('behaviors', 'behaviors.id', 'schedules.behavior_id')
    .join('bots', 'bots.id', 'behaviors.bot_id')
    .where('schedules.due_at', '<=', now)
    .where('behaviors.is_disabled', 0)
    .where('bots.is_disabled', 0)
    .whereNotExists(
      db('runs').whereRaw('runs.id = schedules.last_run_id').where('runs.status', 'running').select('id'),
    )
    .orderBy(['schedules.due_at', 'schedules.id'])
    .limit(limit)
    .select('schedules.*');
  return rows.map(toSchedule);
}

/** Takes the run that is due; false when another process has. A single run is over by that. */
export async function takeDue(
  db: Knex,
  { id, kind, dueAt }: Schedule,
  { runId, nextAt }: { runId: string; nextAt: number | null },
): Promise<boolean> {
  const taken = {
    due_at: nextAt,
    last_run_id: runId,
    last_due_at: dueAt,
    last_error: null,
    ...(kind === 'once' && { unique_key: null }),
  };
  return (await db<ScheduleRow>('schedules').where({ id, due_at: dueAt }).update(taken)) === 1;
}

/** Keeps why a run did not begin, while it is the last one. */
export async function noteFault(db: Knex, id: string, runId: string, fault: string): Promise<void> {
  await db<ScheduleRow>('schedules').where({ id, last_run_id: runId }).update({ last_error: fault });
}

/** Single runs of a behavior that wait for this target, the first that was asked for first. */
export async function listWaiting(db: Knex, behaviorId: string, target: string): Promise<Schedule[]> {
  const rows = await db<ScheduleRow>('schedules')
    .where({ kind: 'once', behavior_id: behaviorId, target })
    .whereNotNull('due_at')
    .orderBy('id');
  return rows.map(toSchedule);
}

export async function countWaiting(db: Knex, botId: string): Promise<number> {
  const [row] = await db('schedules')
    .where({ kind: 'once', bot_id: botId })
    .whereNotNull('due_at')
    .count({ count: '*' });
  return Number(row?.count ?? 0);
}

/** Deletes single runs that were due before then, at most so many; says how many. */
export async function deletePast(db: Knex, before: number, limit: number): Promise<number> {
  const past = await db<ScheduleRow>('schedules')
    .where({ kind: 'once', due_at: null })
    .where('last_due_at', '<', before)
    .limit(limit)
    .select('id');
  return deleteSchedules(
    db,
    past.map(({ id }) => id),
  );
}

export interface ListedSchedule extends Schedule {
  title: string;
  botName: string;
  /** The behavior or its bot is disabled. */
  isPaused: boolean;
  /** Status of the last run; null when there was none, or it is not kept any more. */
  lastStatus: string | null;
}

/** With names; what comes next first, or, `by: 'title'`, as lists of the API go. */
export async function listSchedules(
  db: Knex,
  filter: { owners: readonly Owner[] | 'all'; botId?: string | undefined },
  page: { by: 'title' | 'due'; limit: number; after?: { name: string; id: string } | undefined },
): Promise<ListedSchedule[]> {
  const query = db('schedules')
    .join('behaviors', 'behaviors.id', 'schedules.behavior_id')
    .join('bots', 'bots.id', 'behaviors.bot_id')
    .leftJoin('runs', 'runs.id', 'schedules.last_run_id')
    .limit(page.limit)
    .select(
      'schedules.*',
      'behaviors.title as title',
      'bots.name as bot_name',
      'behaviors.is_disabled as is_off',
      'bots.is_disabled as is_bot_off',
      'runs.status as last_status',
    );
  if (filter.owners !== 'all') {
    query.whereIn('bots.id', db('bots').where(ownedByAny(filter.owners)).select('id'));
  }
  if (filter.botId !== undefined) query.where('behaviors.bot_id', filter.botId);
  const { after } = page;
  if (page.by === 'due') query.orderByRaw('schedules.due_at is null, schedules.due_at, schedules.id desc');
  else query.orderBy(['behaviors.title', 'schedules.id']);
  if (after) {
    query.where((where) =>
      where
        .where('behaviors.title', '>', after.name)
        .orWhere((same) => same.where('behaviors.title', after.name).where('schedules.id', '>', after.id)),
    );
  }
  const rows: (ScheduleRow & Named)[] = await query;
  return rows.map((row) => ({
    ...toSchedule(row),
    title: row.title,
    botName: row.bot_name,
    isPaused: row.is_off === 1 || row.is_bot_off === 1,
    lastStatus: row.last_status,
  }));
}

interface Named {
  title: string;
  bot_name: string;
  is_off: number;
  is_bot_off: number;
  last_status: string | null;
}

function toSchedule(row: ScheduleRow): Schedule {
  return {
    id: row.id,
    kind: row.kind,
    botId: row.bot_id,
    behaviorId: row.behavior_id,
    target: row.target,
    recurrence: readRule(row.rule),
    sealedVariables: row.sealed_variables,
    dueAt: row.due_at === null ? null : Number(row.due_at),
    lastRunId: row.last_run_id,
    lastDueAt: row.last_due_at === null ? null : Number(row.last_due_at),
    lastError: row.last_error,
    createdAt: Number(row.created_at),
  };
}
