import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJobRunner, enqueueJob, ensureRecurringJobs, type JobHandler } from '../../server/jobs.ts';
import { withDatabases } from '../support/databases.ts';

withDatabases((database) => {
  async function setUp(handlers: JobHandler[]) {
    const db = await database.open();
    const clock = { at: 1_000_000 };
    let count = 0;
    const deps = {
      db,
      now: () => clock.at,
      newId: () => `job-${++count}`,
      log: { error: () => {} },
      handlers,
    };
    return { db, clock, deps, runner: createJobRunner(deps) };
  }

  test(`${database.name}: a job runs once, when it is due, with its payload`, async () => {
    const seen: unknown[] = [];
    const { db, clock, runner } = await setUp([
      { kind: 'note', run: async (payload) => void seen.push(payload) },
    ]);
    await enqueueJob(db, { id: 'a', kind: 'note', payload: { n: 1 }, runAt: clock.at + 10, now: clock.at });
    assert.equal(await runner.runDue(), 0);
    clock.at += 10;
    assert.equal(await runner.runDue(), 1);
    assert.equal(await runner.runDue(), 0);
    assert.deepEqual(seen, [{ n: 1 }]);
  });

  test(`${database.name}: of many runners on one database exactly one runs a job`, async () => {
    let runs = 0;
    const { db, clock, deps } = await setUp([{ kind: 'once', run: async () => void runs++ }]);
    await enqueueJob(db, { id: 'a', kind: 'once', payload: null, runAt: clock.at, now: clock.at });
    await Promise.all(Array.from({ length: 8 }, () => createJobRunner(deps).runDue()));
    assert.equal(runs, 1);
  });

  test(`${database.name}: a job that fails is tried again later, five times in all`, async () => {
    let runs = 0;
    const fail = async () => {
      runs++;
      throw new Error('planted');
    };
    const { db, clock, runner } = await setUp([{ kind: 'bad', run: fail }]);
    await enqueueJob(db, { id: 'a', kind: 'bad', payload: null, runAt: clock.at, now: clock.at });
    for (let i = 0; i < 10; i++) {
      await runner.runDue();
      clock.at += 3_600_000;
    }
    assert.equal(runs, 5);
    assert.equal((await db('jobs').first()).state, 'failed');
  });

  test(`${database.name}: a job whose process died is taken over after its lease, and the dead one's late word is ignored`, async () => {
    let release = () => {};
    const hung = new Promise<void>((resolve) => {
      release = resolve;
    });
    const runs: string[] = [];
    const slow = await setUp([
      {
        kind: 'slow',
        run: async () => {
          runs.push('first');
          await hung;
          throw new Error('planted, long after the lease');
        },
      },
    ]);
    const second = createJobRunner({
      ...slow.deps,
      handlers: [{ kind: 'slow', run: async () => void runs.push('second') }],
    });
    await enqueueJob(slow.db, {
      id: 'a',
      kind: 'slow',
      payload: null,
      runAt: slow.clock.at,
      now: slow.clock.at,
    });
    const first = slow.runner.runDue();
    while (runs.length === 0) await new Promise((resolve) => setImmediate(resolve));
    slow.clock.at += 60_000;
    assert.equal(await second.runDue(), 1);
    release();
    await first;
    assert.deepEqual(runs, ['first', 'second']);
    assert.equal(await slow.db('jobs').first(), undefined);
  });

  test(`${database.name}: a job that its processes die of is given up after five leases`, async () => {
    const { db, clock, deps } = await setUp([]);
    await enqueueJob(db, { id: 'a', kind: 'deadly', payload: null, runAt: clock.at, now: clock.at });
    let runs = 0;
    const dying: JobHandler = {
      kind: 'deadly',
      run: () => {
        runs++;
        return new Promise(() => {});
      },
    };
    for (let i = 0; i < 8; i++) {
      // Each of these never comes back, as a process that died.
      const claimed = createJobRunner({ ...deps, handlers: [dying] }).runDue();
      await Promise.race([claimed, new Promise((resolve) => setTimeout(resolve, 50))]);
      clock.at += 60_000;
    }
    assert.equal(runs, 5);
    assert.equal((await db('jobs').first()).state, 'failed');
  });

  test(`${database.name}: a runner that is stopped ends the jobs at work and takes no other`, async () => {
    const seen: string[] = [];
    const { db, clock, runner } = await setUp([
      {
        kind: 'slow',
        run: async (payload) => {
          seen.push(String(payload));
          void runner.stop();
        },
      },
    ]);
    const ids = Array.from({ length: 10 }, (_, index) => `job ${index}`);
    for (const id of ids)
      await enqueueJob(db, { id, kind: 'slow', payload: id, runAt: clock.at, now: clock.at });
    await runner.runDue();
    const rest: { id: string; state: string }[] = await db('jobs');
    assert.ok(seen.length < ids.length, 'some are left');
    assert.deepEqual([...seen, ...rest.map(({ id }) => id)].sort(), ids);
    assert.ok(rest.every(({ state }) => state === 'ready'));
  });

  test(`${database.name}: a recurring job has one row for all processes and comes back`, async () => {
    let runs = 0;
    const { db, clock, deps, runner } = await setUp([
      { kind: 'sweep', everyMs: 1000, run: async () => void runs++ },
    ]);
    await ensureRecurringJobs(deps);
    await ensureRecurringJobs(deps);
    assert.equal((await db('jobs')).length, 1);
    for (let i = 0; i < 3; i++) {
      clock.at += 1000;
      await runner.runDue();
    }
    assert.equal(runs, 3);
  });

  test(`${database.name}: a unique key takes a second job for the first`, async () => {
    const { db, clock } = await setUp([]);
    for (const id of ['a', 'b']) {
      await enqueueJob(db, { id, kind: 'x', payload: null, runAt: 0, now: clock.at, uniqueKey: 'one' });
    }
    assert.deepEqual(
      (await db('jobs')).map((row) => row.id),
      ['a'],
    );
  });

  test(`${database.name}: four jobs run at once, each of them once, and no fifth`, async () => {
    const started: unknown[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { db, clock, runner } = await setUp([
      {
        kind: 'wait',
        run: async (payload) => {
          started.push(payload);
          await gate;
        },
      },
    ]);
    for (let n = 1; n <= 6; n++) {
      const times = { runAt: clock.at + n, now: clock.at };
      await enqueueJob(db, { id: `w${n}`, kind: 'wait', payload: n, ...times });
    }
    clock.at += 10;
    const running = runner.runDue();
    while (started.length < 4) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([...started].sort(), [1, 2, 3, 4]);
    release();
    assert.equal(await running, 6);
    assert.deepEqual([...started].sort(), [1, 2, 3, 4, 5, 6]);
  });

  test(`${database.name}: a runner that is woken does not wait for its next look`, async () => {
    let tell = () => {};
    const ran = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const { db, clock, runner } = await setUp([{ kind: 'now', run: async () => tell() }]);
    await enqueueJob(db, { id: 'a', kind: 'now', payload: null, runAt: clock.at, now: clock.at });
    runner.wake();
    await ran;
    await runner.stop();
    assert.equal(await db('jobs').first(), undefined);
  });
});
