import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startEchoBot } from '../../docs/examples/echo-bot.ts';
import type { DatabaseConfig } from '../../server/config.ts';
import { parseConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';
import { HubError } from '../../server/errors.ts';
import { createHub, type Hub } from '../../server/hub.ts';
import { startSandbox } from '../../server/sandbox/start.ts';
import { withDatabases } from '../support/databases.ts';
import { freePort } from '../support/mariadb.ts';

const consumer = { key: 'in-code-key', secret: 'in-code-secret-canary' };
const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
const minute = 60_000;

withDatabases((database) => {
  const endings: (() => Promise<void>)[] = [];
  after(async () => {
    for (const end of endings.reverse()) await end();
  });

  async function setUp() {
    const clock = { ahead: 0 };
    const now = () => Date.now() + clock.ahead;
    const sandbox = await startSandbox({
      port: 0,
      publicOrigins: ['https://api.twitter.com'],
      consumer,
      callbacks: [],
      accessLevel: 'read-write-directmessages',
    });
    endings.push(() => sandbox.close());
    const { token, tokenSecret } = sandbox.issueToken(consumer.key, 'alice');
    const credentials = {
      consumerKey: consumer.key,
      consumerSecret: consumer.secret,
      accessToken: token,
      accessTokenSecret: tokenSecret,
    };
    const stored = await database.create();
    const folder = mkdtempSync(join(tmpdir(), 'countersign-in-code-'));
    endings.push(async () => rmSync(folder, { recursive: true, force: true }));
    const options = async () => ({
      env: {
        PORT: String(await freePort()),
        COUNTERSIGN_DATA: folder,
        DATABASE_URL: urlOf(stored),
        COUNTERSIGN_CONNECT_TO: `https://api.twitter.com=${sandbox.origin}`,
      },
      log: silent,
      now,
    });
    const ending = (hub: Hub) => {
      let isOpen = true;
      const close = async () => {
        if (isOpen) await hub.close();
        isOpen = false;
      };
      endings.push(close);
      return close;
    };
    /** Polls, and what follows from it, once the pauses between polls are over. */
    const step = async (hub: Hub) => {
      clock.ahead += 2 * minute;
      await hub.runJobs();
      await hub.runJobs();
    };
    const count = async (table: string) => {
      const db = openDatabase(stored);
      const rows = await db(table);
      await db.destroy();
      return rows.length;
    };
    return { sandbox, credentials, options, ending, step, count, stored };
  }

  const said = (sentence: string) => `${database.name}: ${sentence}`;

  test(said('the example answers a message on polling alone, once, and does not answer itself'), async () => {
    const { sandbox, credentials, options, ending, step, count } = await setUp();
    const hub = await startEchoBot(credentials, await options());
    ending(hub);
    await step(hub);
    const { id } = await sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Hello' });
    for (let n = 0; n < 4; n++) await step(hub);
    assert.match(String(id), /^\d+$/);
    assert.equal(sends(sandbox), 1);
    assert.equal(await count('messages'), 2);
  });

  test(said('the update and the reply have the shapes of Botmaster'), async () => {
    const { sandbox, credentials, options, ending, step } = await setUp();
    const seen: unknown[] = [];
    const hub = await createHub({ ...(await options()), channels: [{ twitter: { credentials } }] });
    ending(hub);
    hub.on('update', async (bot, update) => {
      seen.push(update, await bot.reply(update, 'Right back at you'));
    });
    await hub.listen();
    await step(hub);
    const { id } = await sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Hello & bye' });
    await step(hub);
    assert.equal(seen.length, 2);
    // What the sandbox made of it; the parts that are its own are compared with what it told.
    const [update, reply] = seen as [Record<string, unknown>, Record<string, unknown>];
    const { raw, timestamp, sender, recipient } = update as {
      raw: { id: string };
      timestamp: number;
      sender: { id: string };
      recipient: { id: string };
    };
    assert.equal(raw.id, id);
    assert.deepEqual(update, {
      raw,
      sender,
      recipient,
      timestamp,
      message: { mid: id, seq: null, text: 'Hello & bye' },
    });
    assert.equal(recipient.id, credentials.accessToken.split('-')[0]);
    const { raw: answer } = reply as { raw: { event: { id: string } } };
    assert.deepEqual(reply, {
      raw: answer,
      recipient_id: sender.id,
      message_id: answer.event.id,
      state: 'sent',
      sentOutgoingMessage: { recipient: { id: sender.id }, message: { text: 'Right back at you' } },
      sentRawMessage: {
        event: {
          type: 'message_create',
          message_create: {
            target: { recipient_id: sender.id },
            message_data: { text: 'Right back at you' },
          },
        },
      },
    });
  });

  test(
    said('a handler that throws is an error event; the message is tried five times and parked'),
    async () => {
      const { sandbox, credentials, options, ending, step, stored } = await setUp();
      const hub = await createHub({ ...(await options()), channels: [{ twitter: { credentials } }] });
      ending(hub);
      const errors: unknown[] = [];
      hub.on('error', (error) => errors.push(error));
      hub.on('update', async (bot, update) => {
        await bot.reply(update, 'before the fault');
        throw new Error('planted');
      });
      await hub.listen();
      await step(hub);
      await sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Hello' });
      for (let n = 0; n < 12; n++) await step(hub);
      assert.deepEqual(
        errors.map(String),
        Array.from({ length: 5 }, () => 'Error: planted'),
      );
      assert.equal(sends(sandbox), 1, 'tried again, the reply is not sent again');
      const db = openDatabase(stored);
      const [job] = await db('jobs').where({ kind: 'answer in code' });
      await db.destroy();
      assert.deepEqual([job.state, job.tries], ['failed', 5]);
    },
  );

  test(said('a second start finds what the first made; new keys change it'), async () => {
    const { credentials, options, ending, count, sandbox } = await setUp();
    const channels = [{ twitter: { credentials } }];
    const tables = ['bots', 'channels', 'connected_services', 'connected_accounts'];
    for (let n = 0; n < 2; n++) {
      const hub = await createHub({ ...(await options()), channels });
      const close = ending(hub);
      await hub.listen();
      await close();
      assert.deepEqual(await Promise.all(tables.map(count)), [1, 1, 1, 1]);
    }
    const { token, tokenSecret } = sandbox.issueToken(consumer.key, 'alice');
    const renewed = { ...credentials, accessToken: token, accessTokenSecret: tokenSecret };
    const hub = await createHub({ ...(await options()), channels: [{ twitter: { credentials: renewed } }] });
    const close = ending(hub);
    await hub.listen();
    await close();
    assert.deepEqual(await Promise.all(tables.map(count)), [1, 1, 1, 1]);
  });
});

for (const key of ['consumerKey', 'consumerSecret', 'accessToken', 'accessTokenSecret']) {
  test(`a missing ${key} is named before anything is stored`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-in-code-'));
    const credentials = { consumerKey: 'a', consumerSecret: 'b', accessToken: 'c', accessTokenSecret: 'd' };
    const channels = [{ twitter: { credentials: { ...credentials, [key]: undefined } } }];
    const config = parseConfig({ COUNTERSIGN_DATA: folder });
    // A program in JavaScript can leave a key out; the types forbid it.
    const starting = createHub({ config, log: silent, channels: channels as never });
    await assert.rejects(
      starting,
      (error) =>
        error instanceof HubError &&
        error.message.startsWith(`channels[0].twitter.credentials.${key} is missing`),
    );
    rmSync(folder, { recursive: true, force: true });
  });
}

test('what is no list, or has no keys at all, is told like a missing key', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-in-code-'));
  const config = parseConfig({ COUNTERSIGN_DATA: folder });
  const start = (channels: unknown) => createHub({ config, log: silent, channels: channels as never });
  await assert.rejects(start({ twitter: {} }), /^HubError: channels is to be a list/);
  await assert.rejects(
    start([{ twitter: null }]),
    /^HubError: channels\[0\]\.twitter\.credentials\.consumerKey/,
  );
  await assert.rejects(
    start([{ carrier_pigeon: {} }]),
    /^HubError: channels\[0\]\.carrier_pigeon: there is no/,
  );
  rmSync(folder, { recursive: true, force: true });
});

const built = join(import.meta.dirname, '../../dist/server/hub.js');
const isBuilt = existsSync(built) ? false : 'not built: npm run build makes dist/';
for (const [how, script] of [
  ['import', "import('countersign').then((m) => console.log(typeof m.createHub))"],
  ['require', "console.log(typeof require('countersign').createHub)"],
] as const) {
  test(`the package loads by ${how}`, { skip: isBuilt }, () => {
    const cwd = join(import.meta.dirname, '../..');
    const run = spawnSync(process.execPath, ['--no-warnings', '-e', script], { cwd, encoding: 'utf8' });
    assert.equal(run.stdout.trim(), 'function', run.stderr);
  });
}

function sends(sandbox: Awaited<ReturnType<typeof startSandbox>>): number {
  return sandbox.journal.entries().filter(({ path }) => path.endsWith('/direct_messages/events/new.json'))
    .length;
}

function urlOf(config: DatabaseConfig): string {
  if (config.kind === 'sqlite') return `sqlite:${config.file}`;
  const { user, password, host, port, database } = config;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `mysql://${login}@${host}:${port}/${database}`;
}
