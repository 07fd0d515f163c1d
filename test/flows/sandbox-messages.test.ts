/** Direct messages and the limits of sending, from outside. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Answer } from '../support/oauth-client.ts';
import { app, codeOf, ids, startDesk } from '../support/sandbox-desk.ts';

let desk: Awaited<ReturnType<typeof startDesk>>;
beforeEach(async () => {
  desk = await startDesk();
});
afterEach(() => desk.close());

const eventsPath = '/1.1/direct_messages/events';
const send = (text: string) => desk.message('alice', ids.bob, { text });
const read = (answer: Answer) => JSON.parse(answer.text);

test('a message with buttons is sent, shown, listed and answered by pressing one', async () => {
  const options = [
    { label: 'Delivery', description: 'Late or lost', metadata: 't:delivery' },
    { label: 'Refund', description: 'Money back', metadata: 't:refund' },
  ];
  const ctas = [{ type: 'web_url', label: 'Track', url: 'https://hub.example/t/5521' }];
  const sent = await desk.message('alice', ids.bob, {
    text: 'Pick one',
    quick_reply: { type: 'options', options },
    ctas,
  });
  assert.equal(sent.status, 200, sent.text);
  const { event } = read(sent);
  assert.ok(BigInt(event.id) > 2n ** 53n);
  assert.deepEqual(event.message_create.message_data.quick_reply, { type: 'options', options });
  assert.match(event.message_create.message_data.ctas[0].tco_url, /^https:\/\/t\.co\//);
  assert.deepEqual(read(await desk.call('bob', `${eventsPath}/show.json?id=${event.id}`)).event, event);

  const tapped = await desk.sandbox.act({
    type: 'tap_quick_reply',
    from: 'bob',
    to: 'alice',
    label: 'Refund',
  });
  const { events, apps } = read(await desk.call('alice', `${eventsPath}/list.json`));
  assert.deepEqual(
    events.map(({ id }: { id: string }) => id),
    [tapped.id, event.id],
  );
  assert.equal(events[0].message_create.message_data.text, 'Refund');
  assert.deepEqual(events[0].message_create.message_data.quick_reply_response, {
    type: 'options',
    metadata: 't:refund',
  });
  assert.deepEqual(Object.keys(apps).sort(), ['3033300', '77001']);
  const none = { type: 'tap_quick_reply', from: 'bob', to: 'alice', label: 'Neither' } as const;
  await assert.rejects(desk.sandbox.act(none));
});

test('lists go on by cursor, and what one deletes the other still sees', async () => {
  for (let i = 1; i <= 5; i++) await desk.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: `${i}` });
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = read(await desk.call('alice', `${eventsPath}/list.json?count=2&cursor=${cursor}`));
    for (const { message_create: create } of page.events) seen.push(create.message_data.text);
    cursor = page.next_cursor ?? '';
  } while (cursor !== '');
  assert.deepEqual(seen, ['5', '4', '3', '2', '1']);
  assert.equal((await desk.call('alice', `${eventsPath}/list.json?cursor=made-up`)).status, 400);

  const [{ id }] = read(await desk.call('alice', `${eventsPath}/list.json?count=1`)).events;
  const remove = () => desk.call('alice', `${eventsPath}/destroy.json?id=${id}`, { method: 'DELETE' });
  assert.equal((await remove()).status, 204);
  assert.equal(codeOf(await remove()), 34);
  assert.equal((await desk.call('bob', `${eventsPath}/show.json?id=${id}`)).status, 200);
  assert.equal((await desk.call('carol', `${eventsPath}/show.json?id=${id}`)).status, 404);
});

test('version 2 sends text and reads the same messages under the same ids', async () => {
  const path = `/2/dm_conversations/with/${ids.bob}`;
  const sent = await desk.post('alice', `${path}/messages`, { text: 'Hello & welcome' });
  assert.equal(sent.status, 201, sent.text);
  const { dm_event_id: id, dm_conversation_id: conversation } = read(sent).data;
  assert.equal(conversation, `${ids.alice}-${ids.bob}`);
  assert.equal(read(await desk.call('bob', `${eventsPath}/show.json?id=${id}`)).event.id, id);
  await desk.sandbox.act({ type: 'dm', from: 'carol', to: 'alice', text: 'Me too' });

  const asked = 'dm_event.fields=sender_id,created_at,dm_conversation_id&expansions=sender_id';
  const all = read(await desk.call('alice', `/2/dm_events?${asked}&max_results=1`));
  assert.deepEqual([all.data[0].text, all.data[0].sender_id], ['Me too', ids.carol]);
  assert.ok(all.includes.users.some(({ username }: { username: string }) => username === 'carol'));
  const next = read(await desk.call('alice', `/2/dm_events?pagination_token=${all.meta.next_token}`));
  assert.deepEqual(next.data, [{ id, event_type: 'MessageCreate', text: 'Hello &amp; welcome' }]);
  assert.equal(read(await desk.call('alice', `${path}/dm_events`)).meta.result_count, 1);
  assert.equal((await desk.post('alice', `${path}/messages`, { text: 'Hi', quick_reply: {} })).status, 400);
  const removed = await desk.call('alice', `/2/dm_events/${id}`, { method: 'DELETE' });
  assert.deepEqual(read(removed), { data: { deleted: true } });
});

test('what is too long, goes to nobody, or is not taken gets its number', async () => {
  const tooLong = await send('x'.repeat(10_001));
  assert.deepEqual([tooLong.status, codeOf(tooLong)], [403, 354]);
  assert.equal((await send('x'.repeat(10_000))).status, 200);
  assert.equal(codeOf(await desk.message('alice', '1', { text: 'Hi' })), 108);
  assert.equal(codeOf(await desk.message('alice', ids.bob, { text: 'Hi', attachment: {} })), 324);

  desk.sandbox.setDmPolicy('bob', 'followers');
  const refused = await send('Hi');
  assert.deepEqual([refused.status, codeOf(refused)], [403, 349]);
  await desk.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Now you may' });
  assert.equal((await send('Thank you')).status, 200);
  desk.sandbox.setDmPolicy('bob', 'nobody');
  assert.equal(codeOf(await send('Hi')), 150);
  desk.sandbox.setDmPolicy('bob', 'anyone');
  await desk.sandbox.act({ type: 'block', from: 'bob', to: 'alice' });
  assert.equal(codeOf(await send('Hi')), 151);
});

test('a token made before the permission keeps getting 93 until it is made anew', async () => {
  desk.sandbox.setAccessLevel(app.key, 'read-write');
  const old = desk.as('alice');
  desk.sandbox.setAccessLevel(app.key, 'read-write-directmessages');
  const refused = await desk.call(old, `${eventsPath}/list.json`);
  assert.deepEqual([refused.status, codeOf(refused)], [403, 93]);
  assert.equal(refused.headers['x-access-level'], 'read-write');
  const v2 = read(await desk.call(old, '/2/dm_events'));
  assert.match(v2.type, /oauth1-permissions$/);
  assert.equal((await desk.call('alice', `${eventsPath}/list.json`)).status, 200);
});

test('a person and an app may send so many messages a day, as the headers tell', async () => {
  desk.sandbox.setLimits({ messagesPerDay: 2 });
  const first = await send('one');
  assert.equal(first.headers['x-user-limit-24hour-remaining'], '1');
  assert.equal(first.headers['x-app-limit-24hour-limit'], '15000');
  await send('two');
  const third = await send('three');
  assert.deepEqual([third.status, codeOf(third)], [429, 88]);
  const reset = Number(third.headers['x-user-limit-24hour-reset']);
  assert.equal(reset * 1000, desk.sandbox.clock.now() + 24 * 3_600_000);
  assert.equal((await desk.message('carol', ids.bob, { text: 'another person' })).status, 200);
  await desk.sandbox.clock.advance(24 * 3_600_000);
  assert.equal((await send('three')).status, 200);
  assert.equal((await desk.control('/limits', { appMessagesPerDay: 1 })).status, 204);
  const all = await desk.message('carol', ids.bob, { text: 'no more' });
  assert.deepEqual([all.status, all.headers['x-app-limit-24hour-remaining']], [429, '0']);
});

test('every numbered error can be had, so often, of one path and method, with another status', async () => {
  const path = `${eventsPath}/new.json`;
  for (const code of [32, 64, 89, 93, 130, 150, 151, 226, 326, 349, 354, 416, 453, 476]) {
    desk.sandbox.faults.set('error-code', { value: code, times: 1, path, method: 'POST' });
    assert.equal((await desk.call('alice', `${eventsPath}/list.json`)).status, 200);
    assert.equal(codeOf(await send('Hi')), code);
    assert.equal(desk.sandbox.journal.entries().at(-1)?.code, code);
  }
  desk.sandbox.faults.set('error-code', { value: 355, times: 1, status: 403 });
  assert.equal((await send('Hi')).status, 403);
  desk.sandbox.faults.set('error-status', { value: 402, times: 1 });
  assert.equal((await send('Hi')).status, 402);
  desk.sandbox.faults.set('reply-rule', 1);
  const refused = await desk.post('alice', '/2/tweets', { text: 'Hi' });
  assert.match(read(refused).detail, /only permitted to reply/);
  assert.equal((await send('Hi')).status, 200);
});

test('429 tells until when for person, day and app, or does not tell', async () => {
  const windows = [
    ['user-window', 'x-rate-limit'],
    ['user-day', 'x-user-limit-24hour'],
    ['app-day', 'x-app-limit-24hour'],
  ] as const;
  for (const [fault, prefix] of windows) {
    desk.sandbox.faults.set(fault, { value: 90, times: 1 });
    const answer = await send('Hi');
    assert.deepEqual([answer.status, codeOf(answer)], [429, 88]);
    assert.equal(answer.headers[`${prefix}-remaining`], '0');
    assert.equal(Number(answer.headers[`${prefix}-reset`]) * 1000, desk.sandbox.clock.now() + 90_000);
  }
  desk.sandbox.faults.set('rate-limited', 1);
  const untold = await send('Hi');
  assert.deepEqual([untold.status, untold.headers['x-rate-limit-reset']], [429, undefined]);
});

test('an answer in public names whom it answers, and tweets are found and taken back', async () => {
  const { id: question } = await desk.sandbox.act({ type: 'post', from: 'bob', text: '@alice open today?' });
  assert.ok(question);
  const update = (form: Record<string, string>) =>
    desk.call('alice', '/1.1/statuses/update.json', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ in_reply_to_status_id: question, ...form }).toString(),
    });
  const named = read(await update({ status: '@bob Yes!' }));
  assert.equal(named.in_reply_to_status_id_str, question);
  assert.equal(read(await update({ status: 'Yes!' })).in_reply_to_status_id_str, null);
  const automatic = read(await update({ status: 'x'.repeat(280), auto_populate_reply_metadata: 'true' }));
  assert.deepEqual(
    [automatic.in_reply_to_status_id_str, automatic.text],
    [question, `@bob ${'x'.repeat(280)}`],
  );
  const shown = await desk.call('bob', `/1.1/statuses/show.json?id=${named.id_str}`);
  assert.equal(read(shown).text, '@bob Yes!');
  assert.equal(read(await desk.call('bob', `/2/tweets/${named.id_str}`)).data.text, '@bob Yes!');
  const foreign = await desk.call('bob', `/2/tweets/${named.id_str}`, { method: 'DELETE' });
  assert.equal(codeOf(foreign), 144);
  assert.deepEqual(read(await desk.call('alice', `/2/tweets/${named.id_str}`, { method: 'DELETE' })).data, {
    deleted: true,
  });
  const gone = `/1.1/statuses/destroy/${automatic.id_str}.json`;
  assert.equal((await desk.call('alice', gone, { method: 'POST' })).status, 200);
  assert.equal(codeOf(await desk.call('bob', `/1.1/statuses/show.json?id=${named.id_str}`)), 144);
  assert.match((await desk.call('bob', `/2/tweets/${named.id_str}`)).text, /Could not find tweet/);
});

test('the tweets of a person and those that mention them are read a page at a time', async () => {
  const path = `/2/users/${ids.bob}/tweets`;
  for (let i = 1; i <= 4; i++) await desk.sandbox.act({ type: 'post', from: 'bob', text: `Tweet ${i}` });
  const first = read(await desk.call('alice', `${path}?max_results=5`));
  assert.deepEqual([first.data.length, first.data[0].text], [5, 'Tweet 4']);
  const next = `${path}?max_results=5&pagination_token=${first.meta.next_token}`;
  const second = read(await desk.call('alice', next));
  assert.deepEqual([second.meta.result_count, second.meta.next_token], [1, undefined]);
  const extended = '/1.1/statuses/user_timeline.json?tweet_mode=extended&count=1';
  const [own] = read(await desk.call('bob', extended));
  assert.deepEqual([own.full_text, own.display_text_range, own.text], ['Tweet 4', [0, 7], undefined]);
});
