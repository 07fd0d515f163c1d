/** Steering over HTTP, and the page where a person plays the customer, without its script. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type Call, send } from '../support/oauth-client.ts';
import { codeOf, ids, startDesk } from '../support/sandbox-desk.ts';

let desk: Awaited<ReturnType<typeof startDesk>>;
beforeEach(async () => {
  desk = await startDesk();
  await desk.register();
  await desk.subscribe();
});
afterEach(() => desk.close());

const open = (path: string, call: Call = {}) => send(desk.origin, path, { origin: desk.origin, ...call });

function press(form: Record<string, string>, headers: Record<string, string> = {}) {
  return open('/customer', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ as: 'bob', with: 'alice', ...form }).toString(),
  });
}

test('acts, clock and checks are steered over HTTP from this machine, and the journal tells all', async () => {
  const dm = { type: 'dm', from: '@bob', to: ids.alice, text: 'Hello' };
  const { id } = JSON.parse((await desk.control('/act', dm)).text);
  assert.equal(desk.receiver.received[0]?.json.direct_message_events[0].id, id);
  for (const wrong of [
    { ...dm, type: 'shout' },
    { type: 'dm', from: 'bob' },
    { ...dm, text: 1 },
    { ...dm, x: '' },
  ])
    assert.equal((await desk.control('/act', wrong)).status, 400, JSON.stringify(wrong));
  assert.equal((await desk.control('/act', { ...dm, from: 'nobody' })).status, 404);

  desk.receiver.behaviour.post = 'error';
  await desk.control('/act', dm);
  assert.equal(JSON.parse((await desk.control('/clock')).text).pending, 2);
  desk.receiver.behaviour.post = 'right';
  const now = desk.sandbox.clock.now();
  const clock = JSON.parse((await desk.control('/clock', { advance: 3000 })).text);
  assert.deepEqual(clock, { now: now + 3000, pending: 1 });
  assert.equal((await desk.control('/clock', { advance: -1 })).status, 400);

  const { deliveries, challenges } = JSON.parse((await desk.control('/journal')).text);
  assert.deepEqual(
    deliveries.map(({ state }: { state: string }) => state),
    ['delivered', 'delivered'],
  );
  assert.match(deliveries[0].body, /"text":"Hello"/);
  assert.equal(challenges[0].ok, true);
  assert.equal(
    (await send(desk.origin, '/_sandbox/act', { method: 'POST' })).status,
    404,
    'not by a public name',
  );
});

test('a person writes, sees the answer, presses a button, and posts in public', async () => {
  const sent = await press({ text: 'Where is <my> order?', do: 'dm' });
  assert.deepEqual([sent.status, sent.headers.location], [303, '/customer?as=bob&with=alice']);
  assert.equal(desk.receiver.received.length, 1);
  await desk.message('alice', ids.bob, {
    text: 'Which one?',
    quick_reply: { type: 'options', options: [{ label: 'The blue one', metadata: 'blue' }] },
  });
  const page = await open(String(sent.headers.location));
  assert.match(page.text, /Where is &lt;my&gt; order\?[\s\S]*Which one\?/);
  assert.match(page.text, /<button type="submit" name="label" value="The blue one">/);
  await press({ label: 'The blue one' });
  const last = desk.receiver.received.at(-1)?.json.direct_message_events[0].message_create.message_data;
  assert.deepEqual(last.quick_reply_response, { type: 'options', metadata: 'blue' });
  await press({ text: '@alice hello in public', do: 'post' });
  assert.match((await open('/customer?as=bob')).text, /@alice hello in public/);
});

test('without choice the page is about the account that a webhook is told about', async () => {
  const page = (await open('/customer')).text;
  assert.match(page, /<h1>Bob Example writes to Alice Example<\/h1>/);
  assert.match((await open('/customer?as=alice&with=alice')).text, /Bob Example writes to Alice Example/);
  assert.match((await open('/customer?as=carol&with=bob')).text, /No webhook is told what @bob receives/);
});

test('what the service refuses stands on the page beside what was written', async () => {
  desk.sandbox.setDmPolicy('alice', 'followers');
  const refused = await press({ text: 'Hello?', do: 'dm' });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /role="alert">You cannot send messages to this user/);
  assert.match(refused.text, /<textarea[^>]*>Hello\?<\/textarea>/);
});

test('no page of another site can play the customer, and the script is a file of the sandbox', async () => {
  assert.equal(codeOf(await press({ text: 'Hi' }, { Origin: 'https://elsewhere.example' })), 200);
  assert.equal((await press({ text: 'Hi' }, { Origin: desk.origin })).status, 303);
  assert.equal((await send(desk.origin, '/customer')).status, 404);
  const page = await open('/customer');
  assert.match(String(page.headers['content-security-policy']), /script-src 'self';/);
  assert.doesNotMatch(page.text, /<script(?![^>]*src=)|\son\w+=|style=/);
  const script = await open('/customer.js');
  assert.match(String(script.headers['content-type']), /^text\/javascript/);
});
