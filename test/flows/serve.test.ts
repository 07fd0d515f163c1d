/** Serving as a process: how it starts, what stops it, how it ends; and what a silent database does to it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createConnection } from 'mysql2/promise';
import type { DatabaseConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';
import { createBrowser } from '../../server/demo/browser.ts';
import { startSandbox } from '../../server/sandbox/start.ts';
import { command, databaseUrl, type Program, startProgram } from '../support/command.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';
import { freePort, startMariadb, type ThrowAwayServer } from '../support/mariadb.ts';
import { authorization, send } from '../support/oauth-client.ts';
import { packageText } from '../support/packages.ts';

const root = mkdtempSync(join(tmpdir(), 'countersign-serve-'));
const masterKey = Buffer.alloc(32, 7).toString('base64');
const programs: Program[] = [];
let folders = 0;
after(() => {
  for (const { child } of programs) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

async function settings(database: DatabaseConfig, more: Record<string, string> = {}) {
  return {
    PORT: String(await freePort()),
    DATABASE_URL: databaseUrl(database),
    COUNTERSIGN_DATA: join(root, String(++folders)),
    COUNTERSIGN_MASTER_KEY: masterKey,
    ...more,
  };
}

function start(argv: string[], env: Record<string, string>): Program {
  const program = startProgram(argv, env);
  programs.push(program);
  return program;
}

withDatabases((database) => {
  const on = database.name;

  test(`${on}: while there is no admin a start prints the setup address, beside the log and not in it`, async () => {
    const env = await settings(await database.create(), { LOG_LEVEL: 'trace' });
    const first = start(['serve'], env);
    await first.says(/Countersign is at (\S+)/);
    const [, address = ''] = await first.says(/^No admin yet\. .* (http:\S+) \(valid for one hour\)$/m);
    assert.equal(first.out(), `Countersign is at http://localhost:${env.PORT}\n`);
    const browser = createBrowser();
    const page = await browser.open(address);
    const fields = { email: 'ada@example.com', name: 'Ada', password, password_again: password };
    assert.equal((await browser.press(page, /sign in/i, fields)).status, 200);
    const code = address.split('/').at(-1) ?? '';
    const lines = first.err().trimEnd().split('\n');
    assert.equal(lines.filter((line) => line.includes(code)).length, 1);
    for (const line of lines.filter((text) => text.startsWith('{'))) assert.equal(line.includes(code), false);
    first.child.kill('SIGTERM');
    assert.equal(await first.ended, 0);

    const second = start(['serve'], env);
    await second.says(/Countersign is at/);
    await fetch(`http://localhost:${env.PORT}/readyz`);
    second.child.kill('SIGINT');
    assert.equal(await second.ended, 0, second.err());
    assert.doesNotMatch(second.err(), /No admin yet/);
  });

  test(`${on}: two processes at once on one empty database both come up, with one key`, async () => {
    const config = await database.create();
    const envs = [await settings(config), await settings(config)];
    const both = envs.map((env) => start(['serve'], env));
    await Promise.all(both.map((program) => program.says(/Countersign is at/)));
    for (const { PORT } of envs) assert.equal((await fetch(`http://localhost:${PORT}/readyz`)).status, 200);
    const db = openDatabase(config);
    assert.equal((await db('vault_keys')).length, 1);
    await db.destroy();
    for (const { child } of both) child.kill('SIGTERM');
    assert.deepEqual(await Promise.all(both.map(({ ended }) => ended)), [0, 0]);
  });

  test(`${on}: SIGTERM lets a request under way finish, takes no new one, and ends with 0`, async () => {
    const sandbox = await startSandbox({
      port: 0,
      publicOrigins: ['https://api.x.com'],
      consumer,
      callbacks: ['http://localhost/oauth/callback'],
    });
    const connectTo = { COUNTERSIGN_CONNECT_TO: `https://api.x.com=${sandbox.origin}` };
    const env = await settings(await database.create(), connectTo);
    const answers = [
      '--set',
      `prompt_client_id=${consumer.key}`,
      '--set',
      `prompt_client_secret=${consumer.secret}`,
    ];
    const file = join(import.meta.dirname, '../../packages/twitter.json');
    const made = await command(['package', 'import', file, ...answers], { env });
    assert.equal(made.code, 0, made.err);
    const account: string = JSON.parse(made.out).records_created['cerberusweb.contexts.connected_account']
      .account_twitter.id;
    const { token, tokenSecret } = sandbox.issueToken(consumer.key, 'alice');
    const stdin = JSON.stringify({ oauth_token: token, oauth_token_secret: tokenSecret });
    assert.equal((await command(['account', 'credentials', account], { env, stdin })).code, 0);
    const key = (await command(['api-key', 'create', 'x', '--admin'], { env })).out.trim();

    const serving = start(['serve'], env);
    await serving.says(/Countersign is at/);
    sandbox.journal.clear();
    sandbox.faults.set('slow', 1500);
    const url = `http://localhost:${env.PORT}/api/v1/connected-accounts/${account}/request`;
    const underWay = fetch(url, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ method: 'GET', url: 'https://api.x.com/2/users/me' }),
    });
    while (sandbox.journal.entries().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const asked = performance.now();
    serving.child.kill('SIGTERM');
    const answer = await underWay;
    assert.equal(answer.status, 200);
    // The answer's shape is the Contract's.
    const body = (await answer.json()) as { info: { http_code: number } };
    assert.equal(body.info.http_code, 200);
    await assert.rejects(fetch(`http://localhost:${env.PORT}/healthz`));
    assert.equal(await serving.ended, 0, serving.err());
    assert.ok(performance.now() - asked < 8000, 'a kept-alive connection does not hold it back');
    const db = openDatabase(database.name === 'SQLite' ? sqliteOf(env) : mysqlOf(env));
    const states: { state: string }[] = await db('deliveries').select('state');
    assert.ok(states.every(({ state }) => state === 'answered'));
    await db.destroy();
    await sandbox.close();
  });

  test(`${on}: a wrong or missing master key stops the start with the id of the key that is missing`, async () => {
    const config = await database.create();
    const right = await settings(config);
    assert.equal((await command(['migrate'], { env: right })).code, 0);
    assert.equal((await command(['key', 'status'], { env: right })).code, 0);
    const wrong = { ...right, COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') };
    const refused = start(['serve'], wrong);
    assert.equal(await refused.ended, 1);
    assert.equal(refused.out(), '');
    assert.match(refused.err(), /sealed under master key m[0-9a-f]{12}, but COUNTERSIGN_MASTER_KEY holds m/);
    const none = start(['serve'], { ...right, COUNTERSIGN_MASTER_KEY: '' });
    assert.equal(await none.ended, 1);
    assert.match(none.err(), /The master key m[0-9a-f]{12} is missing/);
  });
});

test('a bad setting stops the start naming every fault', async () => {
  const env = {
    PORT: 'planted',
    COUNTERSIGN_URL: 'http://planted.example',
    COUNTERSIGN_DATA: join(root, 'never'),
  };
  const program = start(['serve'], env);
  assert.equal(await program.ended, 1);
  assert.match(program.err(), /PORT must be/);
  assert.match(program.err(), /COUNTERSIGN_URL must begin with https/);
  assert.doesNotMatch(program.err(), /planted/);
});

test('a port that is taken is named, and the process ends at once', async () => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  const file = join(root, 'taken.sqlite');
  const env = { ...(await settings({ kind: 'sqlite', file })), PORT: String(port) };
  const program = start(['serve'], env);
  assert.equal(await program.ended, 1);
  assert.match(program.err(), new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${port} \\(EADDRINUSE\\)`));
  other.close();
});

test('sandbox prints its address, verifies what is signed for its public origin, and ends on SIGTERM', async () => {
  const argv = [
    'sandbox',
    '--public-origin',
    'https://api.twitter.com',
    '--consumer',
    'some-key:some:secret',
  ];
  const program = start(argv, { PORT: '3999' });
  const [, origin = ''] = await program.says(/^(http:\/\/127\.0\.0\.1:\d+)\n/);
  const some = { key: 'some-key', secret: 'some:secret' };
  const path = '/oauth/request_token';
  const ask = (extra: Record<string, string>) => {
    const call = { method: 'POST' };
    const timestamp = Math.floor(Date.now() / 1000);
    const signing = { consumer: some, nonce: `n${Math.random()}`, timestamp, extra };
    return send(origin, path, { ...call, headers: { Authorization: authorization(path, call, signing) } });
  };
  const accepted = await ask({ oauth_callback: 'http://localhost:3999/oauth/callback' });
  assert.equal(accepted.status, 200, accepted.text);
  assert.equal((await ask({ oauth_callback: 'http://localhost:3999/oauth/callback/' })).status, 403);
  program.child.kill('SIGTERM');
  assert.equal(await program.ended, 0);
  assert.equal(program.out(), `${origin}\n`);
});

/** The database that a process of these settings uses. */
function sqliteOf(env: { DATABASE_URL: string }): DatabaseConfig {
  return { kind: 'sqlite', file: env.DATABASE_URL.slice('sqlite:'.length) };
}

function mysqlOf(env: { DATABASE_URL: string }): DatabaseConfig {
  const url = new URL(env.DATABASE_URL);
  return {
    kind: 'mysql',
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: url.password,
    database: url.pathname.slice(1),
  };
}

if (process.env.TEST_MYSQL_URL) {
  let server: ThrowAwayServer | undefined;
  let hub: TestHub;

  before(async () => {
    server = await startMariadb();
    if (!server) return;
    const url = new URL(server.url);
    const login = { host: url.hostname, port: Number(url.port), user: 'root', password: '' };
    const connection = await createConnection(login);
    await connection.query('create database countersign_test_silent');
    await connection.end();
    hub = await startTestHub({ database: { kind: 'mysql', ...login, database: 'countersign_test_silent' } });
  });
  after(async () => {
    server?.signal('SIGCONT');
    await hub?.close();
    await server?.stop();
  });

  test('MariaDB that falls silent: not ready within 3 s, requests refused within their deadline, back without a restart', async (t) => {
    if (!server) return t.skip('no mariadbd here');
    const imported = await hub.api('POST', '/packages/import', {
      package: packageText('packages/twitter.json'),
      prompts: { prompt_client_id: consumer.key, prompt_client_secret: consumer.secret },
    });
    assert.equal(imported.status, 201);
    assert.equal((await fetch(`${hub.url}/readyz`)).status, 200);

    server.signal('SIGSTOP');
    const [ready, call, change, page, alive] = await Promise.all([
      timed(fetch(`${hub.url}/readyz`)),
      timed(hub.api('GET', '/bots')),
      timed(hub.api('POST', '/bots', { name: 'Bird' })),
      timed(hub.admin.open(`${hub.url}/bots`)),
      timed(fetch(`${hub.url}/healthz`)),
    ]);
    assert.equal(ready.result.status, 503);
    assert.ok(ready.tookMs < 3500, `readyz took ${ready.tookMs} ms`);
    assert.equal(alive.result.status, 200);
    assert.ok(alive.tookMs < 1000, `healthz took ${alive.tookMs} ms`);
    for (const { result, tookMs } of [call, change]) {
      assert.equal(result.status, 503);
      assert.equal(result.body.error.code, 'database_unavailable');
      assert.ok(tookMs < 16_000, `the call took ${tookMs} ms`);
    }
    assert.equal(page.result.status, 503);
    assert.ok(page.tookMs < 16_000, `the page took ${page.tookMs} ms`);

    server.signal('SIGCONT');
    const back = await timed(hub.api('POST', '/bots', { name: 'Bird' }));
    assert.equal(back.result.status, 201, back.result.text);
    assert.ok(back.tookMs < 5000, `it took ${back.tookMs} ms to be back`);
    assert.equal((await fetch(`${hub.url}/readyz`)).status, 200);
  });

  test('MariaDB that stays silent: the hub ends all the same', async (t) => {
    if (!server) return t.skip('no mariadbd here');
    const url = new URL(server.url);
    const database = { kind: 'mysql', host: url.hostname, port: Number(url.port), user: 'root' } as const;
    const serving = start(
      ['serve'],
      await settings(
        { ...database, password: '', database: 'countersign_test_silent' },
        {
          COUNTERSIGN_MASTER_KEY: '',
          COUNTERSIGN_DATA: hub.dataFolder,
        },
      ),
    );
    await serving.says(/Countersign is at/);
    server.signal('SIGSTOP');
    const asked = performance.now();
    serving.child.kill('SIGTERM');
    assert.notEqual(await serving.ended, null);
    assert.ok(performance.now() - asked < 20_000);
    server.signal('SIGCONT');
  });
}

async function timed<T>(work: Promise<T>): Promise<{ result: T; tookMs: number }> {
  const started = performance.now();
  const result = await work;
  return { result, tookMs: Math.round(performance.now() - started) };
}
