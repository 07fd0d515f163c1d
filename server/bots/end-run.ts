/** The end of a run, stored together with what is told of it. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { type HappeningKind, isHeard, tellHappening } from '../happenings.ts';
import { type JsonObject, objectOf, textOf } from './json-value.ts';
import { findBehavior } from './store.ts';
import { findRun, finishRun } from './store-runs.ts';

/** Of a run that nobody asked to be told of it costs one statement and a look. Simulations are told to nobody. */
export async function endRun(
  db: Knex,
  id: string,
  status: 'done' | 'failed',
  outcome: JsonObject,
  now: number,
): Promise<void> {
  const kind: HappeningKind = `run.${status}`;
  if (!(await isHeard(db, kind))) return finishRun(db, id, status, outcome, now);
  await inTransaction(db, async (trx) => {
    await finishRun(trx, id, status, outcome, now);
    const run = await findRun(trx, id);
    if (run?.mode !== 'live') return;
    const label = (await findBehavior(trx, run.behaviorId))?.title ?? run.behaviorId;
    const error = textOf(objectOf(outcome.error)?.message) || null;
    const data = { behavior_id: run.behaviorId, asked_by: run.askedBy, error };
    await tellHappening(trx, { kind, at: now, subject: { id, label }, data });
  });
}
