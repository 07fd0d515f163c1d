/** Mails that behaviors send, against real mail servers on loopback. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parseConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';
import { settleInterruptedMails } from '../../server/delivery/send-mail.ts';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';
import { startBrokenMailServer, startMailServer } from '../support/mail-server.ts';

withDatabases((database) => {
  const on = database.name;
  const endings: (() => Promise<void>)[] = [];
  after(async () => {
    for (const work of endings) await work();
  });

  /** A hub with this mail server, and what sends an email from a behavior of its own. */
  async function desk(smtpUrl: string | undefined) {
    const config = await database.create();
    const env: Record<string, string> = smtpUrl === undefined ? {} : { COUNTERSIGN_SMTP_URL: smtpUrl };
    const hub = await startTestHub({ database: config, env });
    endings.unshift(() => hub.close());
    const bot = await hub.api('POST', '/bots', { name: 'Mailer', owner: { context: 'app', id: '0' } });
    const rows = async () => {
      const db = openDatabase(config);
      try {
        return await db('mails').orderBy('id');
      } finally {
        await db.destroy();
      }
    };
    return { hub, config, rows, send: (params: object, how = 'run') => send(hub, bot.body.id, params, how) };
  }

  async function send(hub: TestHub, botId: string, params: object, how: string) {
    const actions = [
      { action: 'send_email', to: 'ana@example.com', subject: 'Hello', content: 'Hi', ...params },
    ];
    const made = await hub.api('POST', '/behaviors', {
      bot_id: botId,
      title: 'Mail',
      nodes: [{ type: 'action', title: 'Send', params: { actions } }],
    });
    assert.equal(made.status, 201, made.text);
    return (await hub.api('POST', `/behaviors/${made.body.id}/${how}`, { variables: {} })).body;
  }

  test(`${on}: a mail goes out with its templates rendered, to everyone, from a sender of the settings`, async () => {
    const server = await startMailServer();
    endings.push(server.close);
    const { send, rows } = await desk(
      `smtp://127.0.0.1:${server.port}?from=desk@example.com,night@example.com`,
    );
    const run = await send({
      send_as: 'The {{"desk"}}',
      to: '"Ruiz, Ana" <ana@example.com>; bo@example.com',
      cc: 'cy@example.com',
      bcc: 'di@example.com',
      subject: 'Order {{1 + 1}} – héllo',
      headers: 'X-Order: 2\nReply-To: orders@example.com',
      content: 'Grüße\n.\n{{behavior_bot_name}}',
    });
    assert.equal(run.status, 'done', JSON.stringify(run));
    const [mail] = server.kept;
    assert.deepEqual(mail?.to.sort(), [
      'ana@example.com',
      'bo@example.com',
      'cy@example.com',
      'di@example.com',
    ]);
    assert.equal(mail?.from, 'desk@example.com');
    assert.match(mail?.text ?? '', /^From: The desk <desk@example\.com>/m);
    assert.match(mail?.text ?? '', /^X-Order: 2\r$/m);
    assert.match(mail?.text ?? '', /^Reply-To: orders@example\.com\r$/m);
    assert.match(mail?.text ?? '', /^Subject: =\?UTF-8\?/m);
    assert.match(mail?.text ?? '', /^To: "Ruiz, Ana" <ana@example\.com>, bo@example\.com/m);
    assert.doesNotMatch(mail?.text ?? '', /di@example\.com/, 'a blind copy is told to nobody');
    const [row] = await rows();
    assert.deepEqual([row.status, row.recipients, row.run_id], ['sent', 4, run.run_id]);
    assert.match(mail?.text ?? '', new RegExp(`Message-ID: <${row.id.toLowerCase()}@localhost>`, 'i'));
    assert.doesNotMatch(row.sealed_mail, /ana@example/);
    await send({ from_address_id: 'Night@example.com', format: 'html', content: '<p>One</p><p>Two</p>' });
    assert.equal(server.kept[1]?.from, 'night@example.com');
    assert.match(
      server.kept[1]?.text ?? '',
      /multipart\/alternative[\s\S]*One[\s\S]*text\/html[\s\S]*<p>One/,
    );
    const foreign = await send({ from_address_id: 'ceo@example.com' });
    assert.match(foreign.error.message, /not one of the senders/);
    assert.equal(server.kept.length, 2);
  });

  test(`${on}: the simulator sends nothing, but where the action says so`, async () => {
    const server = await startMailServer();
    endings.push(server.close);
    const { send, rows } = await desk(`smtp://127.0.0.1:${server.port}?from=desk@example.com`);
    const quiet = await send({}, 'simulate');
    assert.equal(quiet.transcript[0].status, 'skipped');
    assert.match(quiet.transcript[0].text, /To: ana@example\.com[\s\S]*nothing was sent/);
    assert.deepEqual([server.kept.length, (await rows()).length], [0, 0]);
    await send({ run_in_simulator: '1' }, 'simulate');
    assert.equal(server.kept.length, 1);
  });

  test(`${on}: what would smuggle a header, a recipient or a flood is refused before anything is sent`, async () => {
    const server = await startMailServer();
    endings.push(server.close);
    const { send, rows } = await desk(`smtp://127.0.0.1:${server.port}?from=desk@example.com`);
    const many = Array.from({ length: 51 }, (_, at) => `a${at}@example.com`).join(',');
    const table: [params: object, message: RegExp][] = [
      [{ subject: 'Hi{{"\\r\\n"}}Bcc: eve@example.com' }, /subject has a line break/],
      [{ send_as: 'A{{"\\n"}}B' }, /name of the sender has a line break/],
      [{ headers: 'Bcc: eve@example.com' }, /Bcc is written by the hub/],
      [{ headers: 'Content-Type: text/html' }, /Content-Type is written by the hub/],
      [{ headers: 'X Y: 1' }, /no name of a header/],
      [{ to: 'ana@example.com> RCPT TO:<eve@example.com' }, /is no mail address/],
      [{ to: 'ana' }, /'ana' is no mail address/],
      [{ to: '"ana <ana@example.com>' }, /quotation mark/],
      [{ to: '{{""}}' }, /nobody to go to/],
      [{ to: many }, /at most 50 addresses, not 51/],
      [{ content: "{{'x'|repeat(1048577)}}" }, /at most 1048576 bytes/],
    ];
    for (const [params, message] of table) {
      const { error } = await send(params);
      assert.match(error?.message ?? 'nothing', message);
    }
    assert.deepEqual([server.kept.length, (await rows()).length], [0, 0]);
  });

  test(`${on}: with a password the hub signs in, encrypted, and the password is in no message`, async () => {
    const login = { user: 'desk@example.com', pass: 'mail-password-canary' };
    const server = await startMailServer({ login });
    endings.push(server.close);
    const right = await desk(`smtp://desk%40example.com:${login.pass}@127.0.0.1:${server.port}`);
    const run = await right.send({});
    assert.equal(run.status, 'done', JSON.stringify(run.error));
    assert.deepEqual([server.kept[0]?.isEncrypted, server.kept[0]?.from], [true, login.user]);
    const wrong = await desk(`smtp://desk%40example.com:wrong-canary@127.0.0.1:${server.port}`);
    const { error } = await wrong.send({});
    assert.equal(error.code, 'remote_failed');
    assert.match(error.message, /refused: 535/);
    const told = JSON.stringify([error, await wrong.rows(), right.hub.log(), wrong.hub.log()]);
    assert.doesNotMatch(told, /canary/);
    const secure = await startMailServer({ login, secure: true });
    endings.push(secure.close);
    const atOnce = await desk(`smtps://desk%40example.com:${login.pass}@127.0.0.1:${secure.port}`);
    assert.equal((await atOnce.send({})).status, 'done');
    assert.equal(secure.kept[0]?.isEncrypted, true);
  });

  test(`${on}: a server that refuses, breaks off or is not there is told apart`, async () => {
    const server = await startMailServer({ refuses: 'bo@example.com' });
    endings.push(server.close);
    const { send, rows } = await desk(`smtp://127.0.0.1:${server.port}?from=desk@example.com`);
    const partly = await send({ to: 'ana@example.com, bo@example.com' });
    assert.equal(partly.status, 'done');
    assert.match(partly.transcript[0].text, /to 1 of 2[\s\S]*did not take: bo@example\.com/);
    const none = await send({ to: 'bo@example.com' });
    assert.match(none.error.message, /refused: 550 nobody here/);
    assert.deepEqual(
      (await rows()).map(({ status }) => status),
      ['sent', 'failed'],
    );
    const broken = await startBrokenMailServer();
    endings.push(broken.close);
    const doubt = await desk(`smtp://127.0.0.1:${broken.port}?from=desk@example.com`);
    assert.match((await doubt.send({})).error.message, /may have arrived all the same/);
    assert.equal((await doubt.rows())[0].status, 'unknown');
    await broken.close();
    assert.match((await doubt.send({})).error.message, /takes no connections|could not be made/);
    assert.equal((await doubt.rows())[1].status, 'failed');
  });

  test(`${on}: a mail that was on its way when the hub died is unknown, and is not sent again`, async () => {
    const { rows, config, hub, send } = await desk(undefined);
    const db = openDatabase(config);
    endings.push(() => db.destroy());
    const intent = {
      run_id: 'r',
      bot_id: 'b',
      sealed_mail: 's',
      recipients: 1,
      status: 'sending',
      fault: null,
    };
    await db('mails').insert({ id: 'm', ...intent, started_at: Date.now(), ended_at: null });
    const settle = (now: number) => settleInterruptedMails({ db, config: parseConfig({}), now: () => now });
    await settle(Date.now());
    assert.equal((await rows())[0].status, 'sending');
    await settle(Date.now() + 600_000);
    assert.equal((await rows())[0].status, 'unknown');
    const { error } = await send({});
    assert.match(error.message, /Set COUNTERSIGN_SMTP_URL/);
    const listed = await hub.api('GET', '/behaviors');
    assert.equal(listed.body.items[0].runnable, true);
  });
});
