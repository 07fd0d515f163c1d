/** What webhooks are told: who hears what, again and again, in the wrong order and wrongly signed. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { app, codeOf, ids, startDesk } from '../support/sandbox-desk.ts';

let desk: Awaited<ReturnType<typeof startDesk>>;
beforeEach(async () => {
  desk = await startDesk();
  await desk.register();
  await desk.subscribe();
});
afterEach(() => desk.close());

const write = (text: string) => desk.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text });
const texts = () =>
  desk.receiver.received.flatMap(({ json }) =>
    // biome-ignore lint/suspicious/noExplicitAny: the shape is what is under test
    (json.direct_message_events ?? []).map((event: any) => event.message_create.message_data.text),
  );

test('a message reaches the webhook, signed over its bytes, with ids as text', async () => {
  const { id } = await write('My order <5521> has not arrived 👋');
  const [told] = desk.receiver.received;
  assert.ok(told?.isSigned);
  assert.equal(told.json.for_user_id, ids.alice);
  const [event] = told.json.direct_message_events;
  assert.deepEqual([event.id, event.type], [id, 'message_create']);
  assert.match(event.created_timestamp, /^\d{13}$/);
  assert.deepEqual(event.message_create.target, { recipient_id: ids.alice });
  assert.equal(event.message_create.message_data.text, 'My order &lt;5521&gt; has not arrived 👋');
  assert.deepEqual(Object.keys(told.json.users).sort(), [ids.bob, ids.alice].sort());
  assert.equal(told.json.apps[event.message_create.source_app_id].name, 'Web App');
});

test('each act is told in its own words to those whom it concerns', async () => {
  const { act } = desk.sandbox;
  const last = () => desk.receiver.received.at(-1)?.json;
  const { id: post } = await act({ type: 'post', from: 'bob', text: '@alice are you open today?' });
  assert.ok(post);
  assert.match(
    desk.receiver.received.at(-1)?.body ?? '',
    new RegExp(`"user_has_blocked":false.*"id":${post},"id_str":"${post}"`),
  );
  const { id: reply } = await act({
    type: 'reply',
    from: 'bob',
    tweet: post,
    text: `@alice ${'x'.repeat(150)}`,
  });
  assert.equal(last().tweet_create_events[0].in_reply_to_status_id_str, post);
  assert.equal(last().tweet_create_events[0].truncated, true);
  assert.match(last().tweet_create_events[0].extended_tweet.full_text, /x{150}$/);
  const [own] = JSON.parse((await desk.call('alice', '/1.1/search/tweets.json?q=support')).text).statuses;
  await act({ type: 'retweet', from: 'bob', tweet: own.id_str });
  assert.equal(last().tweet_create_events[0].retweeted_status.id_str, own.id_str);
  await act({ type: 'like', from: 'bob', tweet: own.id_str });
  assert.equal(last().favorite_events[0].favorited_status.id_str, own.id_str);
  assert.ok(reply);
  await act({ type: 'delete', from: 'bob', tweet: reply });
  assert.deepEqual(last().tweet_delete_events[0].status, { id: reply, user_id: ids.bob });
  await act({ type: 'follow', from: 'bob', to: 'alice' });
  await act({ type: 'unfollow', from: 'bob', to: 'alice' });
  assert.deepEqual([last().follow_events[0].type, last().follow_events[0].source.id], ['unfollow', ids.bob]);
  await act({ type: 'typing', from: 'bob', to: 'alice' });
  assert.equal(last().direct_message_indicate_typing_events[0].sender_id, ids.bob);
  const before = desk.receiver.received.length;
  await act({ type: 'read', from: 'bob', to: 'alice' });
  await act({ type: 'block', from: 'bob', to: 'alice' });
  await act({ type: 'post', from: 'bob', text: 'About something else' });
  await act({ type: 'dm', from: 'bob', to: 'carol', text: 'Not for Alice' });
  assert.equal(desk.receiver.received.length, before);
  await act({ type: 'mute', from: 'alice', to: 'bob' });
  assert.equal(last().mute_events[0].type, 'mute');
});

test('a failed delivery is tried again after 3, 27 and 242 seconds, then it is lost', async () => {
  desk.receiver.behaviour.post = 'error';
  await write('Is this on?');
  const count = () => desk.receiver.received.length;
  const steps: [number, number][] = [
    [2_999, 1],
    [1, 2],
    [26_999, 2],
    [1, 3],
    [241_999, 3],
    [1, 4],
    [600_000, 4],
  ];
  for (const [ms, expected] of steps) {
    await desk.sandbox.clock.advance(ms);
    assert.equal(count(), expected, `${ms} ms`);
  }
  const [delivery] = desk.sandbox.deliveries();
  assert.deepEqual(
    [delivery?.state, delivery?.attempts.map(({ status }) => status)],
    ['lost', [500, 500, 500, 500]],
  );
  assert.deepEqual(new Set(desk.receiver.received.map(({ body }) => body)).size, 1);
});

test('a redirect is not followed, and a webhook has three seconds', async () => {
  desk.receiver.behaviour.post = 'redirect';
  await write('One');
  assert.deepEqual([desk.receiver.received.length, desk.sandbox.deliveries()[0]?.state], [1, 'waiting']);
  desk.receiver.behaviour.post = 'silent';
  await write('Two');
  assert.equal(desk.sandbox.deliveries()[1]?.attempts[0]?.problem, 'timeout');
  desk.receiver.behaviour.post = 'right';
  await desk.sandbox.clock.advance(3_000);
  assert.deepEqual(
    desk.sandbox.deliveries().map(({ state }) => state),
    ['delivered', 'delivered'],
  );
});

test('deliveries come twice, in another order, or as one, when told so', async () => {
  desk.sandbox.faults.set('duplicate-deliveries', { value: 3, times: 1 });
  await write('one');
  assert.deepEqual(texts(), ['one', 'one', 'one']);
  desk.sandbox.faults.set('reorder-deliveries', { value: 3, times: 3 });
  for (const text of ['two', 'three', 'four']) await write(text);
  assert.deepEqual(texts().slice(3), ['four', 'three', 'two']);
  desk.sandbox.faults.set('batch-deliveries', { value: 2, times: 2 });
  await write('five');
  assert.equal(desk.receiver.received.length, 6);
  await write('six');
  assert.equal(desk.receiver.received.length, 7);
  assert.deepEqual(texts().slice(6), ['five', 'six']);
  desk.sandbox.faults.set('batch-deliveries', { value: 9, times: 1 });
  await write('seven');
  await desk.sandbox.clock.advance(0);
  assert.deepEqual(texts().at(-1), 'seven');
  desk.sandbox.faults.set('lose-delivery', 1);
  await write('eight');
  assert.deepEqual(texts().at(-1), 'seven');
});

test('wrong, missing and broken signatures go out when told so', async () => {
  for (const fault of ['bad-signature', 'no-signature', 'altered-body'] as const) {
    desk.sandbox.faults.set(fault, 1);
    await write(fault);
    assert.deepEqual([texts().at(-1), desk.receiver.received.at(-1)?.isSigned], [fault, false]);
  }
  await write('well');
  assert.equal(desk.receiver.received.at(-1)?.isSigned, true);
});

test('what is sent by the API is told back, after its answer, before it, late or never', async () => {
  const reply = (text: string) => desk.message('alice', ids.bob, { text });
  const answer = JSON.parse((await reply('after')).text);
  await desk.sandbox.settled();
  const echo = desk.receiver.received.at(-1)?.json;
  assert.deepEqual(echo.direct_message_events[0], answer.event);
  assert.equal(echo.apps[answer.event.message_create.source_app_id].name, 'Desk');
  desk.sandbox.faults.set('echo-before-answer', 1);
  const early = reply('before').then(() => texts().at(-1));
  assert.equal(await early, 'before');
  desk.sandbox.faults.set('echo-delay', { value: 2000, times: 1 });
  await reply('late');
  await desk.sandbox.settled();
  assert.equal(texts().at(-1), 'before');
  await desk.sandbox.clock.advance(2000);
  assert.equal(texts().at(-1), 'late');
  desk.sandbox.faults.set('lose-echo', 1);
  await reply('never');
  await desk.sandbox.settled();
  assert.equal(texts().at(-1), 'late');
  const posted = await desk.post('alice', '/2/tweets', { text: 'We are back' });
  await desk.sandbox.settled();
  assert.equal(
    desk.receiver.received.at(-1)?.json.tweet_create_events[0].id_str,
    JSON.parse(posted.text).data.id,
  );
});

test('an answer can be dropped after everything was done', async () => {
  desk.sandbox.faults.set('drop-answer', { times: 1, path: '/1.1/direct_messages/events/new.json' });
  await assert.rejects(desk.message('alice', ids.bob, { text: 'Did you get this?' }));
  await desk.sandbox.settled();
  assert.equal(texts().at(-1), 'Did you get this?');
  const list = JSON.parse((await desk.call('bob', '/1.1/direct_messages/events/list.json')).text);
  assert.equal(list.events.length, 1);
});

test('of two accounts that write to each other each is told of every message', async () => {
  await desk.subscribe('bob');
  await desk.message('alice', ids.bob, { text: 'Hi Bob' });
  await desk.message('bob', ids.alice, { text: 'Hi Alice' });
  await desk.sandbox.settled();
  const told = desk.receiver.received.map(({ json }) => [
    json.for_user_id,
    json.direct_message_events[0].message_create.sender_id,
  ]);
  const { alice, bob } = ids;
  assert.deepEqual(
    told.sort(),
    [
      [alice, alice],
      [bob, alice],
      [alice, bob],
      [bob, bob],
    ].sort(),
  );
  assert.deepEqual(desk.sandbox.deliveries().filter(({ isEcho }) => isEcho).length, 2);
});

test('a person who takes the permission away ends token and subscription, and the app is told', async () => {
  const token = desk.as('alice');
  await desk.sandbox.act({ type: 'revoke', from: 'alice', app: app.key });
  const { revoke } = desk.receiver.received.at(-1)?.json.user_event ?? {};
  assert.deepEqual(revoke, {
    date_time: '2026-01-05T00:00:00+00:00',
    target: { app_id: '77001' },
    source: { user_id: ids.alice },
  });
  assert.equal(codeOf(await desk.call(token, '/2/users/me')), 89);
  assert.deepEqual(desk.sandbox.subscriptions(), []);
});
