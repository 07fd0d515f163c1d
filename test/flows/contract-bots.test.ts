/** The Contract's calls for bots, behaviors, runs and deliveries: paths, statuses, exact fields. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  assertFields,
  assertList,
  assertRefused,
  id,
  makeAccount,
  makeService,
  time,
} from '../support/contract.ts';
import { withDatabases } from '../support/databases.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

const botFields = 'id uri name owner is_disabled params image created_at updated_at';
const behaviorFields =
  'id uri bot_id title event is_private is_disabled priority variables nodes runnable unsupported created_at updated_at';
const runFields = 'run_id status values transcript error';
const deliveryFields = 'id account_id method url status fault started_at took_ms run_id connected_to';
const verify = 'https://api.twitter.com/1.1/account/verify_credentials.json';

withDatabases((database) => {
  const on = database.name;
  let hub: TestHub;
  let account: { id: string };
  before(async () => {
    hub = await startTestHub({ database: await database.create() });
    const service = await makeService(hub);
    account = await makeAccount(hub, service.id, { uri: 'twitter' });
    const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
    const credentials = { oauth_token: token, oauth_token_secret: tokenSecret };
    await hub.api('PUT', '/connected-accounts/twitter/credentials', credentials);
  });
  after(() => hub.close());

  const makeBot = async (fields: object = {}) => {
    const made = await hub.api('POST', '/bots', { name: 'Bird', ...fields });
    assert.equal(made.status, 201, made.text);
    return made.body;
  };
  const makeBehavior = async (botId: string, actions: object[], fields: object = {}) => {
    const made = await hub.api('POST', '/behaviors', {
      bot_id: botId,
      title: 'Ask who I am',
      event: 'event.macro.bot',
      variables: { var_q: { key: 'var_q', label: 'q', type: 'S', is_private: '0', params: {} } },
      nodes: [{ type: 'action', title: 'Ask', status: 'live', params: { actions } }],
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    return made.body;
  };
  const ask = (fields: object = {}) => ({
    action: 'core.va.action.http_request',
    http_verb: 'get',
    http_url: `${verify}?q={{var_q|url_encode}}`,
    http_headers: '',
    http_body: '',
    auth: 'connected_account',
    auth_connected_account_id: account.id,
    options: { raw_response_body: '1' },
    run_in_simulator: '1',
    response_placeholder: '_http_response',
    ...fields,
  });

  test(`${on}: a bot has its fields, by id and by uri`, async () => {
    const bot = await makeBot({ uri: 'bird' });
    assertFields(bot, botFields);
    assert.match(bot.id, id);
    assert.match(bot.created_at, time);
    assert.equal(bot.image, null);
    assert.equal(bot.is_disabled, false);
    assertFields(bot.owner, 'context id label');
    assert.deepEqual((await hub.api('GET', '/bots/bird')).body, bot);
    const changed = await hub.api('PATCH', '/bots/bird', { is_disabled: true });
    assert.deepEqual([changed.status, changed.body.is_disabled, changed.body.name], [200, true, 'Bird']);
    assertRefused(await hub.api('POST', '/bots', { name: 'Other', uri: 'bird' }), 409, 'conflict');
    const unknown = assertRefused(
      await hub.api('POST', '/bots', { name: 'x', made_up: 1 }),
      400,
      'bad_request',
    );
    assert.match(JSON.stringify(unknown), /\/made_up/);
    assertRefused(await hub.api('POST', '/bots', { name: 7 }), 400, 'bad_request');
  });

  test(`${on}: a behavior has its fields and tells what it cannot run`, async () => {
    const bot = await makeBot();
    const behavior = await makeBehavior(bot.id, [ask()], { uri: 'who' });
    assertFields(behavior, behaviorFields);
    assert.match(behavior.id, id);
    assertFields(behavior.event, 'key label params');
    assert.deepEqual([behavior.runnable, behavior.unsupported, behavior.bot_id], [true, [], bot.id]);
    assert.deepEqual((await hub.api('GET', '/behaviors/who')).body, behavior);
    const chat = await makeBehavior(bot.id, [{ action: 'respond', message: 'hello' }], { title: 'Chat' });
    assert.equal(chat.runnable, false);
    assertFields(chat.unsupported[0], 'path message');
    const refused = await hub.api('POST', `/behaviors/${chat.id}/run`, {});
    assertRefused(refused, 409, 'behavior_not_runnable');
    const of = assertList(await hub.api('GET', `/behaviors?bot=${bot.id}`));
    assert.deepEqual(
      of.map((one: { title: string }) => one.title),
      ['Ask who I am', 'Chat'],
    );
    const other = await makeBot();
    assert.deepEqual(assertList(await hub.api('GET', `/behaviors?bot=${other.id}`)), []);
    for (const fields of [{ title: 5 }, { nodes: 'none' }, { made_up: 1 }, { bot_id: 0 }]) {
      const body = { bot_id: bot.id, title: 'x', ...fields };
      assertRefused(await hub.api('POST', '/behaviors', body), 400, 'bad_request');
    }
  });

  test(`${on}: a run and a simulation answer the same shape, and a run can be read again`, async () => {
    const bot = await makeBot();
    const { id: behavior } = await makeBehavior(bot.id, [ask()]);
    for (const verb of ['run', 'simulate']) {
      const run = await hub.api('POST', `/behaviors/${behavior}/${verb}`, { variables: { var_q: 'a b' } });
      assert.equal(run.status, 200, run.text);
      assertFields(run.body, runFields);
      assert.match(run.body.run_id, id);
      assert.deepEqual([run.body.status, run.body.error], ['done', null], run.text);
      assert.ok(run.body.transcript.length > 0);
      for (const entry of run.body.transcript) assertFields(entry, 'node title action status text');
      assert.equal(run.body.values.var_q, 'a b');
      assert.equal(run.body.values._http_response.info.http_code, 200, run.text);
      assert.ok(Object.keys(run.body.values).every((name) => !/^(behavior|va)_/.test(name)));
      const read = await hub.api('GET', `/runs/${run.body.run_id}`);
      assert.deepEqual([read.status, read.body], [200, run.body]);
    }
    const unknown = await hub.api('POST', `/behaviors/${behavior}/run`, { variables: { var_nope: '1' } });
    assertRefused(unknown, 400, 'bad_request');
    const shape = await hub.api('POST', `/behaviors/${behavior}/run`, { variables: [] });
    assertRefused(shape, 400, 'bad_request');
  });

  test(`${on}: a run that fails is an answer with code, sentence and node`, async () => {
    const bot = await makeBot();
    const { id: behavior } = await makeBehavior(bot.id, [ask({ http_url: 'https://evil.example/' })]);
    const run = await hub.api('POST', `/behaviors/${behavior}/run`, {});
    assert.equal(run.status, 200, run.text);
    assert.equal(run.body.status, 'failed');
    assertFields(run.body.error, 'code message node');
    assert.equal(run.body.error.code, 'host_not_allowed');
  });

  test(`${on}: deliveries are listed newest first, one of them with request, answer and signature`, async () => {
    const send = (q: string) =>
      hub.api('POST', '/connected-accounts/twitter/request', { method: 'GET', url: `${verify}?q=${q}` });
    const sent = [await send('1'), await send('2'), await send('3')];
    const items = assertList(await hub.api('GET', `/deliveries?account=${account.id}`));
    for (const item of items) {
      assertFields(item, deliveryFields);
      assert.match(item.id, id);
      assert.match(item.started_at, time);
    }
    assert.deepEqual(
      items.slice(0, 3).map((item: { id: string }) => item.id),
      sent.map((one) => one.body.delivery_id).reverse(),
    );
    const [newest] = items;
    assert.deepEqual(
      [newest.account_id, newest.method, newest.status, newest.fault, newest.run_id, newest.connected_to],
      [account.id, 'GET', 200, null, null, hub.sandbox.origin],
    );
    const first = await hub.api('GET', '/deliveries?limit=1');
    const next = await hub.api('GET', `/deliveries?limit=1&after=${first.body.next}`);
    assert.equal(next.body.items[0].id, sent[1]?.body.delivery_id);
    const one = await hub.api('GET', `/deliveries/${newest.id}`);
    assertFields(one.body, `${deliveryFields} request response signature problem`);
    assert.match(one.text, /\[masked, \d+ characters\]/);
    assertRefused(await hub.api('GET', '/deliveries/01HZZZZZZZZZZZZZZZZZZZZZZZ'), 404, 'not_found');
    const byUri = assertList(await hub.api('GET', '/deliveries?account=twitter'));
    assert.equal(byUri.length, items.length, 'an account is named by its uri too');
  });

  test(`${on}: lists of what has gone meanwhile go on, and a made-up cursor is refused`, async () => {
    for (const list of [
      'bots',
      'behaviors',
      'connected-services',
      'connected-accounts',
      'deliveries',
      'imports',
    ]) {
      assertRefused(await hub.api('GET', `/${list}?after=made-up`), 400, 'bad_request');
    }
    const names = ['page 1', 'page 2', 'page 3', 'page 4'];
    for (const name of names) await makeBot({ name, uri: name.replace(' ', '-') });
    const all = assertList(await hub.api('GET', '/bots'));
    const start = all.findIndex((bot: { name: string }) => bot.name === 'page 1');
    const page = await hub.api('GET', `/bots?limit=${start + 2}`);
    await hub.api('DELETE', '/bots/page-2');
    const rest = assertList(await hub.api('GET', `/bots?after=${page.body.next}`));
    assert.deepEqual(
      rest.map((bot: { name: string }) => bot.name),
      ['page 3', 'page 4'],
    );
  });

  test(`${on}: a bot is in use by its behaviors, an account by the behaviors that sign with it`, async () => {
    const bot = await makeBot({ uri: 'used' });
    const service = await makeService(hub);
    const used = await makeAccount(hub, service.id);
    const behavior = await makeBehavior(bot.id, [ask({ auth_connected_account_id: used.id })]);
    const by = [{ context: 'cerberusweb.contexts.behavior', id: behavior.id, label: 'Ask who I am' }];
    assert.deepEqual(assertRefused(await hub.api('DELETE', '/bots/used'), 409, 'in_use').by, by);
    const account409 = await hub.api('DELETE', `/connected-accounts/${used.id}`);
    assert.deepEqual(assertRefused(account409, 409, 'in_use').by, by);
    assert.equal((await hub.api('DELETE', '/bots/used?with=dependents')).status, 204);
    assertRefused(await hub.api('GET', `/behaviors/${behavior.id}`), 404, 'not_found');
    assert.equal((await hub.api('DELETE', `/connected-accounts/${used.id}`)).status, 204);
  });
});
