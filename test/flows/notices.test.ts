/** Webhooks sent: what happens is told by signed notices, again and again until it is taken, and not for ever. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type Browser, createBrowser } from '../../server/demo/browser.ts';
import { happeningKinds } from '../../server/happenings.ts';
import { assertRefused, makeAccount, makeService } from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';
import { startNoticeReceiver } from '../support/notice-receiver.ts';

const hour = 3_600_000;

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let receiver: Awaited<ReturnType<typeof startNoticeReceiver>>;
  let botId: string;
  before(async () => {
    receiver = await startNoticeReceiver();
    const env = { COUNTERSIGN_ALLOW_PRIVATE: receiver.host };
    hub = await startTestHub({ database: await database.create(), env });
    botId = (await hub.api('POST', '/bots', { name: 'B', owner: { context: 'app', id: '0' } })).body.id;
  });
  after(async () => {
    await hub.close();
    await receiver.close();
  });
  beforeEach(async () => {
    for (const { id } of (await hub.api('GET', '/notice-addresses')).body.items) {
      await hub.api('DELETE', `/notice-addresses/${id}`);
    }
    receiver.received.length = 0;
    receiver.control.answer = (response) => void response.writeHead(204).end();
  });

  async function address(kinds: string[], fields: object = {}) {
    const made = await hub.api('POST', '/notice-addresses', {
      name: 'Pager',
      url: receiver.url,
      kinds,
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    receiver.control.secret = made.body.secret;
    return made.body;
  }

  /** Has the job run at a time from now. */
  async function pass(ms: number) {
    hub.clock.offsetMs += ms;
    await hub.hub.runJobs();
  }

  /** Sessions do not live through the days that these tests let pass. */
  async function signIn(): Promise<Browser> {
    const browser = createBrowser();
    const page = await browser.open(`${hub.url}/sign-in`);
    await browser.press(page, /sign in/i, { email: 'ada@example.com', password });
    return browser;
  }

  const send = () => pass(6_000);
  const log = async (id: string) => (await hub.api('GET', `/notice-addresses/${id}/notices`)).body.items;

  async function run(nodes: object[]) {
    const event = { key: 'event.macro.bot' };
    const fields = { bot_id: botId, title: 'Nightly', event, variables: {}, nodes };
    const made = await hub.api('POST', '/behaviors', fields);
    const ran = await hub.api('POST', `/behaviors/${made.body.id}/run`, { variables: {} });
    return { ...ran.body, behaviorId: made.body.id };
  }
  const failing = [
    {
      type: 'action',
      title: 'Fail',
      params: { actions: [{ action: '_run_subroutine', subroutine: 'Nowhere' }] },
    },
  ];

  test(`${on}: a run that failed is told, signed, with what it was and why; one that ended well is told to nobody who did not ask`, async () => {
    const { id } = await address(['run.failed']);
    const ran = await run(failing);
    await run([]);
    await send();
    const [notice, ...others] = receiver.received;
    assert.deepEqual(others, []);
    assert.ok(notice?.isSigned);
    assert.equal(notice.type, 'run.failed');
    assert.equal(notice.data.id, ran.run_id);
    assert.equal(notice.data.name, 'Nightly');
    assert.equal(notice.data.behavior_id, ran.behaviorId);
    assert.match(String(notice.data.error), /Nowhere/);
    const [told] = await log(id);
    assert.equal(told.state, 'sent');
    assert.equal(told.id, notice.id);
    assert.equal((await hub.api('GET', `/deliveries/${told.delivery_id}`)).status, 200);
  });

  test(`${on}: simulations are told to nobody`, async () => {
    await address(['run.done', 'run.failed']);
    const { behaviorId } = await run([]);
    await hub.api('POST', `/behaviors/${behaviorId}/simulate`, { variables: {} });
    await send();
    assert.deepEqual(
      receiver.received.map(({ type }) => type),
      ['run.done'],
    );
  });

  test(`${on}: an account that is linked and unlinked is told, and an import`, async () => {
    await address(['account.linked', 'account.unlinked', 'package.imported']);
    const service = await makeService(hub, { name: 'Twitter' });
    const account = await makeAccount(hub, service.id, { name: 'Our Twitter' });
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const keys = { oauth_token: token, oauth_token_secret: tokenSecret };
    const linked = await hub.api('PUT', `/connected-accounts/${account.id}/credentials?force=1`, keys);
    assert.equal(linked.status, 200, linked.text);
    await hub.api('POST', `/connected-accounts/${account.id}/unlink`);
    const entry = {
      package: { name: 'Small' },
      records: [{ uid: 'h', _context: 'webhook_listener', name: 'H', guid: 'a-guid-of-16-letters' }],
    };
    const imported = await hub.api('POST', '/packages/import', { package: entry });
    assert.equal(imported.status, 201, imported.text);
    await send();
    const told = receiver.received.map(({ type, data }) => [type, data.id, data.name]).sort();
    assert.deepEqual(told, [
      ['account.linked', account.id, 'Our Twitter'],
      ['account.unlinked', account.id, 'Our Twitter'],
      ['package.imported', imported.body.import_id, 'Small'],
    ]);
    assert.ok(!JSON.stringify(receiver.received).includes(tokenSecret));
  });

  test(`${on}: what is not taken is sent again under the same id, later each time, and then no more: the address is stopped`, async () => {
    const { id } = await address(['run.failed']);
    receiver.control.answer = (response) => void response.writeHead(500).end();
    await run(failing);
    await send();
    assert.equal(receiver.received.length, 1);
    await pass(10_000);
    assert.equal(receiver.received.length, 1, 'not yet');
    for (const pause of [hour / 120, hour / 30, hour / 6, hour / 2, 2 * hour, 6 * hour, 14 * hour]) {
      assert.equal((await log(id))[0].state, 'waiting');
      await pass(pause);
    }
    assert.equal(receiver.received.length, 8);
    assert.equal(new Set(receiver.received.map((notice) => notice.id)).size, 1);
    assert.ok(receiver.received.every(({ isSigned }) => isSigned));
    const times = receiver.received.map(({ timestamp }) => timestamp);
    assert.ok(
      times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)),
      'each signed anew',
    );
    const [told] = await log(id);
    assert.deepEqual([told.state, told.tries, told.last_status], ['failed', 8, 500]);
    const stopped = await hub.api('GET', `/notice-addresses/${id}`);
    assert.equal(stopped.body.state, 'stopped');
    assert.match(stopped.body.problem, /answered 500/);
    const admin = await signIn();
    const page = await admin.open(`${hub.url}/setup/notices/${id}`);
    assert.match(page.html, /Nothing is sent to this address any more/);
    await run(failing);
    await pass(hour);
    assert.equal(receiver.received.length, 8);
    receiver.control.answer = (response) => void response.writeHead(204).end();
    const restarted = await admin.press(page, /Start again/);
    assert.match(restarted.html, />On</);
    await hub.api('POST', `/notices/${told.id}/repeat`);
    await send();
    assert.equal(receiver.received.at(-1)?.id, told.id);
    assert.equal((await log(id)).find((one: { id: string }) => one.id === told.id).state, 'sent');
  });

  test(`${on}: a receiver that is gone for good (410) is stopped at once; one that asks for patience gets it`, async () => {
    const gone = await address(['run.failed']);
    receiver.control.answer = (response) => void response.writeHead(410).end();
    await run(failing);
    await send();
    assert.equal((await hub.api('GET', `/notice-addresses/${gone.id}`)).body.state, 'stopped');
    await hub.api('DELETE', `/notice-addresses/${gone.id}`);
    receiver.received.length = 0;
    await address(['run.failed']);
    receiver.control.answer = (response) => void response.writeHead(429, { 'Retry-After': '3600' }).end();
    await run(failing);
    await send();
    await pass(1800_000);
    assert.equal(receiver.received.length, 1);
    await pass(1800_000);
    assert.equal(receiver.received.length, 2);
  });

  test(`${on}: a receiver that redirects, or breaks off, has not taken it`, async () => {
    const { id } = await address(['run.failed']);
    receiver.control.answer = (response) => void response.writeHead(302, { Location: receiver.url }).end();
    await run(failing);
    await send();
    assert.equal(receiver.received.length, 1, 'nothing is followed');
    receiver.control.answer = (response) => void response.destroy();
    await pass(60_000);
    const [told] = await log(id);
    assert.deepEqual([told.state, told.tries, told.last_status], ['waiting', 2, null]);
    assert.ok(told.last_fault);
  });

  test(`${on}: a test is told to its address alone; another secret signs from then on`, async () => {
    const { id, secret } = await address(['run.failed']);
    const tested = await hub.api('POST', `/notice-addresses/${id}/test`);
    assert.equal(tested.status, 202);
    await send();
    assert.deepEqual(
      receiver.received.map(({ type, isSigned }) => [type, isSigned]),
      [['test', true]],
    );
    const rotated = await hub.api('POST', `/notice-addresses/${id}/secret`);
    assert.notEqual(rotated.body.secret, secret);
    receiver.control.secret = rotated.body.secret;
    await hub.api('POST', `/notice-addresses/${id}/test`);
    await send();
    assert.ok(receiver.received.at(-1)?.isSigned);
    assert.ok(!hub.log().includes(secret));
    const all = await hub.api('GET', '/notice-addresses');
    assert.ok(!all.text.includes(secret) && !all.text.includes(rotated.body.secret));
  });

  test(`${on}: an address that is off is told nothing, and its faults are named by field`, async () => {
    const { id } = await address(Object.keys(happeningKinds));
    await hub.api('PATCH', `/notice-addresses/${id}`, { is_on: false });
    await run(failing);
    await send();
    assert.deepEqual(receiver.received, []);
    assertRefused(await hub.api('POST', `/notice-addresses/${id}/test`), 409, 'conflict');
    const refused = async (fields: object) => {
      const answer = await hub.api('POST', '/notice-addresses', {
        name: 'N',
        url: receiver.url,
        kinds: ['run.done'],
        ...fields,
      });
      return assertRefused(answer, 400, 'bad_request').faults.map(({ path }: { path: string }) => path);
    };
    assert.deepEqual(await refused({ name: '' }), ['/name']);
    assert.deepEqual(await refused({ url: 'nowhere' }), ['/url']);
    assert.deepEqual(await refused({ url: 'http://example.com/' }), ['/url']);
    assert.deepEqual(await refused({ url: 'https://169.254.169.254/' }), ['/url']);
    assert.deepEqual(await refused({ kinds: [] }), ['/kinds']);
    assert.deepEqual(await refused({ kinds: ['run.done', 'other'] }), ['/kinds']);
  });

  test(`${on}: pages make an address, show its secret once, and log what it was told`, async () => {
    const admin = await signIn();
    const empty = await admin.open(`${hub.url}/setup/notices`);
    assert.match(empty.html, /Nobody is told yet/);
    const wrong = await admin.press(empty, /Tell this address/, { name: 'Pager', url: 'nowhere' });
    assert.equal(wrong.status, 422);
    assert.match(wrong.html, /Choose at least one kind/);
    const made = await admin.press(empty, /Tell this address/, {
      name: 'Pager',
      url: receiver.url,
      kinds: 'run.failed',
    });
    assert.equal(made.status, 201, made.html);
    const [secret = ''] = /whsec_[A-Za-z0-9+/=]+/.exec(made.html.replaceAll('&#x3D;', '=')) ?? [];
    assert.notEqual(secret, '');
    receiver.control.secret = secret;
    const tested = await admin.press(made, /Send a test/);
    assert.ok(!tested.html.includes('whsec_'));
    assert.match(tested.html, /Waits/);
    await send();
    assert.ok(receiver.received[0]?.isSigned);
    const sent = await admin.open(tested.url);
    assert.match(sent.html, /Taken/);
    const gone = await admin.press(sent, /Delete Pager/);
    assert.match(gone.html, /Nobody is told yet/);
  });
});
