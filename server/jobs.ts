/** Durable jobs: rows in the database, claimed by one conditional update, with a lease and a fencing counter. */
import type { Knex } from 'knex';
import { isDuplicate } from './db/transaction.ts';

const leaseMs = 60_000;
const renewMs = 20_000;
const maxLanes = 4;
const maxTries = 5;

/** What runs a kind of job. Running twice must do no harm: a process may die between work and bookkeeping. */
export interface JobHandler {
  kind: string;
  run(payload: unknown): Promise<void>;
  /** Runs again and again at this distance, one row for all processes. */
  everyMs?: number;
}

export interface JobRunner {
  /** Runs what is due now and tells how many. */
  runDue(): Promise<number>;
  /** Looks for due jobs every second until stopped. */
  start(): void;
  /** Looks now: this process has just stored a job. */
  wake(): void;
  /** Waits for the jobs at work. */
  stop(): Promise<void>;
}

export interface Deps {
  db: Knex;
  now(): number;
  newId(): string;
  log: { error(fields: object, message: string): void };
  handlers: readonly JobHandler[];
}

interface JobRow {
  id: string;
  kind: string;
  payload: string;
  state: 'ready' | 'running' | 'failed';
  tries: number;
  fence: number;
}

/** Stores a job; with the rows it concerns when `db` is their transaction. A unique key that exists is left alone. */
export async function enqueueJob(
  db: Knex,
  job: { id: string; kind: string; payload: unknown; runAt: number; now: number; uniqueKey?: string },
): Promise<void> {
  try {
    await db('jobs').insert({
      id: job.id,
      kind: job.kind,
      unique_key: job.uniqueKey ?? null,
      payload: JSON.stringify(job.payload),
      state: 'ready',
      tries: 0,
      fence: 0,
      run_at: job.runAt,
      created_at: job.now,
    });
  } catch (error) {
    if (job.uniqueKey === undefined || !isDuplicate(error)) throw error;
  }
}

/** Makes the rows of recurring jobs that do not exist yet. */
export async function ensureRecurringJobs(deps: Deps): Promise<void> {
  for (const { kind, everyMs } of deps.handlers) {
    if (everyMs === undefined) continue;
    const now = deps.now();
    await enqueueJob(deps.db, {
      id: deps.newId(),
      kind,
      payload: null,
      runAt: now + everyMs,
      now,
      uniqueKey: `every ${kind}`,
    });
  }
}

/** Up to four lanes, each of which works one job after another; whoever claims a job opens the next lane. */
export function createJobRunner(deps: Deps): JobRunner {
  const handlers = new Map(deps.handlers.map((handler) => [handler.kind, handler]));
  const lanes = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let done = 0;
  const work = async (): Promise<void> => {
    for (; !isStopped; done++) {
      const job = await claim(deps);
      if (!job) return;
      openLane();
      await workOn(deps, handlers.get(job.kind), job);
    }
  };
  const openLane = (): void => {
    if (isStopped || lanes.size >= maxLanes) return;
    const lane = work().finally(() => lanes.delete(lane));
    lanes.add(lane);
    lane.catch((error) =>
      deps.log.error({ cause: error instanceof Error ? error.name : 'unknown' }, 'jobs could not be read'),
    );
  };
  return {
    async runDue() {
      const before = done;
      openLane();
      while (lanes.size > 0) await Promise.all(lanes);
      return done - before;
    },
    start() {
      timer = setInterval(openLane, 1000).unref();
      openLane();
    },
    wake: openLane,
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await Promise.allSettled(lanes);
    },
  };
}

/** Takes one due job, or one whose lease ran out; undefined when there is none. */
async function claim({ db, now, handlers }: Deps): Promise<JobRow | undefined> {
  const at = now();
  const kinds = handlers.map((handler) => handler.kind);
  const due: JobRow[] = await db('jobs')
    .whereIn('kind', kinds)
    .andWhere((where) =>
      where
        .where((ready) => ready.where('state', 'ready').andWhere('run_at', '<=', at))
        .orWhere((lapsed) => lapsed.where('state', 'running').andWhere('leased_until', '<=', at)),
    )
    .orderBy('run_at')
    .limit(10);
  for (const job of due) {
    const fence = job.fence + 1;
    // A lease that ran out counts as a try: the job may be what its process died of.
    const tries = job.state === 'running' ? job.tries + 1 : job.tries;
    const isOver = tries >= maxTries && !isRecurring(handlers, job.kind);
    const claimed = await db('jobs')
      .where({ id: job.id, state: job.state, fence: job.fence })
      .update({ state: isOver ? 'failed' : 'running', tries, fence, leased_until: at + leaseMs });
    if (claimed === 1 && !isOver) return { ...job, state: 'running', tries, fence };
  }
  return undefined;
}

async function workOn(deps: Deps, handler: JobHandler | undefined, job: JobRow): Promise<void> {
  // Claims ask for known kinds only, so the handler is there.
  if (!handler) return;
  const renewing = setInterval(() => void renew(deps, job).catch(() => {}), renewMs).unref();
  try {
    await handler.run(JSON.parse(job.payload));
    await finish(deps, handler, job);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    deps.log.error({ job: job.id, kind: job.kind, cause: name }, 'job failed');
    await retryLater(deps, handler, job, name);
  } finally {
    clearInterval(renewing);
  }
}

/** Keeps the job ours while it takes long. */
async function renew({ db, now }: Deps, job: JobRow): Promise<void> {
  await db('jobs')
    .where({ id: job.id, fence: job.fence })
    .update({ leased_until: now() + leaseMs });
}

function isRecurring(handlers: Deps['handlers'], kind: string): boolean {
  return handlers.some((handler) => handler.kind === kind && handler.everyMs !== undefined);
}

/** Writes only while the fence is ours: a job whose lease ran out belongs to another process. */
async function finish({ db, now }: Deps, handler: JobHandler, job: JobRow): Promise<void> {
  const mine = db('jobs').where({ id: job.id, fence: job.fence });
  if (handler.everyMs === undefined) await mine.delete();
  else await mine.update({ state: 'ready', tries: 0, run_at: now() + handler.everyMs, last_error: null });
}

async function retryLater(
  { db, now }: Deps,
  handler: JobHandler,
  job: JobRow,
  lastError: string,
): Promise<void> {
  const tries = job.tries + 1;
  const isOver = tries >= maxTries && handler.everyMs === undefined;
  const pause = Math.min(1000 * 4 ** tries, 3_600_000);
  await db('jobs')
    .where({ id: job.id, fence: job.fence })
    .update({ state: isOver ? 'failed' : 'ready', tries, run_at: now() + pause, last_error: lastError });
}
