/** SQL of runs, and of what bots keep between them. */
import type { Knex } from 'knex';
import { ownedByAny } from '../connections/store-accounts.ts';
import { isDuplicate } from '../db/transaction.ts';
import { parseJson, writeJson } from '../json.ts';
import type { Owner } from '../people/actor.ts';
import { type JsonObject, objectOf } from './json-value.ts';

export type RunStatus = 'running' | 'suspended' | 'done' | 'failed';

export interface RunRecord {
  id: string;
  behaviorId: string;
  mode: string;
  status: RunStatus;
  askedBy: string;
  actorKind: string;
  actorId: string;
  /** What the run told at its end or last wait; undefined while it is under way for the first time. */
  outcome: JsonObject | undefined;
  /** Where it waits, sealed; null when it does not. */
  sealedState: string | null;
  /** What it was started with, sealed; null when it was too much to keep. */
  sealedInputs: string | null;
  startedAt: number;
  finishedAt: number | null;
}

interface RunRow {
  id: string;
  behavior_id: string;
  mode: string;
  status: string;
  asked_by: string;
  actor_kind: string;
  actor_id: string;
  outcome: string | null;
  sealed_state: string | null;
  sealed_inputs: string | null;
  waits_until: number | null;
  started_at: number;
  finished_at: number | null;
}

export async function insertRun(
  db: Knex,
  run: Pick<RunRecord, 'id' | 'behaviorId' | 'mode' | 'askedBy' | 'actorKind' | 'actorId'> &
    Partial<Pick<RunRecord, 'sealedInputs'>>,
  now: number,
): Promise<void> {
  await db<RunRow>('runs').insert({
    id: run.id,
    behavior_id: run.behaviorId,
    mode: run.mode,
    status: 'running',
    asked_by: run.askedBy.slice(0, 255),
    actor_kind: run.actorKind,
    actor_id: run.actorId,
    outcome: null,
    sealed_inputs: run.sealedInputs ?? null,
    started_at: now,
    finished_at: null,
  });
}

/** The run's own end wins over `interrupted`, should another process have taken it for dead. */
export async function finishRun(
  db: Knex,
  id: string,
  status: 'done' | 'failed',
  outcome: JsonObject,
  now: number,
): Promise<void> {
  const ended = {
    status,
    outcome: writeJson(outcome),
    sealed_state: null,
    waits_until: null,
    finished_at: now,
  };
  await db<RunRow>('runs').where({ id }).update(ended);
}

/** The run waits for a reply, at most until then. */
export async function suspendRun(
  db: Knex,
  id: string,
  outcome: JsonObject,
  sealedState: string,
  waitsUntil: number,
): Promise<void> {
  const waiting = {
    status: 'suspended',
    outcome: writeJson(outcome),
    sealed_state: sealedState,
    waits_until: waitsUntil,
  };
  await db<RunRow>('runs').where({ id, status: 'running' }).update(waiting);
}

/** Takes a waiting run; false when another has, or its time is over. */
export async function takeSuspendedRun(db: Knex, id: string, now: number): Promise<boolean> {
  const taken = await db<RunRow>('runs')
    .where({ id, status: 'suspended' })
    .where('waits_until', '>', now)
    .update({ status: 'running', started_at: now });
  return taken === 1;
}

export async function findRun(db: Knex, id: string): Promise<RunRecord | undefined> {
  const row = await db<RunRow>('runs').where({ id }).first();
  return row && toRun(row);
}

/** Newest first: runs of behaviors whose bots have one of these owners; of one behavior, or with one status. */
export async function listRuns(
  db: Knex,
  filter: { owners: readonly Owner[] | 'all'; behaviorId?: string | undefined; status?: string | undefined },
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<RunRecord[]> {
  const query = db<RunRow>('runs').orderBy('id', 'desc').limit(limit);
  if (filter.owners !== 'all') {
    const bots = db('bots').where(ownedByAny(filter.owners)).select('id');
    query.whereIn('behavior_id', db('behaviors').whereIn('bot_id', bots).select('id'));
  }
  if (filter.behaviorId !== undefined) query.where({ behavior_id: filter.behaviorId });
  if (filter.status !== undefined) query.where({ status: filter.status });
  if (after !== undefined) query.where('id', '<', after);
  return (await query).map(toRun);
}

/** Marks runs under way since before `begunBefore`, and those that waited too long, as failed with this outcome. */
export async function failRunningRuns(
  db: Knex,
  outcome: JsonObject,
  { now, begunBefore }: { now: number; begunBefore: number },
): Promise<number> {
  const failed = { status: 'failed', outcome: writeJson(outcome), finished_at: now };
  return db<RunRow>('runs')
    .where({ status: 'running' })
    .andWhere('started_at', '<', begunBefore)
    .update(failed);
}

/** Ends runs whose reply did not come in time; they keep what they told. */
export async function endForgottenRuns(db: Knex, now: number): Promise<number> {
  return db<RunRow>('runs')
    .where({ status: 'suspended' })
    .andWhere('waits_until', '<=', now)
    .update({ status: 'done', sealed_state: null, waits_until: null, finished_at: now });
}

/** Deletes ended runs begun before then, at most so many; says how many. */
export async function deleteOldRuns(db: Knex, before: number, limit: number): Promise<number> {
  const old = await db<RunRow>('runs')
    .whereNotIn('status', ['running', 'suspended'])
    .andWhere('started_at', '<', before)
    .limit(limit)
    .select('id');
  if (old.length === 0) return 0;
  return db('runs')
    .whereIn(
      'id',
      old.map(({ id }) => id),
    )
    .delete();
}

/** The sealed value of a bot's key that has not expired. */
export async function findBotKey(
  db: Knex,
  botId: string,
  name: string,
  now: number,
): Promise<string | undefined> {
  const row: { sealed_value: string } | undefined = await db('bot_keys')
    .where({ bot_id: botId, name })
    .where((where) => where.whereNull('expires_at').orWhere('expires_at', '>', now))
    .first('sealed_value');
  return row?.sealed_value;
}

export async function putBotKey(
  db: Knex,
  key: { botId: string; name: string; sealedValue: string; expiresAt: number | null },
): Promise<void> {
  const at = { bot_id: key.botId, name: key.name };
  const value = { sealed_value: key.sealedValue, expires_at: key.expiresAt };
  if ((await db('bot_keys').where(at).update(value)) > 0) return;
  try {
    await db('bot_keys').insert({ ...at, ...value });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await db('bot_keys').where(at).update(value);
  }
}

export async function deleteBotKey(db: Knex, botId: string, name: string): Promise<void> {
  await db('bot_keys').where({ bot_id: botId, name }).delete();
}

export async function deleteExpiredBotKeys(db: Knex, now: number): Promise<number> {
  return db('bot_keys').where('expires_at', '<=', now).delete();
}

function toRun(row: RunRow): RunRecord {
  return {
    id: row.id,
    behaviorId: row.behavior_id,
    mode: row.mode,
    // The column holds only what this file wrote.
    status: row.status as RunStatus,
    askedBy: row.asked_by,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    outcome: row.outcome === null ? undefined : objectOf(parseJson(row.outcome)),
    sealedState: row.sealed_state,
    sealedInputs: row.sealed_inputs,
    startedAt: Number(row.started_at),
    finishedAt: row.finished_at === null ? null : Number(row.finished_at),
  };
}
