/** Account Activity from outside: registering, challenges, subscriptions. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { send } from '../support/oauth-client.ts';
import { activityPath, app, codeOf, ids, startDesk, startedAt } from '../support/sandbox-desk.ts';

let desk: Awaited<ReturnType<typeof startDesk>>;
beforeEach(async () => {
  desk = await startDesk();
});
afterEach(() => desk.close());

test('a webhook is registered once its challenge is answered, and the challenge is signed', async () => {
  const answer = await desk.register();
  assert.equal(answer.status, 200, answer.text);
  const webhook = JSON.parse(answer.text);
  assert.deepEqual(
    { ...webhook, id: typeof webhook.id },
    { id: 'string', url: desk.receiver.url, valid: true, created_at: '2026-01-05T00:00:00Z' },
  );
  assert.deepEqual(desk.receiver.challenges, [{ isSigned: true }]);
  assert.deepEqual(JSON.parse((await desk.bearer(`${activityPath}/webhooks.json`)).text), [webhook]);
  const all = JSON.parse((await desk.call('alice', '/1.1/account_activity/all/webhooks.json')).text);
  assert.deepEqual(all.environments, [
    { environment_name: 'ProductionEnvironment', webhooks: [webhook] },
    { environment_name: 'dev', webhooks: [] },
  ]);
  const second = await desk.register(`${desk.receiver.url}2`);
  assert.deepEqual([second.status, codeOf(second)], [403, 214]);
  assert.match(second.text, /Too many resources already created/);
});

test('a challenge that is answered wrongly, late, elsewhere or not at all refuses the webhook', async () => {
  const cases: [typeof desk.receiver.behaviour.challenge, RegExp][] = [
    ['wrong', /Invalid CRC token/],
    ['not json', /Invalid CRC token/],
    ['redirect', /Non-200/],
    ['error', /Non-200/],
    ['silent', /under 3 seconds/],
  ];
  for (const [behaviour, message] of cases) {
    desk.receiver.behaviour.challenge = behaviour;
    const answer = await desk.register();
    assert.deepEqual([answer.status, codeOf(answer)], [403, 214], behaviour);
    assert.match(answer.text, message);
  }
  assert.deepEqual(desk.sandbox.webhooks(), []);
  const gone = await desk.register('http://127.0.0.1:9/');
  assert.match(gone.text, /Non-200/);
});

test('addresses that are no webhook are refused before anything is asked', async () => {
  for (const url of ['http://hub.example/hooks', 'https://hub.example:8443/x', 'nowhere'])
    assert.equal(codeOf(await desk.register(url)), 214, url);
  const outside = await desk.register('https://hub.example/hooks');
  assert.match(outside.text, /Non-200/, 'nothing but this machine is called');
  assert.equal(desk.receiver.challenges.length, 0);
});

test('by the strict rules this machine is reached under a public name alone', async () => {
  const strict = await startDesk({ strictWebhooks: true });
  assert.equal(codeOf(await strict.register()), 214);
  await strict.close();
  const { origin, pathname } = new URL(desk.receiver.url);
  const named = await startDesk({ strictWebhooks: true, connectTo: { 'https://hub.example': origin } });
  const answer = await named.register(`https://hub.example${pathname}`);
  assert.equal(answer.status, 200, answer.text);
  await named.close();
});

test('labels differ by case, and who has none is told so', async () => {
  const wrong = await desk.register(
    desk.receiver.url,
    'alice',
    '/1.1/account_activity/all/productionenvironment',
  );
  assert.deepEqual([wrong.status, codeOf(wrong)], [403, 200]);
  desk.sandbox.setActivity(app.key, { environments: [] });
  assert.equal(codeOf(await desk.register()), 200);
  desk.sandbox.setActivity(app.key, { environments: [], refusal: 'accessLevel' });
  assert.equal(codeOf(await desk.register()), 453);
});

test('people subscribe as themselves, the app lists, counts and ends it by its bearer token', async () => {
  const early = await desk.subscribe();
  assert.deepEqual([early.status, codeOf(early)], [403, 170]);
  await desk.register();
  const check = () => desk.call('alice', `${activityPath}/subscriptions.json`);
  assert.equal(codeOf(await check()), 34);
  assert.equal((await desk.subscribe()).status, 204);
  assert.equal((await check()).status, 204);
  assert.equal(codeOf(await desk.subscribe()), 355);
  assert.equal((await desk.subscribe('bob')).status, 204);

  const list = JSON.parse((await desk.bearer(`${activityPath}/subscriptions/list.json`)).text);
  assert.deepEqual(list.subscriptions, [{ user_id: ids.alice }, { user_id: ids.bob }]);
  assert.equal(codeOf(await desk.call('alice', `${activityPath}/subscriptions/list.json`)), 215);
  const count = JSON.parse((await desk.bearer('/1.1/account_activity/all/subscriptions/count.json')).text);
  assert.deepEqual([count.subscriptions_count_all, count.provisioned_count], ['2', '15']);
  const end = () => desk.bearer(`${activityPath}/subscriptions/${ids.alice}.json`, 'DELETE');
  assert.equal((await end()).status, 204);
  assert.equal(codeOf(await end()), 34);
});

test('an environment holds so many people, and a token without the right to messages subscribes nobody', async () => {
  desk.sandbox.setActivity(app.key, { environments: ['ProductionEnvironment'], maxSubscriptions: 1 });
  await desk.register();
  desk.sandbox.setAccessLevel(app.key, 'read-write');
  const token = desk.as('bob');
  desk.sandbox.setAccessLevel(app.key, 'read-write-directmessages');
  const request = { method: 'POST' };
  assert.equal(codeOf(await desk.call(token, `${activityPath}/subscriptions.json`, request)), 93);
  await desk.subscribe();
  assert.equal(codeOf(await desk.subscribe('bob')), 214);
});

test('removing a webhook ends its subscriptions, and another may come', async () => {
  const { id } = JSON.parse((await desk.register()).text);
  await desk.subscribe();
  const path = `${activityPath}/webhooks/${id}.json`;
  assert.equal((await desk.call('alice', path, { method: 'DELETE' })).status, 204);
  assert.equal(codeOf(await desk.call('alice', path, { method: 'DELETE' })), 34);
  assert.deepEqual(desk.sandbox.subscriptions(), []);
  assert.equal((await desk.register()).status, 200);
});

test('checking again makes a webhook invalid or valid; then it is told nothing', async () => {
  const { id } = JSON.parse((await desk.register()).text);
  await desk.subscribe();
  const check = () => desk.call('alice', `${activityPath}/webhooks/${id}.json`, { method: 'PUT' });
  desk.receiver.behaviour.challenge = 'redirect';
  assert.equal(codeOf(await check()), 214);
  assert.equal(JSON.parse((await desk.bearer(`${activityPath}/webhooks.json`)).text)[0].valid, false);
  await desk.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Anybody there?' });
  assert.deepEqual([desk.receiver.received.length, desk.sandbox.deliveries()[0]?.state], [0, 'lost']);
  desk.receiver.behaviour.challenge = 'right';
  assert.equal((await check()).status, 204);
  await desk.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Hello?' });
  assert.equal(desk.receiver.received.length, 1);
});

test('webhooks are asked every day; what fails in passing may fail for 28 hours', async () => {
  await desk.register();
  const hour = 3_600_000;
  await desk.sandbox.clock.advance(24 * hour);
  assert.equal(desk.receiver.challenges.length, 2);
  desk.receiver.behaviour.challenge = 'error';
  await desk.sandbox.clock.advance(27 * hour);
  assert.equal(desk.sandbox.webhooks()[0]?.isValid, true);
  await desk.sandbox.clock.advance(2 * hour);
  assert.equal(desk.sandbox.webhooks()[0]?.isValid, false);
  const checked = JSON.parse((await desk.control(`/crc/${desk.sandbox.webhooks()[0]?.id}`, {})).text);
  assert.deepEqual(checked, { ok: false, problem: 'failedChallenge', valid: false });
  desk.receiver.behaviour.challenge = 'right';
  await desk.sandbox.checkWebhooks();
  assert.equal(desk.sandbox.webhooks()[0]?.isValid, true);
});

test('the app gets the same bearer token again, and only for the right secret', async () => {
  const [first, second] = [await desk.askToken(), await desk.askToken()];
  assert.equal(JSON.parse(first.text).token_type, 'bearer');
  assert.equal(first.text, second.text);
  const wrong = await desk.askToken('wrong');
  assert.deepEqual([wrong.status, codeOf(wrong)], [403, 99]);
  const made = await send(desk.origin, `${activityPath}/subscriptions/list.json`, {
    headers: { Authorization: 'Bearer made-up' },
  });
  assert.equal(codeOf(made), 89);
  const journal = (await desk.control('/journal')).text;
  assert.ok(!journal.includes(JSON.parse(first.text).access_token) && !journal.includes(app.secret));
  assert.equal(desk.sandbox.clock.now(), startedAt);
});
