import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DmPolicy } from '../../../server/sandbox/consumer.ts';
import { readCursor, writeCursor } from '../../../server/sandbox/cursor.ts';
import { conversationId, messageV1 } from '../../../server/sandbox/message-shapes.ts';
import { createMessages, messageWindowMs } from '../../../server/sandbox/messages.ts';
import { readEventBody, readMessageBody } from '../../../server/sandbox/read-message.ts';
import { Refusal, type RefusalName } from '../../../server/sandbox/refusal.ts';
import { createRelations, whyUnreachable } from '../../../server/sandbox/relations.ts';
import { wireText, wireTextV2 } from '../../../server/sandbox/wire-text.ts';

const ana = { id: '9007199254740993', screenName: 'ana', name: 'Ana' };
const ben = { id: '17', screenName: 'ben', name: 'Ben' };

function eventBody(data: Record<string, unknown>) {
  return {
    event: {
      type: 'message_create',
      message_create: { target: { recipient_id: '17' }, message_data: { text: 'Hi', ...data } },
    },
  };
}

function refusalOf(act: () => unknown): RefusalName | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Refusal);
    return error.kind;
  }
}

function optionsOf(options: unknown): RefusalName | undefined {
  return refusalOf(() => readEventBody(eventBody({ quick_reply: { type: 'options', options } })));
}

test('a message has at most 10,000 characters, counted as code points', () => {
  assert.equal(
    refusalOf(() => readEventBody(eventBody({ text: '👋'.repeat(10_000) }))),
    undefined,
  );
  assert.equal(
    refusalOf(() => readEventBody(eventBody({ text: 'x'.repeat(10_001) }))),
    'messageTooLong',
  );
  assert.equal(
    refusalOf(() => readMessageBody({ text: 'x'.repeat(10_001) })),
    'messageTooLong',
  );
  assert.equal(
    refusalOf(() => readEventBody(eventBody({ text: ' ' }))),
    'badRequest',
  );
});

test('at most 20 buttons of 36 characters, no link on them, a description on all or none', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => ({ label: `Option ${i}` }));
  assert.equal(optionsOf(many(20)), undefined);
  assert.equal(optionsOf(many(21)), 'badRequest');
  assert.equal(optionsOf([]), 'badRequest');
  assert.equal(optionsOf([{ label: 'x'.repeat(36) }]), undefined);
  assert.equal(optionsOf([{ label: 'x'.repeat(37) }]), 'badRequest');
  assert.equal(optionsOf([{ label: 'http://x.y' }]), 'badRequest');
  assert.equal(optionsOf([{ label: 'a', description: 'd'.repeat(72) }]), undefined);
  assert.equal(optionsOf([{ label: 'a', description: 'd'.repeat(73) }]), 'badRequest');
  assert.equal(optionsOf([{ label: 'a', description: 'd' }, { label: 'b' }]), 'badRequest');
  assert.equal(optionsOf([{ label: 'a', metadata: 'm'.repeat(1001) }]), 'badRequest');
  assert.equal(optionsOf([{ label: 'a', colour: 'red' }]), 'badRequest');
});

test('version 2 takes text alone', () => {
  assert.deepEqual(readMessageBody({ text: 'Hi' }), { text: 'Hi' });
  assert.equal(
    refusalOf(() => readMessageBody({ text: 'Hi', quick_reply: {} })),
    'badRequest',
  );
});

test('text on the wire is escaped, its links are short, and the entities say where', () => {
  const { text, entities } = wireText('👋 @Ana see <b> & https://example.org/a?b=1&c=2 #now', [ana], false);
  assert.match(text, /^👋 @Ana see &lt;b&gt; &amp; https:\/\/t\.co\/[\w-]{10} #now$/);
  const points = [...text];
  const { urls, user_mentions, hashtags } = JSON.parse(JSON.stringify(entities));
  assert.equal(urls[0].expanded_url, 'https://example.org/a?b=1&c=2');
  assert.equal(points.slice(...urls[0].indices).join(''), urls[0].url);
  assert.equal(points.slice(...user_mentions[0].indices).join(''), '@Ana');
  assert.deepEqual([user_mentions[0].id, hashtags[0].text], ['9007199254740993', 'now']);
});

test('version 2 tells places by start and end, and no empty lists', () => {
  const { text, entities } = wireTextV2('@ana see https://example.org/a', [ana]);
  const { mentions, urls, ...others } = JSON.parse(JSON.stringify(entities));
  assert.deepEqual(mentions, [{ start: 0, end: 4, username: 'ana', id: '9007199254740993' }]);
  assert.equal([...text].slice(urls[0].start, urls[0].end).join(''), urls[0].url);
  assert.deepEqual(others, {});
});

test('who takes messages of those they follow still takes answers', () => {
  const relations = createRelations();
  const why = (dmPolicy: DmPolicy, hasWritten = false) =>
    whyUnreachable(relations, ana, { ...ben, dmPolicy }, hasWritten);
  assert.deepEqual(
    [why('anyone'), why('followers'), why('nobody')],
    [undefined, 'cannotMessage', 'notFollowing'],
  );
  assert.equal(why('followers', true), undefined);
  relations.set('follow', ben, ana, true);
  assert.equal(why('followers'), undefined);
  assert.equal(relations.set('block', ben, ana, true), true);
  assert.equal(relations.set('block', ben, ana, true), false);
  assert.equal(why('anyone', true), 'messageRefused');
});

test('lists reach back 30 days, show what one has not deleted, and go on by cursor', () => {
  const messages = createMessages();
  const at = messageWindowMs * 2;
  messages.add({ from: ana, to: ben, text: 'long ago' }, 0);
  const [one, two, three] = ['1', '2', '3'].map((text) => messages.add({ from: ana, to: ben, text }, at));
  assert.ok(one && two && three);
  assert.ok(one.id > 2n ** 53n && Number(one.id) !== Number(one.id + 2n * 64n));
  const first = messages.page(ben, { count: 2 }, at);
  assert.deepEqual([first.messages.map(({ text }) => text), first.more], [['3', '2'], true]);
  const before = readCursor(writeCursor(two.id));
  assert.ok(before);
  const second = messages.page(ben, { count: 2, before }, at);
  assert.deepEqual([second.messages.map(({ text }) => text), second.more], [['1'], false]);
  three.deletedBy.add(ben);
  assert.equal(messages.page(ben, { count: 9, peer: ana }, at).messages.length, 2);
  assert.equal(messages.page(ana, { count: 9 }, at).messages.length, 3);
  assert.throws(() => readCursor('made up'), Refusal);
});

test('a message shows ids and time as text, and the smaller id comes first in a conversation', () => {
  const app = { key: 'k', secret: 's', name: 'Hub', callbacks: [], appId: '77001' };
  const added = createMessages().add(
    { from: ana, to: ben, text: 'Hi', via: app, tapped: 't:1' },
    1767225600000,
  );
  const event = JSON.parse(JSON.stringify(messageV1(added, [])));
  assert.equal(event.created_timestamp, '1767225600000');
  assert.equal(typeof event.id, 'string');
  assert.equal(event.message_create.source_app_id, '77001');
  assert.deepEqual(event.message_create.message_data.quick_reply_response, {
    type: 'options',
    metadata: 't:1',
  });
  assert.equal(conversationId(ana, ben), '17-9007199254740993');
});
