import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forUser, parse } from '../../../../server/channels/twitter/parse.ts';
import { parseJson } from '../../../../server/json.ts';
import { type ExampleName, example, exampleNames, lineOf, onlyMessage, self } from './examples.ts';

function keysOf(name: ExampleName): string[] {
  return parse(example(name), self).map(({ key }) => key);
}

test('a received direct message is a message of its sender', () => {
  const body = example('received');
  const event = onlyMessage(parse(body, self));
  assert.deepEqual(
    { ...event, raw: null },
    {
      kind: 'message',
      key: 'dm:1990000000000000101',
      remoteId: '1990000000000000101',
      at: 1767225600000,
      direction: 'in',
      conversation: { kind: 'direct', key: '4002' },
      person: {
        id: '4002',
        name: 'Ana Ruiz',
        handle: 'anaruiz',
        imageUrl: 'https://img.example/a.png',
      },
      text: 'My order 5521 has not arrived',
      payload: null,
      sentByApp: '3033300',
      attachments: [],
      raw: null,
    },
  );
  const [raw] = (body as { direct_message_events: unknown[] }).direct_message_events;
  assert.equal(event.raw, raw, 'programs get it as it came');
});

test("a direct message of the account itself goes out, to its recipient's conversation", () => {
  const event = onlyMessage(parse(example('sent'), self));
  assert.equal(event.direction, 'out');
  assert.deepEqual(event.conversation, { kind: 'direct', key: '4002' });
  assert.equal(event.person.handle, 'anaruiz');
  assert.equal(event.sentByApp, '77001');
  assert.equal(event.payload, null, 'the buttons it offers are not pressed');
});

test('a pressed button brings its payload beside its label', () => {
  const event = onlyMessage(parse(example('button'), self));
  assert.equal(event.text, 'Delivery');
  assert.equal(event.payload, 't:delivery');
});

test('media become attachments and their link leaves the text', () => {
  const event = onlyMessage(parse(example('photo'), self));
  assert.equal(event.text, 'see photo');
  assert.deepEqual(event.attachments, [
    {
      type: 'image',
      url: 'https://ton.example/1.1/ton/data/dm/1990000000000000104/1990000000000000001/Ab3.jpg',
    },
  ]);
});

test('a mention opens a conversation named after itself, an answer one named after what it answers', () => {
  const first = onlyMessage(parse(example('mention'), self));
  assert.equal(first.key, 'tw:1990000000000000203');
  assert.deepEqual(first.conversation, { kind: 'mention', key: '1990000000000000203' });
  assert.equal(first.text, '@acmehelp is the shop down?');
  assert.equal(first.person.id, '4002');
  const second = onlyMessage(parse(example('longMention'), self));
  assert.equal(second.key, 'tw:1990000000000000201');
  assert.deepEqual(second.conversation, { kind: 'mention', key: '1990000000000000203' });
  assert.equal(
    second.text,
    '@acmehelp still down for me, here is the whole story from the very start until the very end',
    'the whole text, not the cut one',
  );
});

test('everything else has its key and opens nothing', () => {
  assert.deepEqual(keysOf('like'), ['fav:a7ba59eab0bfcba386f7acedac279542']);
  assert.deepEqual(keysOf('follows'), ['follow:4002:3001:1767225800000', 'unfollow:3001:4003:1767225801000']);
  assert.deepEqual(keysOf('blocks'), ['block:3001:4009:1767225810000', 'unmute:3001:4009:1767225811000']);
  assert.deepEqual(keysOf('typing'), ['typ:4002:1767225820000']);
  assert.deepEqual(keysOf('read'), ['read:4002:1990000000000000102']);
  assert.deepEqual(keysOf('deleted'), ['del:1990000000000000203']);
  for (const name of ['like', 'follows', 'blocks', 'typing', 'read', 'deleted'] as const) {
    for (const event of parse(example(name), self)) assert.equal(event.kind, 'other', name);
  }
  assert.deepEqual(keysOf('replay'), []);
});

test('a revoked permission is told with the day it happened', () => {
  const key = 'rev:77001:3001:2026-01-01T00:05:00+00:00';
  assert.deepEqual(parse(example('revoked'), self), [
    { kind: 'revoked', key, at: Date.UTC(2026, 0, 1, 0, 5) },
  ]);
});

test("the successor's envelope brings the same events", () => {
  const event = onlyMessage(parse(example('successorMessage'), self));
  assert.equal(event.key, 'dm:1990000000000000105');
  assert.deepEqual(event.person, {
    id: '4002',
    name: 'Ana Ruiz',
    handle: 'anaruiz',
    imageUrl: 'https://img.example/a.png',
  });
  assert.deepEqual(keysOf('successorRevoked'), ['rev:77001:3001:2026-01-01T00:06:00+00:00']);
});

test('a body says whose it is, where it is anybody’s', () => {
  for (const name of exampleNames) {
    assert.equal(forUser(example(name)), name === 'replay' ? undefined : '3001', name);
  }
  assert.equal(forUser({ for_user_id: 3001 }), undefined, 'a number is no id');
});

test('each example parses to the same events twice, and from text with another parser', () => {
  for (const name of exampleNames) {
    const events = parse(example(name), self);
    assert.deepEqual(parse(example(name), self), events);
    const other = parse(JSON.parse(lineOf(name)), self);
    assert.deepEqual(
      other.map(({ key }) => key),
      events.map(({ key }) => key),
    );
  }
});

test('two ids that a double cannot tell apart are two events', () => {
  const post = (id: string) => ({
    id: Number(id),
    id_str: id,
    text: '@acmehelp hi',
    timestamp_ms: '1767225600000',
    entities: { user_mentions: [{ id_str: '3001' }] },
    user: { id_str: '4002' },
  });
  assert.equal(Number('1990000000000000203'), Number('1990000000000000201'));
  const body = { tweet_create_events: [post('1990000000000000203'), post('1990000000000000201')] };
  assert.deepEqual(
    parse(body, self).map(({ key }) => key),
    ['tw:1990000000000000201', 'tw:1990000000000000203'],
  );
});

test('events of all arrays come in order of time, then of the id as a number', () => {
  const message = (id: string, at: number) => ({
    type: 'message_create',
    id,
    created_timestamp: String(at),
    message_create: { sender_id: '4002', target: { recipient_id: '3001' }, message_data: { text: id } },
  });
  const sorted = [
    message('9', 1000),
    message('10', 1000),
    message('99999999999999999999', 1000),
    message('1', 2000),
  ];
  const like = { id: 'ab', timestamp_ms: 1500, user: { id_str: '4002' } };
  const keys = ['dm:9', 'dm:10', 'dm:99999999999999999999', 'fav:ab', 'dm:1'];
  fc.assert(
    fc.property(fc.shuffledSubarray(sorted, { minLength: sorted.length }), (shuffled) => {
      const events = parse({ favorite_events: [like], direct_message_events: shuffled }, self);
      assert.deepEqual(
        events.map(({ key }) => key),
        keys,
      );
    }),
  );
});

test('two accounts that write to each other see one message from both sides', () => {
  const body = parseJson(lineOf('received').replace('"3001","direct', '"4002","direct'));
  const event = onlyMessage(parse(body, { id: '4002', name: null, handle: 'anaruiz', imageUrl: null }));
  assert.equal(event.direction, 'out');
  assert.deepEqual(event.conversation, { kind: 'direct', key: '3001' });
  assert.equal(event.person.handle, 'acmehelp');
});

test('a message between two others is none of ours', () => {
  const [event] = parse(example('received'), { ...self, id: '5005' });
  assert.equal(event?.kind, 'other');
});

test('an envelope without its map of users still brings the message', () => {
  const { users: _, ...body } = example('received') as Record<string, unknown>;
  const event = onlyMessage(parse(body, self));
  assert.deepEqual(event.person, { id: '4002', name: null, handle: null, imageUrl: null });
});

test('what is no envelope, or lacks an id or a time, holds no events', () => {
  const bodies: unknown[] = [
    undefined,
    null,
    '',
    7,
    [],
    {},
    { direct_message_events: 'no list' },
    { direct_message_events: [null, 7, 'x', {}, { id: '1' }, { id: '1', created_timestamp: 'soon' }] },
    { direct_message_events: [{ id: 7, type: 'message_create', created_timestamp: '1767225600000' }] },
    { tweet_create_events: [{ id: 7, user: { id: 4002 } }, { id_str: '1' }] },
    { follow_events: [{ type: 'follow', created_timestamp: '1', source: { id: '1' } }] },
    { user_event: { revoke: {} } },
  ];
  for (const body of bodies) assert.deepEqual(parse(body, self), [], JSON.stringify(body));
});

test('names of the prototype are no members', () => {
  const body = {
    for_user_id: '3001',
    direct_message_events: [
      {
        type: 'message_create',
        id: '1',
        created_timestamp: '1767225600000',
        message_create: {
          sender_id: 'constructor',
          target: { recipient_id: '3001' },
          message_data: { text: 'hi' },
        },
      },
    ],
    users: {},
  };
  const event = onlyMessage(parse(body, self));
  assert.deepEqual(event.person, { id: 'constructor', name: null, handle: null, imageUrl: null });
});

test('no body whatever makes parsing fail, and every event has a key and a time', () => {
  const arrays = fc.dictionary(
    fc.constantFrom('direct_message_events', 'tweet_create_events', 'follow_events', 'users', 'data'),
    fc.array(fc.jsonValue(), { maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), arrays), (body) => {
      for (const event of parse(body, self)) {
        assert.ok(event.key.length > 3 && event.key.length <= 255);
        assert.ok(Number.isSafeInteger(event.at));
      }
      forUser(body);
    }),
  );
});
