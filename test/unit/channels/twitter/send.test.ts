import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outgoing } from '../../../../server/channels/channel.ts';
import { measuring, sendV1, sendV2 } from '../../../../server/channels/twitter/send.ts';
import { answer, now, numbered, valueIn } from './answers.ts';

const origin = 'https://api.example';
const menu = [
  { label: 'Delivery', payload: 't:delivery' },
  { label: 'Refund', payload: 't:refund' },
];
const plain: Outgoing = { kind: 'direct', to: '4002', text: 'Hi 👋 "you"', buttons: [] };
const withButtons: Outgoing = { ...plain, text: 'Pick one', buttons: menu };
const post: Outgoing = { kind: 'post', text: "We're back & well!", inReplyTo: null };
const reply: Outgoing = { ...post, inReplyTo: '1990000000000000203' };

test('a direct message of version 1.1 is JSON with its buttons as quick replies', () => {
  const { request } = sendV1(origin)(withButtons);
  assert.equal(request.method, 'POST');
  assert.equal(request.url, 'https://api.example/1.1/direct_messages/events/new.json');
  assert.equal(request.auth, 'account');
  assert.ok(request.headers.some(([name, value]) => name === 'Content-Type' && value === 'application/json'));
  assert.deepEqual(JSON.parse(request.body), {
    event: {
      type: 'message_create',
      message_create: {
        target: { recipient_id: '4002' },
        message_data: {
          text: 'Pick one',
          quick_reply: {
            type: 'options',
            options: [
              { label: 'Delivery', metadata: 't:delivery' },
              { label: 'Refund', metadata: 't:refund' },
            ],
          },
        },
      },
    },
  });
  const { message_data: data } = JSON.parse(sendV1(origin)(plain).request.body).event.message_create;
  assert.deepEqual(data, { text: 'Hi 👋 "you"' }, 'without buttons there are no quick replies');
});

test('a direct message of version 2 holds text alone, its buttons as numbered lines', () => {
  const { request } = sendV2(origin)(withButtons);
  assert.equal(request.url, 'https://api.example/2/dm_conversations/with/4002/messages');
  assert.deepEqual(JSON.parse(request.body), { text: 'Pick one\n\n1. Delivery\n2. Refund' });
});

test('a post of version 1.1 is a form, encoded as signing wants it', () => {
  const { request } = sendV1(origin)(post);
  assert.equal(request.url, 'https://api.example/1.1/statuses/update.json');
  assert.equal(request.body, 'status=We%27re%20back%20%26%20well%21');
  assert.ok(request.headers.some(([, value]) => value === 'application/x-www-form-urlencoded'));
  assert.equal(
    sendV1(origin)(reply).request.body,
    'status=We%27re%20back%20%26%20well%21&in_reply_to_status_id=1990000000000000203&auto_populate_reply_metadata=true',
  );
});

test('a post of version 2 is JSON and names what it answers', () => {
  const { request } = sendV2(origin)(post);
  assert.equal(request.url, 'https://api.example/2/tweets');
  assert.deepEqual(JSON.parse(request.body), { text: "We're back & well!" });
  assert.deepEqual(JSON.parse(sendV2(origin)(reply).request.body), {
    text: "We're back & well!",
    reply: { in_reply_to_tweet_id: '1990000000000000203' },
  });
});

test('half a surrogate pair in a post is no reason to fail', () => {
  assert.equal(sendV1(origin)({ ...post, text: '\ud83d' }).request.body, 'status=%EF%BF%BD');
});

test('the id of what was sent is read as text from every answer', () => {
  const id = '1990000000000000777';
  const message = `{"event":{"type":"message_create","id":"${id}","message_create":{}}}`;
  assert.deepEqual(valueIn(sendV1(origin)(plain), answer(200, message)), { remoteId: id });
  const status = `{"id":${id},"id_str":"${id}","text":"x"}`;
  assert.deepEqual(valueIn(sendV1(origin)(post), answer(200, status)), { remoteId: id });
  const event = `{"data":{"dm_conversation_id":"3001-4002","dm_event_id":"${id}"}}`;
  assert.deepEqual(valueIn(sendV2(origin)(plain), answer(201, event)), { remoteId: id });
  const tweet = `{"data":{"id":"${id}","text":"x"},"errors":[{"title":"Partial"}]}`;
  assert.deepEqual(valueIn(sendV2(origin)(post), answer(201, tweet)), { remoteId: id });
});

test('success without an id that is text leaves the fate open', () => {
  for (const body of ['', '{}', '{"id":1990000000000000777}', '{"event":{"id":7}}']) {
    for (const call of [sendV1(origin)(plain), sendV1(origin)(post), sendV2(origin)(plain)]) {
      const reading = call.read(answer(200, body), now);
      assert.equal(!reading.ok && reading.remedy, 'unknown', body);
    }
  }
});

test('trouble of the service leaves the fate open, and a refusal does not', () => {
  for (const status of [500, 502, 503, 504, 599]) {
    const reading = sendV1(origin)(plain).read(answer(status, ''), now);
    assert.equal(!reading.ok && reading.remedy, 'unknown', String(status));
  }
  const reading = sendV1(origin)(plain).read(numbered(403, 349), now);
  assert.equal(!reading.ok && reading.remedy, 'fail');
});

test('lengths are measured in what is sent', () => {
  assert.equal(measuring(true)(withButtons), 8);
  assert.equal(measuring(false)(withButtons), [...'Pick one\n\n1. Delivery\n2. Refund'].length);
  assert.equal(measuring(true)({ ...post, text: 'https://example.com/long/long/long 語' }), 23 + 1 + 2);
});
