/** Behaviors that run at a time: recurring and once, by their bot, one run a time, over the API and between processes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DatabaseConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';
import { createIdMaker } from '../../server/id.ts';
import { takeDueSchedules } from '../../server/schedules/run-due.ts';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';

const minute = 60_000;
const hour = 60 * minute;

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let config: DatabaseConfig;
  let botId: string;
  before(async () => {
    config = await database.create();
    hub = await startTestHub({ database: config });
    botId = await makeBot('Clock');
  });
  after(() => hub.close());

  async function makeBot(name: string, fields: object = {}): Promise<string> {
    const made = await hub.api('POST', '/bots', { name, owner: { context: 'app', id: '0' }, ...fields });
    assert.equal(made.status, 201, made.text);
    return made.body.id;
  }

  async function make(actions: object[], fields: object = {}): Promise<string> {
    const made = await hub.api('POST', '/behaviors', {
      bot_id: botId,
      title: 'T',
      event: { key: 'event.macro.bot' },
      nodes: [{ type: 'action', title: 'Act', params: { actions } }],
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    return made.body.id;
  }

  const count = { action: '_set_key', key: 'runs', value: "{{kept ~ scheduled_at ~ ' '}}", expires_at: '' };
  const read = { action: '_get_key', key: 'runs', var: 'kept' };
  const recurring = (repeat_patterns: string, timezone = '') => ({
    event: { key: 'event.behavior.recurrent', params: { repeat_patterns, timezone } },
  });

  async function schedulesOf(behavior: string) {
    const { body } = await hub.api('GET', '/schedules?limit=200');
    return body.items.filter((item: { behavior_id: string }) => item.behavior_id === behavior);
  }

  /** Moves the clock and works until nothing is due. */
  async function pass(ms: number): Promise<void> {
    hub.clock.offsetMs += ms;
    while ((await hub.hub.runJobs()) > 0);
  }

  async function runOf(behavior: string) {
    const [schedule] = await schedulesOf(behavior);
    assert.ok(schedule?.last?.run_id, JSON.stringify(schedule));
    return (await hub.api('GET', `/runs/${schedule.last.run_id}`)).body;
  }

  test(`${on}: the page shows what runs next, and takes a single run back`, async () => {
    const later = await make([], { title: 'Remind me' });
    const id = await make([{ action: '_schedule_behavior', behavior_id: later, run_date: '+1 hour' }]);
    await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    const page = await hub.admin.open(`${hub.url}/bots/${botId}/schedules`);
    assert.match(page.html, /Remind me/);
    assert.match(page.html, /aria-current="page">Schedules/);
    const gone = await hub.admin.press(page, /Take back/, {});
    assert.match(gone.html, /was taken back/);
    assert.deepEqual(await schedulesOf(later), []);
    const empty = await hub.admin.open(`${hub.url}/bots/${await makeBot('Idle')}/schedules`);
    assert.match(empty.html, /Nothing is scheduled/);
  });

  test(`${on}: a recurring behavior runs at its time, and says when it is due next`, async () => {
    const id = await make([read, count], recurring('0 * * * *'));
    const [before] = await schedulesOf(id);
    assert.equal(before.last, null);
    assert.equal(before.timezone, 'UTC');
    const due = Date.parse(before.next_at);
    await pass(due - (Date.now() + hub.clock.offsetMs) - minute);
    assert.equal((await schedulesOf(id))[0].last, null);
    await pass(2 * minute);
    const [now] = await schedulesOf(id);
    assert.equal(now.last.due_at, before.next_at);
    assert.equal(now.last.status, 'done');
    assert.equal(Date.parse(now.next_at), due + hour);
    assert.equal((await runOf(id)).values.kept, '');
  });

  test(`${on}: of the times that were missed one run comes, and then the next time after now`, async () => {
    const id = await make(
      [{ action: '_set_custom_var', var: 'at', value: '{{scheduled_at}}' }],
      recurring('*/10 * * * *'),
    );
    const [{ next_at }] = await schedulesOf(id);
    await pass(24 * hour);
    const [schedule] = await schedulesOf(id);
    assert.equal(schedule.last.due_at, next_at, 'the first that was missed');
    assert.ok(Date.parse(schedule.next_at) > Date.now() + hub.clock.offsetMs);
    assert.equal((await runOf(id)).values.at, String(Date.parse(next_at) / 1000));
  });

  test(`${on}: while behavior or bot is disabled nothing runs, and afterwards nothing is made up for`, async () => {
    const id = await make([], recurring('*/5 * * * *'));
    assert.ok((await schedulesOf(id))[0].next_at);
    await hub.api('PATCH', `/behaviors/${id}`, { is_disabled: true });
    const [paused] = await schedulesOf(id);
    assert.deepEqual([paused.is_paused, paused.next_at], [true, null]);
    await pass(2 * hour);
    await hub.api('PATCH', `/behaviors/${id}`, { is_disabled: false });
    const [again] = await schedulesOf(id);
    assert.equal(again.last, null);
    assert.ok(Date.parse(again.next_at) > Date.now() + hub.clock.offsetMs);
  });

  test(`${on}: a changed event has new times, another event none, and a deleted behavior is gone`, async () => {
    const id = await make([], recurring('0 3 * * *', 'Europe/Berlin'));
    const [before] = await schedulesOf(id);
    assert.deepEqual(before.repeat_patterns, ['0 3 * * *']);
    await hub.api('PATCH', `/behaviors/${id}`, recurring('0 4 * * *', 'Europe/Berlin'));
    const [changed] = await schedulesOf(id);
    assert.equal(changed.id, before.id);
    assert.notEqual(changed.next_at, before.next_at);
    await hub.api('PATCH', `/behaviors/${id}`, { event: { key: 'event.macro.bot' } });
    assert.deepEqual(await schedulesOf(id), []);
    const other = await make([], recurring('@daily'));
    assert.equal((await schedulesOf(other)).length, 1);
    await hub.api('DELETE', `/behaviors/${other}`);
    assert.deepEqual(await schedulesOf(other), []);
  });

  test(`${on}: a faulty line keeps the behavior from running, and says so`, async () => {
    const id = await make([], recurring('61 * * * *'));
    const { body } = await hub.api('GET', `/behaviors/${id}`);
    assert.equal(body.runnable, false);
    assert.equal(body.unsupported[0].path, '/event/params/repeat_patterns');
    assert.equal((await schedulesOf(id))[0].next_at, null);
  });

  test(`${on}: one behavior has another run once, later, with the inputs of that time`, async () => {
    const variables = { var_x: { key: 'var_x', label: 'x', type: 'S', is_private: '0', params: {} } };
    const later = await make([{ action: '_set_custom_var', var: 'got', value: '{{var_x}}!' }], { variables });
    const schedule = {
      action: '_schedule_behavior',
      on: 'va_id',
      behavior_id: later,
      run_date: '+2 hours',
      on_dupe: '',
      var_x: '{{"a secret of mine"}}',
    };
    const first = await make([schedule]);
    const simulated = await hub.api('POST', `/behaviors/${first}/simulate`, { variables: {} });
    assert.equal(simulated.body.transcript[0].status, 'skipped');
    assert.deepEqual(await schedulesOf(later), []);
    const run = await hub.api('POST', `/behaviors/${first}/run`, { variables: {} });
    assert.match(run.body.transcript[0].text, /Scheduling 'T'/);
    assert.doesNotMatch(JSON.stringify(await rows('schedules')), /a secret of mine/);
    await pass(hour);
    assert.equal((await schedulesOf(later))[0].last, null);
    await pass(hour + minute);
    assert.equal((await runOf(later)).values.got, 'a secret of mine!');
    const [over] = await schedulesOf(later);
    assert.equal(over.next_at, null);
    await pass(31 * 24 * hour);
    assert.deepEqual(await schedulesOf(later), [], 'it is kept as long as deliveries');
  });

  test(`${on}: of duplicates both run, or the first, or the last; and what waits can be taken back`, async () => {
    const later = await make([]);
    const ask = async (on_dupe: string, run_date: string) => {
      const on = 'va_id';
      const id = await make([{ action: '_schedule_behavior', on, behavior_id: later, run_date, on_dupe }]);
      return (await hub.api('POST', `/behaviors/${id}/run`, { variables: {} })).body;
    };
    await ask('first', '+1 hour');
    const kept = await ask('first', '+2 hours');
    assert.match(kept.transcript[0].text, /it waits already/);
    assert.equal((await schedulesOf(later)).length, 1);
    await ask('', '+3 hours');
    assert.equal((await schedulesOf(later)).length, 2);
    const before = Date.now() + hub.clock.offsetMs;
    await ask('last', '+4 hours');
    const [left, ...others] = await schedulesOf(later);
    assert.deepEqual(others, []);
    assert.ok(Date.parse(left.next_at) > before + 3.9 * hour);
    const back = await make([{ action: '_unschedule_behavior', on: 'va_id', behavior_id: later }]);
    const done = await hub.api('POST', `/behaviors/${back}/run`, { variables: {} });
    assert.match(done.body.transcript[0].text, /1 waited/);
    assert.deepEqual(await schedulesOf(later), []);
  });

  test(`${on}: a single run is taken back over the API while it waits, a recurring one is not`, async () => {
    const later = await make([]);
    const id = await make([{ action: '_schedule_behavior', behavior_id: later, run_date: '+1 hour' }]);
    await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    const [waiting] = await schedulesOf(later);
    assert.equal((await hub.api('DELETE', `/schedules/${waiting.id}`)).status, 204);
    assert.equal((await hub.api('DELETE', `/schedules/${waiting.id}`)).status, 404);
    const recurs = await make([], recurring('@daily'));
    const [schedule] = await schedulesOf(recurs);
    const refused = await hub.api('DELETE', `/schedules/${schedule.id}`);
    assert.equal(refused.body.error.code, 'conflict');
  });

  test(`${on}: a bot has only behaviors run that it may run, and a run acts as its bot`, async () => {
    const { body } = await hub.api('GET', `/bots/${botId}`);
    const group = await hub.api('POST', '/groups', { name: 'Night' });
    assert.equal(group.status, 201, group.text);
    const foreign = await makeBot('Foreign', { owner: { context: 'group', id: group.body.id } });
    const theirs = await make([], { bot_id: foreign, title: 'Theirs' });
    const id = await make([{ action: '_schedule_behavior', behavior_id: theirs, run_date: 'now' }]);
    const refused = await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    assert.equal(refused.body.error.code, 'not_found');
    const own = await make([], recurring('*/5 * * * *'));
    await hub.api('GET', '/schedules');
    await pass(6 * minute);
    const { run_id } = (await schedulesOf(own))[0].last;
    const [run] = (await rows('runs')).filter((row) => row.id === run_id);
    assert.deepEqual([run?.asked_by, run?.actor_kind, run?.actor_id], [body.name, 'bot', botId]);
  });

  test(`${on}: a run that cannot begin says why, at its schedule`, async () => {
    const variables = { var_x: { key: 'var_x', label: 'x', type: 'N', is_private: '0', params: {} } };
    const later = await make([], { variables });
    const id = await make([{ action: '_schedule_behavior', behavior_id: later, run_date: '+1 hour' }]);
    await hub.api('POST', `/behaviors/${id}/run`, { variables: {} });
    await hub.api('PATCH', `/behaviors/${later}`, {
      nodes: [{ type: 'action', title: 'A', params: { actions: [{ action: 'nowhere.known' }] } }],
    });
    await pass(2 * hour);
    const [schedule] = await schedulesOf(later);
    assert.equal(schedule.last.run_id, null);
    assert.match(schedule.last.error, /nowhere\.known/);
  });

  test(`${on}: of many processes one takes what is due, and a job done again runs nothing twice`, async () => {
    const many = { ...read, key: 'many' };
    const id = await make([many, { ...count, key: 'many' }, many], recurring('0 0 * * *'));
    await schedulesOf(id);
    const dbs = [openDatabase(config), openDatabase(config), openDatabase(config)];
    try {
      const now = () => Date.now() + hub.clock.offsetMs + 25 * hour;
      const taken = await Promise.all(
        dbs.map((db) => {
          const deps = {
            db,
            now,
            newId: createIdMaker(now),
            config: { timeZone: 'UTC', keepDeliveriesDays: 30 },
          };
          return takeDueSchedules(deps);
        }),
      );
      const recurringOnes = (await rows('schedules')).filter(
        (row) => row.kind === 'recurring' && row.last_run_id,
      );
      assert.ok(taken.reduce((sum, one) => sum + one, 0) <= recurringOnes.length);
      const jobs = (await rows('jobs')).filter((row) => row.kind === 'run schedule');
      const mine = jobs.filter((row) =>
        String(row.payload).includes(
          (recurringOnes.find((row) => row.behavior_id === id) ?? {}).id as string,
        ),
      );
      assert.equal(mine.length, 1);
      // As when a process died behind its work: the job is there once more.
      const [job] = mine;
      const db = dbs[0] ?? assert.fail();
      await db('jobs').insert({ ...job, id: `${String(job?.id).slice(0, -1)}0`, unique_key: null });
      await pass(25 * hour);
      assert.equal((await rows('jobs')).filter((row) => row.kind === 'run schedule').length, 0);
      assert.equal((await runOf(id)).values.kept.trim().split(' ').length, 1);
    } finally {
      await Promise.all(dbs.map((db) => db.destroy()));
    }
  });

  async function rows(table: string): Promise<Record<string, unknown>[]> {
    const db = openDatabase(config);
    try {
      return await db(table);
    } finally {
      await db.destroy();
    }
  }
});
