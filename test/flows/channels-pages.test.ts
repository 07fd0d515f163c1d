/** Pages of channels and the inbox without script: who sees them, what they tell, and the live stream. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';
import { createVisitor, signedIn, type Visitor } from '../support/visitor.ts';

let hub: TestHub;
let ada: Visitor;
let botId = '';

before(async () => {
  hub = await startTestHub();
  ada = await signedIn(hub.url, 'ada@example.com', password);
  botId = (await hub.api('POST', '/bots', { name: 'Desk' })).body.id;
});
after(() => hub.close());

test('the tile makes a draft; its page has the callback URLs, the notices and what to know of the service', async () => {
  const tab = await ada.get(`/bots/${botId}/channels`);
  assert.match(tab.text, /This bot has no channel yet/);
  const { status, location } = await send(`/bots/${botId}/channels`, { type: 'twitter' });
  assert.equal(status, 303);
  const { text } = await ada.get(location);
  assert.match(text, new RegExp(`${hub.url}/hooks/x/[A-Za-z0-9_-]{43}`));
  assert.match(text, new RegExp(`${hub.url}/oauth/callback<`));
  assert.match(text, /never against the live service of X/);
  assert.match((await ada.get(`/bots/${botId}`)).text, new RegExp(`href="/bots/${botId}/channels"`));
});

test('a token of too small a permission needs permission, and the page tells the remedy', async () => {
  const id = await add({ keys: keysOf('carol') });
  const answer = await ada.post(`/channels/${id}/authorize`);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /Check permission: failed/);
  assert.match(answer.text, /a token keeps the permission it was made with/);
});

test('an app without access awaits it, which is no error', async () => {
  hub.sandbox.setAccessLevel(consumer.key, 'read-write-directmessages');
  const id = await add({ keys: keysOf('carol'), label: 'wrongcase' });
  const { text } = await ada.post(`/channels/${id}/authorize`);
  assert.match(text, /Awaiting access/);
  assert.match(text, /case-sensitive/);
});

test('a second channel with the same app and label takes the address over, and both pages say so', async () => {
  const first = await add({ keys: keysOf('alice'), label: 'ProductionEnvironment' });
  await ada.post(`/channels/${first}/authorize`);
  const [webhook] = hub.sandbox.webhooks();
  assert.ok(webhook);
  const before = webhook.url;
  const taken = await hub.api('POST', '/channels', {
    bot_id: botId,
    type: 'twitter',
    keys: keysOf('bob'),
    label: 'ProductionEnvironment',
    name: 'Second',
  });
  assert.equal(taken.status, 201, taken.text);
  assert.match(taken.body.notices.join(' '), /took over the address of the channel/);
  assert.equal(taken.body.callback_url, before);
  const page = await ada.get(`/channels/${first}`);
  assert.match(page.text, /took over this channel(&#x27;|')s address/);
  assert.match(page.text, /has no Callback URL any more/);
});

test('an enabled channel whose bot is disabled says so, with the way to mend it', async () => {
  const other = (await hub.api('POST', '/bots', { name: 'Sleeper', is_disabled: true })).body.id;
  const id = await add({ keys: keysOf('carol'), transport: 'polling' }, other);
  assert.match((await send(`/channels/${id}/enable`)).location, new RegExp(`/channels/${id}$`));
  assert.match((await ada.get(`/channels/${id}`)).text, /its bot &#x27;Sleeper&#x27; is disabled/);
  const listed = await send(`/channels/${id}/disable`, { bot: other });
  assert.equal(listed.location, `/bots/${other}/channels`);
  assert.equal(
    (await send(`/channels/${id}/disable`, { bot: '//evil.example' })).location,
    `/channels/${id}`,
  );
});

test('what was typed stands again after a fault, but for the keys', async () => {
  const id = await add({});
  const answer = await ada.post(`/channels/${id}`, {
    ...blankForm,
    name: 'My name',
    label: 'no label',
    key_client_secret: 'typed-canary',
  });
  assert.equal(answer.status, 400);
  assert.match(answer.text, /value="My name"/);
  assert.match(answer.text, /API key is missing\./);
  assert.doesNotMatch(answer.text, /typed-canary/);
});

test('an address is paused and replaced by admins; the old one is gone for ever', async () => {
  const id = await add({});
  const address = async () => (await hub.api('GET', `/channels/${id}`)).body.callback_url;
  const before = await address();
  await send(`/channels/${id}/pause`, { paused: 'yes' });
  assert.match((await ada.get(`/channels/${id}`)).text, /The address is paused/);
  await send(`/channels/${id}/pause`);
  await send(`/channels/${id}/replace`);
  assert.notEqual(await address(), before);
  assert.equal((await fetch(before, { method: 'POST', body: '{}' })).status, 404);
});

test('a worker sees the channels of their own bots alone, and may not pause or replace', async () => {
  const bea = await addWorker('bea@example.com');
  const strange = await add({});
  for (const path of ['', '/set-up', '/test', '/requests', '/delete'])
    assert.equal((await bea.get(`/channels/${strange}${path}`)).status, 404, path);
  assert.equal((await bea.post(`/channels/${strange}/delete`)).status, 404);
  assert.equal((await bea.get(`/bots/${botId}/channels`)).status, 404);
  await bea.post('/bots/new', {
    name: 'Mine',
    owner: await ownerOf(bea),
    status: 'enabled',
    uri: '',
    config: '',
  });
  const own = /href="(\/bots\/[0-9A-Z]{26})"/.exec((await bea.get('/bots')).text)?.[1] ?? '';
  const made = await bea.post(`${own}/channels`, { type: 'twitter' });
  const page = made.headers.get('location') ?? '';
  const { status, text } = await bea.get(page);
  assert.equal(status, 200);
  assert.doesNotMatch(text, /Pause the address/);
  assert.equal((await bea.post(`${page}/pause`, { paused: 'yes' })).status, 403);
  assert.equal((await bea.post(`${page}/replace`)).status, 403);
});

test('Delete Confirmation says that it is permanent; OK erases conversations only when asked to', async () => {
  const { id, conversationId } = await converse();
  const page = await ada.get(`/channels/${id}/delete`);
  assert.match(page.text, /<h1>Delete Confirmation<\/h1>/);
  assert.match(page.text, /permanent and cannot be undone/);
  assert.equal((await ada.get(`/conversations/${conversationId}`)).status, 200);
  await send(`/channels/${id}/delete`, { conversations: 'erase' });
  assert.equal((await ada.get(`/channels/${id}`)).status, 404);
  assert.equal((await ada.get(`/conversations/${conversationId}`)).status, 404);
});

test('the inbox works without script: reply, a repeated form sends once, close, reopen', async () => {
  const { conversationId } = await converse();
  const path = `/conversations/${conversationId}`;
  assert.match((await ada.get('/inbox')).text, new RegExp(path));
  const { text } = await ada.get(path);
  const token = /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
  for (let times = 0; times < 2; times++) {
    const sent = await send(path, { text: 'On its\r\nway', buttons: 'Thanks | ok', token });
    assert.equal(sent.location, `${path}#last`);
  }
  const messages = await hub.api('GET', `${path}/messages`);
  const ours = messages.body.items.filter((one: { text: string }) => one.text === 'On its\nway');
  assert.equal(ours.length, 1);
  assert.deepEqual(ours[0].buttons, [{ label: 'Thanks', payload: 'ok' }]);
  assert.match((await ada.get(path)).text, /The bot is silent until/);
  await send(`${path}/resume`);
  assert.doesNotMatch((await ada.get(path)).text, /The bot is silent until/);
  await send(`${path}/close`);
  assert.match((await ada.get('/inbox?state=closed')).text, new RegExp(path));
  assert.doesNotMatch((await ada.get('/inbox')).text, new RegExp(path));
  await send(`${path}/reopen`);
  assert.match((await ada.get('/inbox')).text, new RegExp(path));
});

test('what a conversation holds shows with its reason and when it goes, and markup is text', async () => {
  const { id, conversationId } = await converse();
  await hub.api('PATCH', `/channels/${id}`, { settings: { limits: { messages_per_day: 1 } } });
  await hub.api('POST', `/conversations/${conversationId}/messages`, { text: '<b>bold</b>' });
  await until(async () => /Goes at <time/.test((await ada.get(`/conversations/${conversationId}`)).text));
  const { text } = await ada.get(`/conversations/${conversationId}`);
  assert.match(text, /&lt;b&gt;bold&lt;\/b&gt;/);
});

test('the live stream tells of changes to whom they concern, and keeps no hub from stopping', async () => {
  const { conversationId } = await converse();
  const dan = await addWorker('dan@example.com');
  const mine = await listen(ada);
  const theirs = await listen(dan);
  await hub.api('POST', `/conversations/${conversationId}/messages`, { text: 'News' });
  await until(async () => mine.text().includes(conversationId));
  assert.match(mine.text(), /^data: \{"conversation":"[0-9A-Z]{26}","last_message_at":"[^"]+"\}\n\n/m);
  assert.doesNotMatch(theirs.text(), /data:/);
  assert.equal((await fetch(`${hub.url}/conversations/events`, { redirect: 'manual' })).status, 303);
  const started = Date.now();
  await hub.hub.close();
  assert.ok(Date.now() - started < 5000, 'the open streams were ended');
});

const blankForm = {
  step: 'save',
  transport: 'webhook',
  reply_policy: 'strict',
  when_disabled: 'store',
  pause_hours: '12',
  reopen_days: '7',
};

async function send(path: string, fields: Record<string, string> = {}) {
  const { status, headers } = await ada.post(path, fields);
  assert.equal(status, 303, path);
  return { status, location: headers.get('location') ?? '' };
}

function keysOf(person: string) {
  const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, person);
  return {
    client_id: consumer.key,
    client_secret: consumer.secret,
    oauth_token: token,
    oauth_token_secret: tokenSecret,
  };
}

async function add(fields: object, bot = botId): Promise<string> {
  const label = { label: 'ProductionEnvironment' };
  const made = await hub.api('POST', '/channels', { bot_id: bot, type: 'twitter', ...label, ...fields });
  assert.equal(made.status, 201, made.text);
  return made.body.id;
}

/** A channel that polls, with a conversation on it. */
async function converse(): Promise<{ id: string; conversationId: string }> {
  const id = await add({ keys: keysOf('alice'), transport: 'polling' });
  const authorized = await hub.api('POST', `/channels/${id}/authorize`, {});
  assert.equal(authorized.body.state, 'active', authorized.text);
  await hub.api('POST', `/channels/${id}/enable`);
  const said = await hub.api('POST', `/channels/${id}/test`, { to: '1750000000000000007', text: 'Hello' });
  assert.equal(said.status, 200, said.text);
  return { id, conversationId: said.body.conversation_id };
}

async function addWorker(email: string): Promise<Visitor> {
  const address = new URL(await hub.hub.addWorker({ email, isAdmin: false })).pathname;
  const visitor = createVisitor(hub.url);
  await visitor.get(address);
  await visitor.post(address, { name: email, password, password_again: password });
  await visitor.get('/');
  return visitor;
}

async function ownerOf(visitor: Visitor): Promise<string> {
  return /<option value="(worker:[0-9A-Z]{26})"/.exec((await visitor.get('/bots/new')).text)?.[1] ?? '';
}

/** Reads the live stream of a visitor in the background. */
async function listen(visitor: Visitor): Promise<{ text(): string }> {
  const cookie = Array.from(visitor.cookies, ([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(`${hub.url}/conversations/events`, { headers: { Cookie: cookie } });
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  let text = '';
  const read = async () => {
    for await (const chunk of answer.body ?? []) text += Buffer.from(chunk).toString();
  };
  read().catch(() => {});
  return { text: () => text };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isSo()) return;
    await pause(50);
  }
  throw new Error('it did not happen within five seconds');
}
