import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Outgoing, Poll } from '../../../../server/channels/channel.ts';
import { lookUpV1, lookUpV2 } from '../../../../server/channels/twitter/look-up.ts';
import { pollsV1, pollsV2 } from '../../../../server/channels/twitter/polls.ts';
import { writeJson } from '../../../../server/json.ts';
import { answer, now, numbered, valueIn } from './answers.ts';
import { self } from './examples.ts';

const origin = 'https://api.example';
const hour = 3_600_000;
const enabled = now - 48 * hour;

function pollNamed(name: string, polls: Poll[]): Poll {
  const poll = polls.find((one) => one.name === name);
  assert.ok(poll);
  return poll;
}

function messageV1(id: string | bigint, at: number, { from = '4002', to = '3001', text = 'hi' } = {}) {
  return {
    type: 'message_create',
    id: String(id),
    created_timestamp: String(at),
    message_create: { sender_id: from, target: { recipient_id: to }, message_data: { text } },
  };
}

function ask(poll: Poll, cursor: string, body: unknown, since = enabled) {
  const call = poll.call(self, cursor, since);
  const { events, cursor: next } = valueIn(call, answer(200, writeJson(body)));
  return { url: call.request.url, keys: events.map(({ key }) => key), events, next };
}

test('direct messages are read from the newest page on, both directions in order', () => {
  const poll = pollNamed('direct messages', pollsV1(origin));
  const body = {
    events: [messageV1('12', now - 1000), messageV1('11', now - 2000, { from: '3001', to: '4002' })],
    users: { '4002': { id: '4002', name: 'Ana Ruiz', screen_name: 'anaruiz' } },
  };
  const first = ask(poll, '', body);
  assert.equal(first.url, 'https://api.example/1.1/direct_messages/events/list.json?count=50');
  assert.deepEqual(first.keys, ['dm:11', 'dm:12']);
  const [own, hers] = first.events;
  assert.equal(own?.kind === 'message' && own.direction, 'out');
  assert.equal(hers?.kind === 'message' && hers.person.name, 'Ana Ruiz');
});

test('what happened before the channel was enabled is left out, and nothing older is asked for', () => {
  const poll = pollNamed('direct messages', pollsV1(origin));
  const body = {
    events: [messageV1('12', now - 1000), messageV1('11', enabled - 1), messageV1('10', enabled - 2)],
    next_cursor: 'older',
  };
  const first = ask(poll, '', body);
  assert.deepEqual(first.keys, ['dm:12']);
  assert.doesNotMatch(ask(poll, first.next, { events: [] }).url, /cursor/);
});

test('a post of the second in which the channel was enabled is told, though its time has no milliseconds', () => {
  const poll = pollNamed('mentions', pollsV1(origin));
  const post = {
    id_str: '301',
    created_at: 'Thu Jan 01 11:00:00 +0000 2026',
    text: '@acmehelp hi',
    user: { id_str: '4002' },
    entities: { user_mentions: [{ id_str: '3001' }] },
  };
  const second = Date.UTC(2026, 0, 1, 11);
  assert.deepEqual(ask(poll, '', [post], second + 900).keys, ['tw:301']);
  assert.deepEqual(ask(poll, '', [post], second + 1000).keys, []);
});

test('older pages are read one a call until known ids are reached', () => {
  const poll = pollNamed('direct messages', pollsV1(origin));
  const seen = ask(poll, '', { events: [messageV1('10', now - 5 * hour)] }).next;
  const first = ask(poll, seen, { events: [messageV1('14', now - 2 * hour)], next_cursor: 'p2' });
  const second = ask(poll, first.next, { events: [messageV1('12', now - 3 * hour)], next_cursor: 'p3' });
  assert.match(second.url, /[?&]cursor=p2$/);
  const known = {
    events: [messageV1('11', now - 4 * hour), messageV1('10', now - 5 * hour)],
    next_cursor: 'p4',
  };
  const third = ask(poll, second.next, known);
  assert.match(third.url, /[?&]cursor=p3$/);
  assert.deepEqual(third.keys, ['dm:11'], 'what was read long ago is not told again');
  const fourth = ask(poll, third.next, { events: [messageV1('14', now - 2 * hour)], next_cursor: 'p2' });
  assert.doesNotMatch(fourth.url, /cursor=/, 'then it begins anew');
  assert.deepEqual(fourth.keys, []);
});

test('what is younger than an hour is told again, for its id may have become visible late', () => {
  const poll = pollNamed('direct messages', pollsV1(origin));
  const { next } = ask(poll, '', { events: [messageV1('12', now - 1000)] });
  const again = ask(poll, next, { events: [messageV1('12', now - 1000), messageV1('11', now - 900)] });
  assert.deepEqual(again.keys, ['dm:12', 'dm:11']);
});

test('a list without end is left after twenty pages', () => {
  const poll = pollNamed('direct messages', pollsV1(origin));
  let cursor = '';
  for (let page = 0; page < 20; page++) {
    cursor = ask(poll, cursor, {
      events: [messageV1(String(1000 - page), now - page)],
      next_cursor: 'more',
    }).next;
  }
  const { url } = poll.call(self, cursor, enabled).request;
  assert.doesNotMatch(url, /cursor=/);
});

test('however many messages come between calls, each is told at least once', () => {
  const poll = pollNamed('direct messages', pollsV1(origin));
  const newestFirst = (a: { id: string }, b: { id: string }) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1);
  fc.assert(
    fc.property(fc.array(fc.nat(6), { maxLength: 25 }), (arrivals) => {
      const all: ReturnType<typeof messageV1>[] = [];
      const told = new Set<string>();
      let cursor = '';
      const step = () => {
        const call = poll.call(self, cursor, enabled);
        const from = new URL(call.request.url).searchParams.get('cursor');
        const list = [...all]
          .sort(newestFirst)
          .filter(({ id }) => from === null || BigInt(id) <= BigInt(from));
        const page = { events: list.slice(0, 2), next_cursor: list[2]?.id };
        const value = valueIn(call, answer(200, writeJson(page)));
        for (const { key } of value.events) told.add(key);
        cursor = value.cursor;
      };
      for (const count of arrivals) {
        for (let n = 0; n < count; n++) {
          const id = 1_990_000_000_000_000_001n + BigInt(all.length);
          all.push(messageV1(id, now - 10 * hour + all.length));
        }
        step();
      }
      for (let n = 0; n < 60; n++) step();
      assert.equal(told.size, all.length);
    }),
    { numRuns: 50 },
  );
});

test('mentions are asked for after the newest known one, older pages by id', () => {
  const poll = pollNamed('mentions', pollsV1(origin));
  const post = (id: bigint) => ({
    id_str: String(id),
    created_at: 'Thu Jan 01 11:00:00 +0000 2026',
    full_text: '@acmehelp hi',
    user: { id_str: '4002', screen_name: 'anaruiz' },
    entities: { user_mentions: [{ id_str: '3001' }] },
  });
  const first = ask(poll, '', [post(1_990_000_000_000_000_301n)]);
  assert.equal(
    first.url,
    'https://api.example/1.1/statuses/mentions_timeline.json?count=100&tweet_mode=extended',
  );
  assert.deepEqual(first.keys, ['tw:1990000000000000301']);
  const many = Array.from({ length: 100 }, (_, index) => post(1_990_000_000_000_000_501n - BigInt(index)));
  const second = ask(poll, first.next, many);
  assert.match(second.url, /&since_id=1990000000000000301$/);
  const third = poll.call(self, second.next, enabled).request.url;
  assert.match(third, /&since_id=1990000000000000301&max_id=1990000000000000401$/);
  const end = ask(poll, second.next, [post(1_990_000_000_000_000_400n)]);
  assert.match(poll.call(self, end.next, enabled).request.url, /&since_id=1990000000000000501$/);
});

test('version 2 lists bring the same events', () => {
  const messages = {
    data: [
      {
        id: '1990000000000000105',
        event_type: 'MessageCreate',
        text: 'see https://t.co/a',
        created_at: new Date(now - hour).toISOString(),
        sender_id: '4002',
        dm_conversation_id: '3001-4002',
        attachments: { media_keys: ['3_1'] },
        entities: {
          urls: [{ url: 'https://t.co/a', expanded_url: 'https://x.example/p', media_key: '3_1' }],
        },
      },
      {
        id: '1',
        event_type: 'MessageCreate',
        created_at: new Date(now).toISOString(),
        sender_id: '4002',
        dm_conversation_id: '777',
      },
    ],
    includes: {
      users: [
        { id: '4002', name: 'Ana Ruiz', username: 'anaruiz', profile_image_url: 'https://img.example/a.png' },
      ],
      media: [{ media_key: '3_1', type: 'photo', url: 'https://img.example/m.jpg' }],
    },
    meta: { next_token: 'n1' },
  };
  const poll = pollNamed('direct messages', pollsV2(origin));
  const first = ask(poll, '', messages);
  assert.match(first.url, /^https:\/\/api\.example\/2\/dm_events\?/);
  const [event, group] = first.events;
  assert.ok(event?.kind === 'message');
  assert.equal(event.key, 'dm:1990000000000000105');
  assert.equal(event.text, 'see');
  assert.deepEqual(event.attachments, [{ type: 'image', url: 'https://img.example/m.jpg' }]);
  assert.equal(event.person.handle, 'anaruiz');
  assert.equal(group?.kind, 'other', 'a conversation of several people is none of ours');
  assert.match(poll.call(self, first.next, enabled).request.url, /pagination_token=n1$/);

  const mention = {
    id: '1990000000000000301',
    text: '@acmehelp still down',
    author_id: '4002',
    created_at: new Date(now - hour).toISOString(),
    referenced_tweets: [{ type: 'replied_to', id: '1990000000000000203' }],
  };
  const retweet = {
    ...mention,
    id: '1990000000000000303',
    referenced_tweets: [{ type: 'retweeted', id: '1' }],
  };
  const mentions = ask(pollNamed('mentions', pollsV2(origin)), '', { data: [retweet, mention] });
  assert.match(mentions.url, /^https:\/\/api\.example\/2\/users\/3001\/mentions\?/);
  assert.deepEqual(
    mentions.events.map((one) => [one.kind, one.key]),
    [
      ['message', 'tw:1990000000000000301'],
      ['other', 'tw:1990000000000000303'],
    ],
  );
  const [first2] = mentions.events;
  assert.deepEqual(first2?.kind === 'message' && first2.conversation, {
    kind: 'mention',
    key: '1990000000000000203',
  });
});

test('an empty list, and a cursor that cannot be read, begin at the top', () => {
  for (const poll of [...pollsV1(origin), ...pollsV2(origin)]) {
    for (const body of [{}, [], { meta: { result_count: 0 } }]) {
      assert.deepEqual(ask(poll, 'not json', body).keys, []);
    }
    assert.equal(
      poll.call(self, '{"seen":7,"page":{}}', enabled).request.url,
      poll.call(self, '', enabled).request.url,
    );
  }
});

test('a refusal is a refusal, with the time to come back', () => {
  const [poll] = pollsV1(origin);
  const reading = poll?.call(self, '', enabled).read(numbered(429, 88, { 'retry-after': '30' }), now);
  assert.deepEqual(reading?.ok === false && [reading.remedy, reading.retryAt], ['wait', now + 30_000]);
});

const direct: Outgoing = {
  kind: 'direct',
  to: '4002',
  text: 'Pick  one ',
  buttons: [{ label: 'Delivery', payload: 't:delivery' }],
};

test('a message of unknown fate is found by recipient, time and text, with or without numbered buttons', () => {
  const sent = (text: string, at: number, to = '4002') => ({
    events: [messageV1('77', at, { from: '3001', to, text })],
  });
  const look = (body: unknown) =>
    valueIn(lookUpV1(origin)(direct, self, now - 5000), answer(200, writeJson(body)));
  assert.deepEqual(look(sent('Pick one', now)), { remoteId: '77' });
  assert.deepEqual(look(sent('Pick one\n\n1. Delivery', now - 5000)), { remoteId: '77' });
  assert.equal(look(sent('Pick one', now - 6000)), null, 'an earlier one');
  assert.equal(look(sent('Pick one', now, '4009')), null, 'to someone else');
  assert.equal(look(sent('Pick two', now)), null);
  assert.equal(look({ events: [messageV1('78', now, { text: 'Pick one' })] }), null, 'her own words');
});

test('a post of unknown fate is found among the own posts, by what it answers', () => {
  const reply: Outgoing = { kind: 'post', text: 'We are on it', inReplyTo: '203' };
  const own = (answered: string | null, text: string) =>
    writeJson([
      {
        id_str: '301',
        timestamp_ms: now,
        text,
        user: { id_str: '3001' },
        in_reply_to_status_id_str: answered,
      },
    ]);
  const call = lookUpV1(origin)(reply, self, now - 5000);
  assert.match(call.request.url, /\/1\.1\/statuses\/user_timeline\.json/);
  assert.deepEqual(valueIn(call, answer(200, own('203', '@anaruiz We are on it'))), { remoteId: '301' });
  assert.equal(valueIn(call, answer(200, own('205', 'We are on it'))), null);
  const post = lookUpV1(origin)({ ...reply, inReplyTo: null }, self, now - 5000);
  assert.deepEqual(valueIn(post, answer(200, own(null, 'We are on it'))), { remoteId: '301' });
  assert.equal(valueIn(post, answer(200, own('203', 'We are on it'))), null);
  const second = lookUpV2(origin)(reply, self, now - 5000);
  assert.match(second.request.url, /\/2\/users\/3001\/tweets\?/);
});
