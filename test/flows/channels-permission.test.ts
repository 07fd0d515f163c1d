/** An account whose token reads and writes posts, and no direct messages: it is valid, and says what it lacks. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { consumer, password, startTestHub, type TestHub } from '../support/hub.ts';
import { signedIn, type Visitor } from '../support/visitor.ts';

let hub: TestHub;
let ada: Visitor;
let botId = '';
let channel: { id: string; account_id: string };

before(async () => {
  hub = await startTestHub();
  ada = await signedIn(hub.url, 'ada@example.com', password);
  botId = (await hub.api('POST', '/bots', { name: 'Desk' })).body.id;
  const { token, tokenSecret } = hub.sandbox.issueToken(consumer.key, 'alice');
  const keys = {
    client_id: consumer.key,
    client_secret: consumer.secret,
    oauth_token: token,
    oauth_token_secret: tokenSecret,
  };
  const label = 'ProductionEnvironment';
  channel = (await hub.api('POST', '/channels', { bot_id: botId, type: 'twitter', keys, label })).body;
  const { body } = await hub.api('POST', `/channels/${channel.id}/authorize`, {});
  assert.equal(body.state, 'needs_permission');
  assert.equal((await hub.api('POST', `/channels/${channel.id}/enable`)).status, 200);
});
after(() => hub.close());

test('it posts; a duplicate is an error with the code of the service', async () => {
  const params = { action: 'channel.post', account_id: channel.account_id, text: 'We are open' };
  assert.match(await run(params), />>> Sent\./);
  assert.match(await run(params), /\[ERROR\] 187 /);
});

test('a text that comes out empty is refused', async () => {
  const params = { action: 'channel.post', account_id: channel.account_id, text: '{{nothing}} ' };
  assert.match(await run(params), /The text of the message came out empty/);
});

test('280 weighted characters are posted, a link as 23 of them; 281 are refused before they are sent', async () => {
  const post = { action: 'channel.post', account_id: channel.account_id };
  const link = `https://example.com/${'a'.repeat(100)}`;
  assert.match(await run({ ...post, text: `${'b'.repeat(256)} ${link}` }), />>> Sent\./);
  assert.match(await run({ ...post, text: `${'b'.repeat(257)} ${link}` }), /\[ERROR\] .*281.*280/);
});

test('a direct message waits, and says for what', async () => {
  const to = '1750000000000000007';
  const params = { action: 'channel.direct_message', account_id: channel.account_id, to, text: 'Hello' };
  assert.match(await run(params), />>> Held: The access token .* may not use direct messages/);
});

test('what needs direct messages is greyed on the Test tab, with the reason', async () => {
  const { text } = await ada.get(`/channels/${channel.id}/test`);
  assert.match(text, /may not use direct messages\.[\s\S]*<fieldset[^>]* disabled>/);
  assert.match((await ada.get(`/channels/${channel.id}`)).text, /Posts may be sent\./);
  const refused = await hub.api('POST', `/channels/${channel.id}/test`, { to: '1750000000000000007' });
  assert.equal(refused.status, 409);
  assert.match(refused.text, /may not use direct messages/);
});

/** The transcript of a behavior with this action. */
async function run(action: object): Promise<string> {
  const nodes = [{ type: 'action', title: 'Say', params: { actions: [action] } }];
  const made = await hub.api('POST', '/behaviors', {
    bot_id: botId,
    title: 'Say',
    event: 'event.macro.bot',
    nodes,
  });
  assert.equal(made.status, 201, made.text);
  const { body } = await hub.api('POST', `/behaviors/${made.body.id}/run`, { variables: {} });
  return [...body.transcript.map((step: { text: string }) => step.text), body.error?.message].join('\n');
}
