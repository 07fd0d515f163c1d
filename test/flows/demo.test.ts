/** The demo as people run it, and that it says so when a step was not verified. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../server/db/open.ts';
import { type DemoOptions, runDemo } from '../../server/demo.ts';
import type { RunningSandbox } from '../../server/sandbox/start.ts';
import { command, databaseUrl, startProgram } from '../support/command.ts';
import { withDatabases } from '../support/databases.ts';
import { freePort } from '../support/mariadb.ts';
import { packageText } from '../support/packages.ts';

const given = join(import.meta.dirname, '../support/packages');

/** Runs it inside the test, so that what the sandbox saw can be looked at. */
async function demo(env: Record<string, string> = {}, options: Partial<DemoOptions> = {}) {
  const lines: string[] = [];
  let sandbox: RunningSandbox | undefined;
  const code = await runDemo(
    {
      env: { PORT: String(await freePort()), ...env },
      out: (text) => lines.push(text),
      interrupted: new Promise(() => {}),
    },
    {
      once: true,
      ...options,
      onSandbox: (running) => {
        sandbox = running;
        options.onSandbox?.(running);
      },
    },
  );
  return { code, out: lines.join('\n'), sandbox };
}

withDatabases((database) => {
  const on = database.name;

  test(`${on}: the demo verifies every step, and a second time on the same database`, async () => {
    const env = { DATABASE_URL: databaseUrl(await database.create()) };
    for (const turn of [1, 2]) {
      const started = performance.now();
      const { code, out } = await demo(env);
      assert.equal(code, 0, `turn ${turn}: ${out}`);
      assert.match(out, /Every step was verified/);
      assert.match(out, /POST \/oauth\/access_token\n +200, verified: .*signature HMAC-SHA1.*verifier/);
      assert.doesNotMatch(out, /REFUSED/);
      assert.ok(performance.now() - started < 15_000);
    }
  });

  test(`${on}: a database with tables that the demo did not make is refused and left as it is`, async () => {
    const config = await database.create();
    const db = openDatabase(config);
    await db.schema.createTable('somebodys', (table) => table.integer('n'));
    await db('somebodys').insert({ n: 1 });
    const { code, out, err } = await command(['demo', '--once'], {
      env: { DATABASE_URL: databaseUrl(config), PORT: String(await freePort()) },
    });
    assert.equal(code, 1);
    assert.equal(out, '');
    assert.match(err, /tables that the demo did not make \(somebodys/);
    assert.equal((await db('somebodys')).length, 1);
    assert.equal(await db.schema.hasTable('workers'), false);
    await db.destroy();
  });

  test(`${on}: a hub's own database is refused too`, async () => {
    const config = await database.create();
    const env = {
      DATABASE_URL: databaseUrl(config),
      COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    };
    assert.equal((await command(['worker', 'add', 'ada@example.com'], { env })).code, 0);
    assert.equal(
      (await command(['demo', '--once'], { env: { ...env, PORT: String(await freePort()) } })).code,
      1,
    );
    const db = openDatabase(config);
    assert.equal((await db('workers')).length, 1);
    await db.destroy();
  });
});

for (const file of ['twitter-service.json', 'twitter-bot.json']) {
  test(`the demo takes a package of the user's as it is: ${file}`, async () => {
    const { code, out } = await demo({}, { package: packageText(`test/support/packages/${file}`) });
    assert.equal(code, 0, out);
    assert.match(out, /Ran the behavior/);
  });
}

test('a package that cannot be imported stops the demo with what stands against it', async () => {
  await assert.rejects(demo({}, { package: '{"package":{},}' }), /This is not JSON.*line 1, column 15/);
  const foreign = JSON.parse(packageText('test/support/packages/twitter-service.json'));
  foreign.records[0].extension_id = 'made.up.provider';
  await assert.rejects(
    demo({}, { package: JSON.stringify(foreign) }),
    /cannot be stored here:\n {2}\/records\/0\/extension_id: The service provider 'made\.up\.provider'/,
  );
});

test('the sandbox never sees a cookie of the hub', async () => {
  const names = new Set<string>();
  const note = ({ journal }: RunningSandbox) => {
    for (const entry of journal.entries()) for (const name of entry.cookieNames) names.add(name);
  };
  const onSandbox = (running: RunningSandbox) => {
    const clear = running.journal.clear;
    running.journal.clear = () => {
      note(running);
      clear();
    };
  };
  const { code, sandbox } = await demo({}, { onSandbox });
  assert.equal(code, 0);
  assert.ok(sandbox);
  note(sandbox);
  assert.deepEqual(
    [...names].filter((name) => /countersign/i.test(name)),
    [],
  );
});

for (const [what, plant] of [
  ['refuses what was signed', (sandbox: RunningSandbox) => sandbox.faults.set('clock-skew', 100_000)],
  ['answers nothing of use', (sandbox: RunningSandbox) => sandbox.faults.set('token-malformed', true)],
] as const) {
  test(`the demo does not end with 0 when the remote side ${what} on the way`, async () => {
    await assert.rejects(demo({}, { onSandbox: plant }), /The demo stopped at/);
  });
}

test('the demo ends with 1 and says so when a run was not verified', async () => {
  const { code, out } = await demo(
    {},
    {
      onSandbox: (sandbox) => {
        const clear = sandbox.journal.clear;
        // The journal is cleared before each run: from then on nothing is accepted.
        sandbox.journal.clear = () => {
          clear();
          sandbox.faults.set('clock-skew', 100_000);
        };
      },
    },
  );
  assert.equal(code, 1);
  assert.match(out, /NOT every step was verified/);
  assert.match(out, /REFUSED/);
});

test('as a process: with port 3000 taken it takes another and stays until interrupted', async () => {
  const other = createServer();
  const isOurs = await new Promise<boolean>((resolve) => {
    other.once('error', () => resolve(false));
    other.listen(3000, '127.0.0.1', () => resolve(true));
  });
  const program = startProgram(['demo', '--package', join(given, 'twitter-service.json')]);
  const [, url = ''] = await program.says(/Try it by hand: (\S+)/);
  assert.notEqual(new URL(url).port, '3000');
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  program.child.kill('SIGTERM');
  assert.equal(await program.ended, 0, program.err());
  assert.match(program.out(), /Every step was verified/);
  if (isOurs) other.close();
});
