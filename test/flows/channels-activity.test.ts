/** What happens beside messages starts behaviors too, through the whole hub. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { assertList } from '../support/contract.ts';
import { consumer, startTestHub, type TestHub } from '../support/hub.ts';

let hub: TestHub;
let channelId = '';

before(async () => {
  hub = await startTestHub();
  hub.sandbox.setAccessLevel(consumer.key, 'read-write-directmessages');
  const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
  const keys = {
    client_id: consumer.key,
    client_secret: consumer.secret,
    oauth_token: token,
    oauth_token_secret: tokenSecret,
  };
  const bot = await hub.api('POST', '/bots', { name: 'Desk', uri: 'desk' });
  const made = await hub.api('POST', '/channels', {
    bot_id: bot.body.id,
    type: 'twitter',
    label: 'ProductionEnvironment',
    keys,
  });
  channelId = made.body.id;
  const text = 'A {{activity_type}} on {{channel_name}}';
  const post = { action: 'channel.post', account_id: made.body.account_id, text };
  const behavior = await hub.api('POST', '/behaviors', {
    bot_id: bot.body.id,
    title: 'Greet',
    event: { key: 'event.channel.activity' },
    nodes: [{ type: 'action', title: 'Post', status: 'live', params: { actions: [post] } }],
  });
  assert.equal(behavior.status, 201, behavior.text);
  assert.equal((await hub.api('POST', `/channels/${channelId}/authorize`, {})).body.state, 'active');
  await hub.api('POST', `/channels/${channelId}/enable`);
});
after(() => hub.close());

const posts = () => hub.sandbox.journal.entries().filter(({ path }) => path === '/1.1/statuses/update.json');

test('somebody follows, and the behavior for it runs once, however often that is delivered', async () => {
  hub.sandbox.faults.set('duplicate-deliveries', 3);
  await hub.sandbox.act({ type: 'follow', from: 'bob', to: 'alice' });
  for (let tries = 0; tries < 100 && posts().length === 0; tries++) await pause(50);
  await pause(300);
  assert.equal(posts().length, 1);
  assert.deepEqual(assertList(await hub.api('GET', '/conversations')), [], 'it makes no conversation');
});

test('on a disabled channel nothing runs', async () => {
  await hub.api('POST', `/channels/${channelId}/disable`);
  await hub.sandbox.act({ type: 'unfollow', from: 'bob', to: 'alice' });
  await pause(500);
  assert.equal(posts().length, 1);
});
