/** Webhooks received: answered by the behavior or accepted, checked, recognised, refused, and run after a crash. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { parseConfig } from '../../server/config.ts';
import { openDatabase } from '../../server/db/open.ts';
import { createIdMaker } from '../../server/id.ts';
import { keepVaultFresh } from '../../server/keys.ts';
import { webhookRoute } from '../../server/webhooks/receive.ts';
import { signMessage } from '../../server/webhooks/standard-webhook.ts';
import { assertRefused } from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { startTestHub, type TestHub } from '../support/hub.ts';
import { act, echo, send, set, webhookDesk } from '../support/webhooks.ts';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let desk: Awaited<ReturnType<typeof webhookDesk>>;
  let config: Awaited<ReturnType<typeof database.create>>;
  before(async () => {
    config = await database.create();
    hub = await startTestHub({ database: config });
    desk = await webhookDesk(hub);
  });
  after(() => hub.close());

  const requests = async (id: string) => {
    const { body } = await hub.api('GET', `/webhook-listeners/${id}/requests`);
    return body.items;
  };
  const runsOf = async (id: string) =>
    (await requests(id)).filter((request: { run_id: string | null }) => request.run_id !== null).length;

  /** A process that has answered, and came to nothing more. */
  async function acceptAndDie(guid: string, body: string) {
    const db = openDatabase(config);
    const settings = parseConfig({ COUNTERSIGN_DATA: hub.dataFolder });
    const keyring = await keepVaultFresh({ db, config: settings, now: Date.now });
    const route = webhookRoute({
      db,
      vault: keyring.vault,
      config: settings,
      now: Date.now,
      newId: createIdMaker(),
      log: { info: () => {} },
      brake: { take: () => true, admit: () => {} },
      wake: () => {},
      runBehavior: () => assert.fail('it dies before'),
    });
    const answer = await route.handle({
      method: 'POST',
      params: { guid },
      path: `/webhooks/${guid}`,
      rawQuery: '',
      headers: {},
      body: Buffer.from(body),
      ip: '192.0.2.1',
    });
    keyring.stop();
    await db.destroy();
    return answer;
  }

  test(`${on}: a behavior answers any method with its status, headers and body, and sees what came in`, async () => {
    const { url } = await desk.listener([echo]);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const { status, headers, text } = await send(`${url}/deep/er?a=1&a=2`, {
        method,
        headers: {
          'X-Kind': 'Test',
          Cookie: 'session=x',
          'Content-Type': 'application/x-www-form-urlencoded',
        },
        body: 'b=9007199254740993',
      });
      assert.equal(status, 201, text);
      assert.equal(headers.get('x-verb'), method);
      assert.equal(headers.get('content-type'), 'text/xml');
      assert.match(headers.get('content-security-policy') ?? '', /sandbox/);
      assert.equal(headers.get('set-cookie'), null);
      assert.equal(text, '<deep/er 2 9007199254740993 Test  127.0.0.1 b=9007199254740993>');
    }
    const got = await send(`${url}?a=b`, { method: 'GET' });
    assert.match(got.text, /^< b/);
    const head = await send(url, { method: 'HEAD' });
    assert.deepEqual([head.status, head.text, head.headers.get('x-verb')], [201, '', 'HEAD']);
  });

  test(`${on}: a parameter is found whatever its case, in conditions and by its lower-case name`, async () => {
    const help = { condition: 'http_param', name: 'body', oper: 'is', value: 'help' };
    const answer = (value: string) => act({ action: 'set_http_body', value });
    const outcome = (groups: object[], value: string) => ({
      type: 'outcome',
      title: value,
      params: { groups },
      nodes: [answer(value)],
    });
    const { url } = await desk.listener([
      {
        type: 'switch',
        title: 'Command',
        nodes: [
          outcome([{ any: 0, conditions: [help] }], 'HELP'),
          outcome([], '{{http_params.from}} {{http_params.From}} {{http_params.body}}'),
        ],
      },
    ]);
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    assert.equal((await send(url, { headers, body: 'Body=Help&From=x' })).text, 'HELP');
    assert.equal((await send(url, { headers, body: 'Body=Hello&From=Ann&from=Bob' })).text, 'Bob Ann Hello');
  });

  test(`${on}: without set_http actions the answer is an empty 200; a run that fails is a 500`, async () => {
    const plain = await desk.listener([act(set('x', '1'))]);
    assert.deepEqual(await send(plain.url).then(({ status, text }) => [status, text]), [200, '']);
    const failing = await desk.listener([
      echo,
      act({ action: 'set_http_header', name: 'Set-Cookie', value: 'a=b' }),
    ]);
    const { status, headers } = await send(failing.url);
    assert.equal(status, 500);
    assert.equal(headers.get('set-cookie'), null);
  });

  test(`${on}: an unknown address is 404; a disabled listener, behavior or bot is 503`, async () => {
    assert.equal((await send(`${hub.url}/webhooks/${'x'.repeat(40)}`)).status, 404);
    const { id, url, behavior_id } = await desk.listener([echo]);
    for (const [path, field] of [
      [`/webhook-listeners/${id}`, 'is_disabled'],
      [`/behaviors/${behavior_id}`, 'is_disabled'],
      [`/bots/${desk.botId}`, 'is_disabled'],
    ] as const) {
      assert.equal((await hub.api('PATCH', path, { [field]: true })).status, 200);
      const answer = await send(url);
      assert.equal(answer.status, 503, path);
      assert.ok(answer.headers.get('retry-after'));
      assert.equal((await hub.api('PATCH', path, { [field]: false })).status, 200);
      assert.equal((await send(url)).status, 201, path);
    }
  });

  test(`${on}: a body beyond 1 MiB is 413, and runs nothing`, async () => {
    const { id, url } = await desk.listener([echo]);
    assert.equal((await send(url, { body: 'x'.repeat(1_048_577) })).status, 413);
    assert.equal((await send(url, { body: 'x'.repeat(5_000_000) })).status, 413);
    assert.deepEqual(await requests(id), []);
  });

  test(`${on}: a flood on one address is 429 there, and disturbs no other`, async () => {
    const flooded = await desk.listener([], { is_disabled: true });
    const calm = await desk.listener([echo]);
    const statuses = await Promise.all(
      Array.from({ length: 400 }, () => send(flooded.url).then(({ status }) => status)),
    );
    assert.ok(statuses.includes(429));
    assert.equal((await send(calm.url)).status, 201);
  });

  test(`${on}: by Standard Webhooks only what is signed just now is taken; the same id is answered and not run again`, async () => {
    const made = await desk.listener([echo], { signature: { kind: 'standard' } });
    assert.match(made.secret, /^whsec_/);
    const read = await hub.api('GET', `/webhook-listeners/${made.id}`);
    assert.deepEqual(read.body.secret, { set: true });
    const signed = (id: string, body: string, ageSeconds = 0) => {
      const timestamp = Math.floor(Date.now() / 1000) - ageSeconds;
      const signature = signMessage(made.secret, { id, timestamp, body });
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      };
      return { headers, body };
    };
    const first = await send(made.url, signed('msg_1', '{"a":1}'));
    assert.equal(first.status, 201, first.text);
    const again = await send(made.url, signed('msg_1', '{"a":1}'));
    assert.deepEqual([again.status, again.text], [201, first.text]);
    assert.equal(again.headers.get('content-type'), 'text/xml');
    assert.equal(await runsOf(made.id), 1);
    assert.equal((await send(made.url, { ...signed('msg_2', 'x'), body: 'y' })).status, 401);
    assert.equal((await send(made.url, signed('msg_2', 'x', 600))).status, 401);
    assert.equal((await send(made.url, { body: 'x' })).status, 401);
    assert.equal((await send(made.url, signed('msg_2', 'x'))).status, 201, 'a refused id is free');
    const rotated = await hub.api('POST', `/webhook-listeners/${made.id}/secret`);
    assert.notEqual(rotated.body.secret, made.secret);
    assert.equal((await send(made.url, signed('msg_3', 'x'))).status, 401);
    const refused = (await requests(made.id)).filter((one: { state: string }) => one.state === 'refused');
    assert.equal(refused.length, 4);
    assert.ok(!hub.log().includes(made.secret), 'the secret is in no log');
    assert.ok(!hub.log().includes(made.guid), 'nor is the address');
  });

  test(`${on}: an HMAC in a header is checked by its settings, and the configured header knows repeated requests`, async () => {
    const secret = 'a-secret-of-GitHub';
    const made = await desk.listener([echo], {
      signature: { kind: 'hmac', header: 'X-Hub-Signature-256', prefix: 'sha256=' },
      secret,
      replay_header: 'X-GitHub-Delivery',
    });
    assert.deepEqual(made.secret, { set: true }, 'a secret that was given is not told');
    const deliver = (id: string, body: string, signedBody = body) => {
      const mac = createHmac('sha256', secret).update(signedBody).digest('hex');
      return send(made.url, {
        headers: { 'X-Hub-Signature-256': `sha256=${mac}`, 'X-GitHub-Delivery': id },
        body,
      });
    };
    assert.equal((await deliver('a', '{"grüße":"☃"}')).status, 201);
    assert.equal((await deliver('a', '{"grüße":"☃"}')).status, 201);
    assert.equal((await deliver('b', '{"a":1}', '{"a":2}')).status, 401);
    assert.equal(await runsOf(made.id), 1);
    assert.ok(!hub.log().includes(secret));
  });

  test(`${on}: a listener that accepts answers 202 at once, runs once, and the same id is 202 again`, async () => {
    const made = await desk.listener([echo], { answers: 'accept', replay_header: 'X-Id' });
    const first = await send(made.url, { headers: { 'X-Id': '1' }, body: 'x' });
    assert.equal(first.status, 202, first.text);
    const again = await send(made.url, { headers: { 'X-Id': '1' }, body: 'x' });
    assert.deepEqual([again.status, again.text], [202, first.text]);
    await hub.hub.runJobs();
    const [request, ...others] = await requests(made.id);
    assert.deepEqual(others, []);
    assert.equal(request.id, JSON.parse(first.text).request);
    const run = await hub.api('GET', `/runs/${request.run_id}`);
    assert.equal(run.body.status, 'done');
    assert.equal((await send(made.url, { headers: { 'X-Id': '1' }, body: 'x' })).status, 202);
  });

  test(`${on}: what was answered 202 by a process that then died is run by another, once`, async () => {
    const made = await desk.listener([act(set('seen', '{{http_body}}'))], { answers: 'accept' });
    assert.equal((await acceptAndDie(made.guid, 'order 17')).status, 202);
    await hub.hub.runJobs();
    const [request] = await requests(made.id);
    const run = await hub.api('GET', `/runs/${request.run_id}`);
    assert.equal(run.body.values.seen, 'order 17');
    await hub.hub.runJobs();
    assert.equal(await runsOf(made.id), 1);
  });

  test(`${on}: the settings of a listener are read strictly, and each fault is named by its field`, async () => {
    const behavior_id = await desk.behavior([echo]);
    const other = await desk.behavior([], { event: { key: 'event.macro.bot' } });
    const fault = async (fields: object) => {
      const refused = assertRefused(
        await hub.api('POST', '/webhook-listeners', { name: 'N', behavior_id, ...fields }),
        400,
        'bad_request',
      );
      return refused.faults.map(({ path }: { path: string }) => path);
    };
    assert.deepEqual(await fault({ name: ' ' }), ['/name']);
    assert.deepEqual(await fault({ behavior_id: other }), ['/behavior_id']);
    assert.deepEqual(await fault({ replay_header: 'a b' }), ['/replay_header']);
    assert.deepEqual(await fault({ signature: { kind: 'hmac', header: 'X', signs: 'x' } }), [
      '/signature/signs',
    ]);
    assert.deepEqual(await fault({ signature: { kind: 'standard' }, secret: 'short' }), [
      '/secret',
      '/secret',
    ]);
  });

  test(`${on}: another address ends the old one`, async () => {
    const made = await desk.listener([echo]);
    const { body } = await hub.api('POST', `/webhook-listeners/${made.id}/guid`);
    assert.notEqual(body.guid, made.guid);
    assert.equal((await send(made.url)).status, 404);
    assert.equal((await send(body.url)).status, 201);
  });

  test(`${on}: a listener is tried without anything real happening`, async () => {
    const made = await desk.listener([echo, act({ action: '_set_key', key: 'k', value: 'v' })], {
      signature: { kind: 'standard' },
    });
    const tried = await hub.api('POST', `/webhook-listeners/${made.id}/test`, {
      query: 'a=1',
      headers: { 'X-Kind': 'Trial' },
      body: 'hello',
    });
    assert.equal(tried.status, 200, tried.text);
    assert.equal(tried.body.answer.status, 201);
    assert.match(tried.body.answer.body, /Trial .*hello/);
    assert.match(tried.body.run.transcript.at(-1).text, /in this simulation only/);
    assert.deepEqual(await requests(made.id), []);
  });

  test(`${on}: requests are forgotten with the deliveries`, async () => {
    const made = await desk.listener([echo]);
    await send(made.url);
    hub.clock.offsetMs += 31 * 86_400_000;
    await hub.hub.runJobs();
    await hub.hub.runJobs();
    assert.deepEqual(await requests(made.id), []);
  });
});
