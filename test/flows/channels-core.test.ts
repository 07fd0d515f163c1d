/** What happened at the remote service becomes contacts, conversations and messages: once, whole, in any order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Knex } from 'knex';
import { authorizeChannel } from '../../server/channels/authorize.ts';
import { addressOf, getChannel } from '../../server/channels/channels.ts';
import { deleteChannel } from '../../server/channels/delete.ts';
import { applyEvents } from '../../server/channels/events.ts';
import type { Channel, Message } from '../../server/channels/records.ts';
import { noteRefusal } from '../../server/channels/remote.ts';
import { saveChannel } from '../../server/channels/save.ts';
import { closeConversation, listConversations } from '../../server/channels/store-conversations.ts';
import {
  findMessage,
  insertMessage,
  listMessages,
  markSent,
  moveMessage,
} from '../../server/channels/store-messages.ts';
import { migrate, openDatabase } from '../../server/db/open.ts';
import { inTransaction } from '../../server/db/transaction.ts';
import {
  admin,
  app,
  ids,
  messagesBody,
  openWorld,
  outcomeIn,
  postSigned,
  type World,
} from '../support/channels.ts';
import { withDatabases } from '../support/databases.ts';

const at = Date.UTC(2026, 0, 4);
const hour = 3_600_000;

/** A talk with its envelope's every oddity: batches, ids that one double cannot tell apart, likes, follows. */
function bodies(): string[] {
  const users = (...people: [string, string][]) =>
    Object.fromEntries(people.map(([id, name]) => [id, { id, name, screen_name: name.toLowerCase() }]));
  const tweet = (id: string, text: string, time: number, reply: string | null) => ({
    id: Number(id),
    id_str: id,
    text,
    in_reply_to_status_id_str: reply,
    in_reply_to_user_id_str: ids.alice,
    user: {
      id: 4002,
      id_str: '4002',
      name: 'Ana Ruiz',
      screen_name: 'anaruiz',
      profile_image_url_https: 'https://img.example/a.png',
    },
    entities: {
      user_mentions: [{ screen_name: 'alice', id_str: ids.alice }],
      urls: [],
      hashtags: [],
      symbols: [],
    },
    timestamp_ms: String(time),
  });
  const write = (value: unknown) => JSON.stringify(value);
  return [
    messagesBody([
      { id: '1990000000000000101', from: ids.bob, to: ids.alice, text: 'My order has not arrived', at },
      { id: '1990000000000000102', from: ids.bob, to: ids.alice, text: '5521', at: at + 1000 },
    ]),
    messagesBody([
      { id: '1990000000000000103', from: ids.alice, to: ids.bob, text: 'By hand', at: at + 2000 },
    ]),
    messagesBody([
      { id: '1990000000000000104', from: ids.bob, to: ids.alice, text: 'Thanks 👋', at: at + 2000 },
    ]),
    write({
      for_user_id: ids.alice,
      tweet_create_events: [
        tweet('1990000000000000203', '@alice is the shop down?', at + 3000, null),
        tweet('1990000000000000201', '@alice still down', at + 4000, '1990000000000000203'),
      ],
    }),
    write({
      for_user_id: ids.alice,
      follow_events: [
        { type: 'follow', created_timestamp: String(at), source: { id: '4002' }, target: { id: ids.alice } },
        {
          type: 'unfollow',
          created_timestamp: String(at + 1),
          source: { id: '4003' },
          target: { id: ids.alice },
        },
      ],
    }),
    write({
      for_user_id: ids.alice,
      favorite_events: [
        {
          id: 'a7ba59',
          timestamp_ms: at,
          favorited_status: { id_str: '1990000000000000301' },
          user: { id_str: '4002' },
        },
      ],
    }),
    write({
      for_user_id: ids.alice,
      direct_message_events: [
        {
          type: 'message_create',
          id: '1990000000000000105',
          created_timestamp: String(at + 9000),
          message_create: {
            target: { recipient_id: ids.alice },
            sender_id: '4002',
            message_data: {
              text: 'Delivery',
              quick_reply_response: { type: 'options', metadata: 't:delivery' },
            },
          },
        },
      ],
      users: users(['4002', 'Ana Ruiz'], [ids.alice, 'Alice']),
    }),
    write({ replay_job_status: { webhook_id: '1', job_state: 'Complete', job_id: '2' } }),
  ];
}

withDatabases((database) => {
  let shared: Promise<Knex> | undefined;
  type Prepared = World & { channel: Channel; send(body: string): Promise<void> };
  const flow = (title: string, run: (world: Prepared) => Promise<void>) =>
    test(`${database.name}: ${title}`, async () => {
      shared ??= database.open();
      const world = await openWorld(await shared);
      try {
        const channel = await world.addActiveChannel();
        const stream = (await addressOf(world.deps, channel.id))?.stream.id ?? '';
        const send = async (body: string) => {
          assert.equal((await postSigned(world.origin, stream, body)).status, 200);
        };
        await run(Object.assign(world, { channel, send }));
      } finally {
        await world.close();
      }
    });

  flow('duplicates, batches and any order leave the same rows', async (world) => {
    const wipe = async () => {
      for (const table of [
        'messages',
        'conversations',
        'contacts',
        'channel_events',
        'hook_requests',
        'jobs',
      ])
        await world.db(table).delete();
    };
    let expected: unknown;
    for (let seed = 1; seed <= 8; seed++) {
      const once = bodies();
      const sent = seed === 1 ? once : shuffled([...once, ...once, ...once], seed);
      for (const body of sent) await world.send(body);
      await world.runJobs();
      const outcome = await outcomeIn(world.db);
      expected ??= outcome;
      assert.deepEqual(outcome, expected, `seed ${seed}`);
      assert.deepEqual(
        (await world.db('hook_requests')).map((row) => row.outcome),
        sent.map(() => 'done'),
      );
      await wipe();
    }
    assert.equal((expected as { messages: unknown[] }).messages.length, 7);
    assert.equal((expected as { answers: number }).answers, 6, 'one job for each message received');
  });

  flow('ids above 2^53 stay text to the last digit', async (world) => {
    for (const body of bodies()) await world.send(body);
    await world.runJobs();
    const remoteIds = (await world.db('messages').orderBy('remote_id')).map((row) => row.remote_id);
    assert.deepEqual(
      remoteIds,
      ['101', '102', '103', '104', '105', '201', '203'].map((end) => `1990000000000000${end}`),
    );
    const [mention] = await world.db('messages').where({ remote_id: '1990000000000000201' });
    const conversation = await world.db('conversations').where({ id: mention.conversation_id }).first();
    assert.equal(conversation.kind, 'mention');
    const button = await world.db('messages').where({ remote_id: '1990000000000000105' }).first();
    assert.equal(button.payload, 't:delivery');
  });

  test(`${database.name}: two processes that get the same events at once apply each once`, async () => {
    const config = await database.create();
    const databases: Knex[] = [openDatabase(config), openDatabase(config)];
    const [first, second] = databases as [Knex, Knex];
    await migrate(first);
    const world = await openWorld(first);
    try {
      const channel = await world.addActiveChannel();
      const other = await world.another(second);
      const stream = (await addressOf(world.deps, channel.id))?.stream.id ?? '';
      const body = bodies()[0] ?? '';
      const origins = [world.origin, other.origin];
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => postSigned(origins[i % 2] ?? '', stream, body)),
      );
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
      await Promise.all([world.runJobs(), other.runJobs()]);
      // A conflict between the two may have put a job off.
      world.clock.now += hour;
      await world.runJobs();
      assert.equal((await first('hook_requests').where({ outcome: 'done' })).length, 40);
      assert.deepEqual(
        [
          (await first('messages')).length,
          (await first('conversations')).length,
          (await first('contacts')).length,
        ],
        [2, 1, 1],
      );
      assert.equal((await first('jobs').where({ kind: 'answer message' })).length, 2);
    } finally {
      await world.close();
      for (const one of databases) await one.destroy();
    }
  });

  flow('what is received sets names, times, and the answers it allows', async (world) => {
    for (const body of bodies()) await world.send(body);
    await world.runJobs();
    const [direct] = (await listConversations(world.db, { state: 'open' }, { limit: 50 })).filter(
      ({ externalKey }) => externalKey.includes(ids.bob),
    );
    assert.ok(direct);
    assert.deepEqual(
      [direct.answersLeft, direct.answersUntil, direct.lastInboundAt, direct.lastMessageAt],
      [5, at + 2000 + 24 * hour, at + 2000, at + 2000],
    );
    assert.equal(direct.botPausedUntil, at + 2000 + 12 * hour, 'a person wrote from another client');
    const messages = await listMessages(world.db, direct.id, { limit: 2 });
    assert.deepEqual(messages.map(({ author, text }) => [author, text]).toSorted(), [
      ['contact', 'Thanks 👋'],
      ['external', 'By hand'],
    ]);
    assert.ok((await getChannel(world.db, admin, world.channel.id)).lastEventAt);
  });

  flow('a closed conversation is taken up again for some days, not by what is older', async (world) => {
    const write = async (id: string, time: number) => {
      await world.send(messagesBody([{ id, from: ids.bob, to: ids.alice, text: id, at: time }]));
      await world.runJobs();
      return (await listConversations(world.db, {}, { limit: 10 })).map(({ state }) => state).toSorted();
    };
    await write('1', at);
    const [first] = await listConversations(world.db, {}, { limit: 1 });
    assert.ok(first && (await closeConversation(world.db, first.id, at + hour)));
    assert.equal(await closeConversation(world.db, first.id, at + hour), false);
    assert.deepEqual(await write('2', at + hour - 1), ['closed']);
    assert.deepEqual(await write('3', at + 2 * hour), ['open']);
    await closeConversation(world.db, first.id, at + 3 * hour);
    assert.deepEqual(await write('4', at + 8 * 24 * hour), ['closed', 'open']);
    assert.deepEqual(await write('5', at + 8 * 24 * hour + 1), ['closed', 'open']);
    assert.equal((await world.db('messages')).length, 5);
    assert.equal(
      (await world.db('jobs').where({ kind: 'answer message' })).length,
      4,
      'nobody answers what is closed',
    );
  });

  /** One of ours, in a state, to Bob. */
  async function store(world: Prepared, id: string, changes: Partial<Message>): Promise<void> {
    const conversation = await world.db('conversations').where({ channel_id: world.channel.id }).first();
    await insertMessage(world.db, {
      id,
      channelId: world.channel.id,
      conversationId: conversation.id,
      contactId: conversation.contact_id,
      direction: 'out',
      author: 'bot',
      authorName: 'Desk bot',
      text: 'Which number?',
      outgoing: { kind: 'direct', to: ids.bob, text: 'Which number?', buttons: [] },
      payload: null,
      attachments: [],
      raw: null,
      state: 'sending',
      heldUntil: null,
      heldReason: null,
      errorCode: null,
      error: null,
      remoteId: null,
      clientToken: `token-${id}`,
      isCounted: true,
      isEchoed: false,
      tries: 1,
      at,
      sentAt: at,
      createdAt: at,
      ...changes,
    });
  }
  const echo = (id: string, text = 'Which number?') =>
    messagesBody([{ id, from: ids.alice, to: ids.bob, text, at: at + 5000 }]);

  flow(
    'an echo settles our message, whether it comes before the answer, after it, or in its place',
    async (world) => {
      await world.send(messagesBody([{ id: '1', from: ids.bob, to: ids.alice, text: 'Hi', at }]));
      await world.runJobs();
      await store(world, 'before', {});
      await store(world, 'unanswered', { state: 'unknown', error: 'no answer', createdAt: at + 1 });
      await store(world, 'after', { state: 'sent', remoteId: '9003', text: 'Other', outgoing: null });
      for (const id of ['9001', '9002', '9003']) await world.send(echo(id));
      await world.runJobs();
      for (const id of ['before', 'unanswered', 'after']) {
        const message = await findMessage(world.db, id);
        assert.deepEqual([message?.state, message?.isEchoed, message?.error], ['sent', true, null], id);
      }
      const settled = [await findMessage(world.db, 'before'), await findMessage(world.db, 'unanswered')];
      assert.deepEqual(settled.map((message) => message?.remoteId).toSorted(), ['9001', '9002']);
      assert.equal((await world.db('messages')).length, 4, 'no echo is a message of its own');
      assert.equal((await world.db('conversations').first()).bot_paused_until, null);
      const late = await inTransaction(world.db, (trx) =>
        markSent(
          trx,
          { id: 'before', channelId: world.channel.id },
          { remoteId: settled[0]?.remoteId ?? '', at },
        ),
      );
      assert.equal(late, false);
    },
  );

  flow('an echo that was not recognised gives way to the answer of our sending', async (world) => {
    await world.send(messagesBody([{ id: '1', from: ids.bob, to: ids.alice, text: 'Hi', at }]));
    await world.runJobs();
    await store(world, 'ours', {});
    await world.send(echo('9001', 'Which number? (shortened)'));
    await world.runJobs();
    assert.equal((await world.db('messages').where({ author: 'external' })).length, 1);
    await inTransaction(world.db, (trx) =>
      markSent(trx, { id: 'ours', channelId: world.channel.id }, { remoteId: '9001', at: at + 5000 }),
    );
    assert.deepEqual(
      (await world.db('messages').where({ direction: 'out' })).map((row) => [
        row.id,
        row.state,
        row.remote_id,
      ]),
      [['ours', 'sent', '9001']],
    );
    assert.equal(await moveMessage(world.db, 'ours', ['queued'], 'sending'), false);
  });

  flow('a revoked permission parks what waits; linked anew and authorized it goes', async (world) => {
    await world.send(messagesBody([{ id: '1', from: ids.bob, to: ids.alice, text: 'Hi', at }]));
    await world.runJobs();
    await store(world, 'waiting', { state: 'queued', sentAt: null });
    world.clock.now += hour;
    await world.sandbox.act({ type: 'revoke', from: 'alice', app: app.key });
    await world.runJobs();
    const revoked = await getChannel(world.db, admin, world.channel.id);
    assert.equal(revoked.state, 'needs_authorize');
    assert.match(revoked.lastError ?? '', /revoked at Twitter/);
    assert.equal((await world.db('connected_accounts').first()).status, 'revoked');
    assert.equal((await findMessage(world.db, 'waiting'))?.state, 'held');
    const refused = await authorizeChannel(world.deps, admin, world.channel.id);
    assert.match(refused.steps[0]?.text ?? '', /is revoked/);

    world.clock.now += hour;
    const { oauth_token, oauth_token_secret } = world.keysOf('alice');
    await saveChannel(world.deps, admin, world.channel.id, { keys: { oauth_token, oauth_token_secret } });
    const { state, steps } = await authorizeChannel(world.deps, admin, world.channel.id);
    assert.equal(state, 'active', JSON.stringify(steps));
    assert.equal((await findMessage(world.db, 'waiting'))?.state, 'queued');
    assert.equal((await world.db('jobs').where({ kind: 'send message' })).length, 1);
    assert.equal((await world.db('messages').where({ remote_id: '1' })).length, 1, 'the history is there');

    const stale = { kind: 'revoked', key: 'rev:old', at: world.clock.now - hour - 1 } as const;
    await applyEvents(world.deps, await getChannel(world.db, admin, world.channel.id), [stale]);
    assert.equal((await getChannel(world.db, admin, world.channel.id)).state, 'active');
  });

  flow('keys that are refused in the course of work stop the channel', async (world) => {
    await noteRefusal(world.deps, world.channel, {
      remedy: 'reauthorize',
      code: '89',
      message: 'No longer valid.',
    });
    const { state, lastError } = await getChannel(world.db, admin, world.channel.id);
    assert.deepEqual([state, lastError], ['needs_authorize', 'No longer valid.']);
    const { status } = await world.db('connected_accounts').first();
    assert.equal(status, 'linked', 'what becomes of the account is decided where its answers are read');
  });

  flow('a customer’s message at the service arrives, with and without a webhook, once', async (world) => {
    await world.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'By webhook' });
    await world.runJobs();
    world.clock.now += 1000;
    const polling = await world.addActiveChannel({ transport: 'polling', label: '' });
    world.clock.now += hour;
    await world.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'By both' });
    await world.runJobs();
    for (let i = 0; i < 3; i++) {
      await world.poll();
      world.clock.now += 10_000;
    }
    world.clock.now += hour;
    await world.poll();
    const texts = async (channelId: string) =>
      (await world.db('messages').where({ channel_id: channelId }).orderBy('at')).map((row) => row.text);
    assert.deepEqual(await texts(world.channel.id), ['By webhook', 'By both']);
    assert.deepEqual(await texts(polling.id), ['By both'], 'what came before it was enabled is left alone');
    const calls = world.sandbox.journal
      .entries()
      .filter(({ path }) => path.includes('direct_messages/events/list'));
    assert.equal(calls.length, 2, 'as often as the type says, no more');
    assert.equal((await getChannel(world.db, admin, polling.id)).lastError, null);
  });

  flow('a deleted channel leaves its conversations, or nothing at all, as was chosen', async (world) => {
    const second = await world.addActiveChannel({ label: 'dev' });
    const secondStream = (await addressOf(world.deps, second.id))?.stream.id ?? '';
    await world.send(messagesBody([{ id: '1', from: ids.bob, to: ids.alice, text: 'Kept', at }]));
    await postSigned(
      world.origin,
      secondStream,
      messagesBody([{ id: '2', from: '4002', to: ids.alice, text: 'Gone', at }]),
    );
    await world.runJobs();
    await store(world, 'waiting', { state: 'held', sentAt: null, channelId: world.channel.id });
    await deleteChannel(world.deps, admin, world.channel.id, { conversations: 'keep' });
    await deleteChannel(world.deps, admin, second.id, { conversations: 'erase' });
    assert.deepEqual(
      (await world.db('messages').orderBy('id')).map((row) => [row.text, row.state]).toSorted(),
      [
        ['Kept', 'received'],
        ['Which number?', 'failed'],
      ],
    );
    assert.deepEqual(
      (await world.db('contacts')).map((row) => row.remote_id),
      [ids.bob],
    );
    assert.deepEqual(await world.db('hook_requests'), []);
  });
});

function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}
