/** Whole hubs against the sandbox: another clock, used nonces, redirects, limits shared by two hubs and a bot. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { assertRefused, makeAccount, makeService } from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const verifyPath = '/1.1/account/verify_credentials.json';
const verify = `https://api.twitter.com${verifyPath}`;

withDatabases((database) => {
  const on = database.name;
  const key = randomBytes(32).toString('base64');
  let hub: TestHub;
  let neighbour: TestHub;
  before(async () => {
    const config = await database.create();
    hub = await startTestHub({ database: config, env: { COUNTERSIGN_MASTER_KEY: key } });
    const connectTo = `https://api.twitter.com=${hub.sandbox.origin}`;
    neighbour = await startTestHub({
      database: config,
      env: { COUNTERSIGN_MASTER_KEY: key, COUNTERSIGN_CONNECT_TO: connectTo },
      hasAdmin: false,
    });
  });
  after(async () => {
    await neighbour.close();
    await hub.close();
  });
  afterEach(() => {
    hub.sandbox.faults.clear();
    hub.sandbox.setLimits({ rateLimit: 900 });
  });

  const linked = async () => {
    const service = await makeService(hub);
    const account = await makeAccount(hub, service.id);
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    await hub.api('PUT', `/connected-accounts/${account.id}/credentials`, credentials);
    return account.id;
  };
  const ask = (from: TestHub, account: string, more: object = {}) =>
    from.api(
      'POST',
      `/connected-accounts/${account}/request`,
      { method: 'GET', url: verify, ...more },
      hub.adminKey,
    );
  const received = () => hub.sandbox.journal.entries().length;

  for (const skew of [4000, -4000]) {
    test(`${on}: a sandbox whose clock is ${skew} s ahead costs one more request, once, for both hubs`, async () => {
      const account = await linked();
      hub.sandbox.faults.set('clock-skew', skew);
      const before = received();
      assert.equal((await ask(hub, account)).body.info.http_code, 200);
      assert.equal(received() - before, 2);
      assert.equal((await ask(hub, account)).body.info.http_code, 200);
      assert.equal(received() - before, 3);
      neighbour.clock.offsetMs += 6_000;
      assert.equal((await ask(neighbour, account)).body.info.http_code, 200);
      assert.equal(received() - before, 4);
      hub.sandbox.faults.clear();
      assert.equal((await ask(hub, account)).body.info.http_code, 200, 'and back again');
    });
  }

  test(`${on}: a used nonce costs one more request, a second one is the answer`, async () => {
    const account = await linked();
    for (const [times, sent, status] of [
      [1, 2, 200],
      [3, 2, 401],
    ] as const) {
      const before = received();
      hub.sandbox.faults.set('problem', { value: 'nonce_used', times });
      const { body } = await ask(hub, account);
      hub.sandbox.faults.clear();
      assert.deepEqual([body.info.http_code, received() - before], [status, sent]);
    }
  });

  test(`${on}: a redirect to another origin is told, not followed`, async () => {
    const account = await linked();
    hub.sandbox.faults.set('redirect', 'https://evil.example/');
    const { body } = await ask(hub, account);
    assert.equal(body.info.http_code, 302);
    const detail = await hub.api('GET', `/deliveries/${body.delivery_id}`);
    assert.equal(detail.body.problem.cause, 'redirected_elsewhere');
    const page = await hub.admin.open(`${hub.url}/activity/${body.delivery_id}`);
    assert.match(page.html, /sent the request on to another host/);
  });

  test(`${on}: two hubs keep to one limit, and neither hears 429`, async () => {
    const account = await linked();
    neighbour.clock.offsetMs = 0;
    hub.sandbox.setLimits({ rateLimit: 8 });
    const url = 'https://api.twitter.com/1.1/statuses/user_timeline.json?count=1';
    await ask(hub, account, { url });
    const all = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        ask(index % 2 === 0 ? hub : neighbour, account, { url, on_limit: 'refuse' }),
      ),
    );
    const answered = all.filter(({ status }) => status === 200);
    assert.deepEqual(
      answered.map(({ body }) => body.info.http_code),
      Array(7).fill(200),
    );
    for (const refused of all.filter(({ status }) => status !== 200)) {
      const { retry_after } = assertRefused(refused, 429, 'rate_limited');
      assert.ok(retry_after > 0 && retry_after <= 901, String(retry_after));
    }
  });

  test(`${on}: a bot whose request may not be made in its time is told so, with when it may`, async () => {
    const account = await linked();
    hub.sandbox.faults.set('rate-limited', { times: 1, path: verifyPath });
    assert.equal((await ask(hub, account)).body.info.http_code, 429);
    const bot = (await hub.api('POST', '/bots', { name: 'Bird' })).body;
    const action = {
      action: 'core.va.action.http_request',
      http_verb: 'get',
      http_url: verify,
      auth: 'connected_account',
      auth_connected_account_id: account,
      response_placeholder: '_http_response',
    };
    const behavior = await hub.api('POST', '/behaviors', {
      bot_id: bot.id,
      title: 'Ask who I am',
      event: 'event.macro.bot',
      variables: {},
      nodes: [{ type: 'action', title: 'Ask', status: 'live', params: { actions: [action] } }],
    });
    const run = await hub.api('POST', `/behaviors/${behavior.body.id}/run`, {});
    assert.deepEqual([run.body.status, run.body.error.code], ['failed', 'rate_limited'], run.text);
    assert.match(run.body.error.message, /allows no more of these calls .* the next one may go at 20/);
  });
});
