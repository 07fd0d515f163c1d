/** Channels and conversations for programs and the command line: shapes, rights, and that no secret comes back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { messagesBody, postSigned } from '../support/channels.ts';
import { id as anId, assertFields, assertList, assertRefused, time } from '../support/contract.ts';
import { type ApiResult, consumer, startTestHub, type TestHub } from '../support/hub.ts';

const channelFields =
  'id bot_id type name callback_url account_id owns_account keys label transport state is_enabled settings ' +
  'remote_user access_level is_valid last_crc_at last_event_at last_error_at last_error is_paused accepted ' +
  'refused notices created_at updated_at';
const messageFields =
  'id channel_id conversation_id direction author author_name text buttons payload attachments state ' +
  'held_until held_reason error remote_id at sent_at created_at';

let hub: TestHub;
let keys: Record<string, string>;
let botId = '';
let channelId = '';

before(async () => {
  hub = await startTestHub();
  hub.sandbox.setAccessLevel(consumer.key, 'read-write-directmessages');
  const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
  keys = {
    client_id: consumer.key,
    client_secret: consumer.secret,
    oauth_token: token,
    oauth_token_secret: tokenSecret,
  };
  botId = (await hub.api('POST', '/bots', { name: 'Desk', uri: 'desk' })).body.id;
});
after(() => hub.close());

test('a draft has its callback URL before any key', async () => {
  const { status, body, text } = await hub.api('POST', '/channels', { bot_id: 'desk', type: 'twitter' });
  assert.equal(status, 201, text);
  assertFields(body, channelFields);
  assert.match(body.id, anId);
  assert.match(body.created_at, time);
  assert.equal(body.bot_id, botId);
  assert.equal(body.state, 'draft');
  assert.deepEqual(body.keys.client_secret, { set: false });
  const stream = body.callback_url.slice(`${hub.url}/hooks/x/`.length);
  assert.ok(Buffer.from(stream, 'base64url').length >= 16, 'at least 128 bits');
  channelId = body.id;
});

test('what does not fit is refused by name, and leaves no channel behind', async () => {
  const refusals: [object, RegExp][] = [
    [{ type: 'pigeon' }, /pigeon/],
    [{ type: 'twitter', keys: { ...keys, oauth_token_secret: '' } }, /Access Token Secret is missing/],
    [{ type: 'twitter', keys, label: 'no label' }, /Environment Label/],
    [{ type: 'twitter', transport: 'smoke' }, /webhook or polling/],
    [{ type: 'twitter', settings: { limits: { max_buttons: -1 } } }, /maxButtons/],
    [{ type: 'twitter', secret: 'x' }, /secret/],
  ];
  for (const [fields, message] of refusals) {
    const refused = await hub.api('POST', '/channels', { bot_id: botId, ...fields });
    assert.match(assertRefused(refused, 400, 'bad_request').message, message);
  }
  assertRefused(await hub.api('POST', '/channels', { bot_id: 'nobody', type: 'twitter' }), 404, 'not_found');
  assert.equal(assertList(await hub.api('GET', '/channels?bot=desk')).length, 1);
});

test('each of the four keys is missed by its own name', async () => {
  const names = ['API key', 'API Secret Key', 'Access Token', 'Access Token Secret'];
  for (const [index, key] of Object.keys(keys).entries()) {
    const refused = await hub.api('PATCH', `/channels/${channelId}`, { keys: { ...keys, [key]: '' } });
    const { faults } = assertRefused(refused, 400, 'bad_request');
    assert.deepEqual(faults, [{ path: `/keys/${key}`, message: `${names[index]} is missing.` }]);
  }
});

test('without an account nothing is authorized or enabled, with the remedy', async () => {
  for (const verb of ['authorize', 'enable']) {
    const body = verb === 'authorize' ? {} : undefined;
    const refused = await hub.api('POST', `/channels/${channelId}/${verb}`, body);
    assert.match(assertRefused(refused, 409, 'conflict').message, /keys/);
  }
});

test('keys are taken and never come back; then Authorize, Enable', async () => {
  const saved = await hub.api('PATCH', `/channels/${channelId}`, { keys, label: 'ProductionEnvironment' });
  assert.equal(saved.body.state, 'needs_authorize');
  assert.deepEqual(saved.body.keys.client_secret, { set: true });
  const authorized = await hub.api('POST', `/channels/${channelId}/authorize`, {});
  assertFields(authorized.body, 'steps state foreign');
  assert.equal(authorized.body.state, 'active', authorized.text);
  const enabled = await hub.api('POST', `/channels/${channelId}/enable`);
  assertFields(enabled.body, channelFields);
  assert.equal(enabled.body.is_enabled, true);
  assert.deepEqual(enabled.body.remote_user, { id: '9007199254740993', name: 'alice' });
  assert.match(enabled.body.notices.join(), /no behavior for the event/);
  const shown = await hub.api('GET', `/channels/${channelId}`);
  for (const { text } of [saved, authorized, enabled, shown]) {
    for (const [name, value] of Object.entries(keys))
      assert.ok(!text.includes(value), `${name} in an answer`);
  }
});

test('settings change one by one, and a limit that is null is the type’s again', async () => {
  const change = (settings: object) => hub.api('PATCH', `/channels/${channelId}`, { settings });
  await change({ limits: { messages_per_day: 7 } });
  const { body } = await change({ reply_policy: 'adaptive', limits: { max_buttons: 3 } });
  assert.equal(body.settings.limits.messages_per_day, 7);
  assert.equal(body.settings.limits.max_buttons, 3);
  assert.equal(body.settings.reply_policy, 'adaptive');
  const reset = await change({
    reply_policy: 'strict',
    limits: { messages_per_day: null, max_buttons: null },
  });
  assert.equal(reset.body.settings.limits.messages_per_day, 1000);
  assert.equal(reset.body.state, 'active', 'settings need no new Authorize');
});

test('without `to` a test needs somebody who wrote', async () => {
  const refused = await hub.api('POST', `/channels/${channelId}/test`, {});
  assert.match(assertRefused(refused, 400, 'bad_request').message, /Nobody wrote/);
});

let conversationId = '';

test("a customer's message makes a conversation, its ids exact", async () => {
  await hub.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Hello 💎' });
  const [conversation] = await until<ApiResult['body']>(async () =>
    assertList(await hub.api('GET', `/conversations?channel=${channelId}&state=open`)),
  );
  assertFields(
    conversation,
    'id channel_id kind state contact answers_left answers_until bot_paused_until last_inbound_at ' +
      'last_message_at closed_at created_at updated_at',
  );
  assert.equal(conversation.contact.remote_id, '1750000000000000007');
  assert.equal(conversation.answers_left, 5);
  conversationId = conversation.id;
  const [message] = assertList(await hub.api('GET', `/conversations/${conversationId}/messages`));
  assertFields(message, messageFields);
  assert.equal(message.text, 'Hello 💎');
  assert.deepEqual(assertList(await hub.api('GET', '/conversations?state=closed')), []);
  assertRefused(await hub.api('GET', '/conversations?state=ajar'), 400, 'bad_request');
});

test('an answer is queued once for one Idempotency-Key, and goes out once', async () => {
  const answer = () =>
    hub.api('POST', `/conversations/${conversationId}/messages`, { text: 'Hi!' }, hub.adminKey, {
      'Idempotency-Key': 'answer-1',
    });
  const [first, second] = [await answer(), await answer()];
  assert.equal(first.status, 201, first.text);
  assertFields(first.body, messageFields);
  assert.equal(second.body.id, first.body.id);
  const sent = await until<ApiResult['body']>(async () => {
    const items = assertList(await hub.api('GET', `/conversations/${conversationId}/messages?limit=1`));
    return items.filter((one: { state: string }) => one.state === 'sent');
  });
  assert.match(sent[0].remote_id, /^\d{19}$/);
  assert.equal(sent[0].author, 'agent');
});

test('what exceeds a limit is refused with both numbers, at n + 1 and not at n', async () => {
  const say = (text: string, buttons: object[] = []) =>
    hub.api('POST', `/conversations/${conversationId}/messages`, { text, buttons });
  const button = (length: number) => ({ label: 'x'.repeat(length) });
  assert.match(assertRefused(await say(''), 422, 'request_refused').message, /empty/);
  const long = assertRefused(await say('x'.repeat(10_001)), 422, 'request_refused');
  assert.match(long.message, /10,001.*10,000/);
  const many = Array.from({ length: 21 }, () => button(1));
  assert.match(assertRefused(await say('Choose', many), 422, 'request_refused').message, /21.*20/);
  const wide = await say('Choose', [button(37)]);
  assert.match(assertRefused(wide, 422, 'request_refused').message, /37.*36/);
  assert.equal((await say('x'.repeat(10_000))).status, 201);
  assert.equal((await say('Choose', [...many.slice(0, 19), button(36)])).status, 201);
});

test('a test goes to whoever wrote last, and says how it stands', async () => {
  const { status, body, text } = await hub.api('POST', `/channels/${channelId}/test`, { text: 'A test' });
  assert.equal(status, 200, text);
  assertFields(body, messageFields);
  assert.equal(body.conversation_id, conversationId);
});

test('simulating says what the bot would do, and sends nothing', async () => {
  const made = await hub.api('POST', '/behaviors', {
    bot_id: botId,
    title: 'Answer',
    event: 'event.channel.message.received',
    nodes: [
      {
        type: 'action',
        title: 'Say',
        params: { actions: [{ action: 'channel.reply', text: 'You said {{message_text}}' }] },
      },
    ],
  });
  assert.equal(made.status, 201, made.text);
  const { body, text } = await hub.api('POST', `/channels/${channelId}/simulate`, { text: 'Tea?' });
  assertFields(body.runs[0], 'behavior run_id status transcript error');
  assert.equal(body.runs[0].status, 'done', text);
  assert.match(text, /You said Tea\?/);
  const messages = await hub.api('GET', `/conversations/${conversationId}/messages`);
  // What came in before may get its own answer by this behavior now; the simulated one must not.
  assert.doesNotMatch(messages.text, /You said Tea/);
});

test('ids that a double cannot tell apart stay apart, to the last digit, in API and pages', async () => {
  const { callback_url: address } = (await hub.api('GET', `/channels/${channelId}`)).body;
  const alice = '9007199254740993';
  const twins = ['1990000000000000203', '1990000000000000201'];
  assert.equal(Number(twins[0]), Number(twins[1]), 'as doubles they are one');
  const stream = address.slice(`${hub.url}/hooks/x/`.length);
  const messages = twins.map((id) => ({ id, from: id, to: alice, text: `From ${id}`, at: Date.now() }));
  const { secret } = consumer;
  assert.equal((await postSigned(hub.url, stream, messagesBody(messages, alice), { secret })).status, 200);
  for (const id of twins) {
    const [conversation] = await until<ApiResult['body']>(async () =>
      assertList(await hub.api('GET', `/conversations?channel=${channelId}`)).filter(
        (one: ApiResult['body']) => one.contact.remote_id === id,
      ),
    );
    const listed = await hub.api('GET', `/conversations/${conversation.id}/messages`);
    assert.match(listed.text, new RegExp(`"remote_id":"${id}"`));
    const received = assertList(listed).filter((one: ApiResult['body']) => one.direction === 'in');
    assert.equal(received.length, 1);
    const page = (await hub.admin.open(`${hub.url}/conversations/${conversation.id}`)).html;
    assert.match(page, new RegExp(`\\b${id}\\b`));
  }
  const inbox = (await hub.admin.open(`${hub.url}/inbox`)).html;
  for (const id of twins) assert.match(inbox, new RegExp(`\\b${id}\\b`));
});

test('a key without admin rights sees none of it', async () => {
  const key = await hub.hub.createApiKey({ name: 'small', isAdmin: false, accounts: [] });
  for (const path of ['/channels', `/channels/${channelId}`, `/conversations/${conversationId}/messages`])
    assertRefused(await hub.api('GET', path, undefined, key), 403, 'forbidden');
});

test('deleted it is gone for good; its address answers 404, its conversations are kept', async () => {
  const { callback_url: address } = (await hub.api('GET', `/channels/${channelId}`)).body;
  const { status, body } = await hub.api('DELETE', `/channels/${channelId}`);
  assert.equal(status, 200);
  assert.ok(
    body.report.every((step: { ok: boolean }) => step.ok),
    JSON.stringify(body),
  );
  assert.deepEqual(hub.sandbox.webhooks(), []);
  assertRefused(await hub.api('GET', `/channels/${channelId}`), 404, 'not_found');
  assert.equal((await fetch(address, { method: 'POST', body: '{}' })).status, 404);
  assert.equal((await fetch(`${address}?crc_token=x`)).status, 404);
  assert.ok(assertList(await hub.api('GET', `/conversations/${conversationId}/messages`)).length > 0);
  const refused = await hub.api('POST', `/conversations/${conversationId}/messages`, { text: 'Late' });
  assertRefused(refused, 409, 'conflict');
});

/** Waits until something is found; jobs work in their own time. */
async function until<T>(find: () => Promise<T[]>): Promise<T[]> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await find();
    if (found.length > 0) return found;
    await pause(50);
  }
  throw new Error('it did not happen within five seconds');
}
