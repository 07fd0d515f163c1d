import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Knex } from 'knex';
import type { ChannelReading, Outgoing } from '../../server/channels/channel.ts';
import { disableChannel, enableChannel } from '../../server/channels/channels.ts';
import {
  closeConversation,
  getConversation,
  listConversations,
  listThread,
  reopenConversation,
  replyAsWorker,
  resumeBot,
} from '../../server/channels/conversations.ts';
import { queueMessage, sendJob } from '../../server/channels/outbox.ts';
import { hookJob, processHook } from '../../server/channels/process-hook.ts';
import type { Channel, Conversation, Message } from '../../server/channels/records.ts';
import { callRemote } from '../../server/channels/remote.ts';
import { type Deps as SendDeps, sendMessage } from '../../server/channels/send.ts';
import { releaseHeld, settleMessages } from '../../server/channels/settle.ts';
import { moveChannel } from '../../server/channels/store-channels.ts';
import { findConversation, noteInbound } from '../../server/channels/store-conversations.ts';
import { findMessage } from '../../server/channels/store-messages.ts';
import { inTransaction } from '../../server/db/transaction.ts';
import { HubError } from '../../server/errors.ts';
import { createJobRunner } from '../../server/jobs.ts';
import { admin, ids, openWorld, type World } from '../support/channels.ts';
import { withDatabases } from '../support/databases.ts';

const day = 86_400_000;
const minute = 60_000;

type Answer = ChannelReading<{ remoteId: string }>;

withDatabases((database) => {
  const worlds: World[] = [];
  after(async () => {
    for (const world of worlds) await world.close();
  });

  /** A channel that Bob wrote on; `answers` stand in for the remote service, in their order, then it takes all. */
  async function setUp({ answers }: { answers?: (Answer | Error)[] } = {}) {
    const world = await openWorld(await database.open());
    worlds.push(world);
    const channel = await world.addActiveChannel();
    const sent: Outgoing[] = [];
    let count = 0;
    const stub = async (): Promise<Answer> => {
      const next = answers?.shift() ?? { ok: true, value: { remoteId: `remote-${++count}` } };
      if (next instanceof Error) throw next;
      return next;
    };
    const deps: SendDeps & { totalTimeoutMs: number; wake(): void } = {
      ...world.deps,
      totalTimeoutMs: 30_000,
      wake: () => {},
      callRemote: async (on, call) => {
        if (answers === undefined) return callRemote(world.deps, on, call);
        sent.push(JSON.parse(call.request.body));
        // A stub answers whatever is asked; these tests send only.
        return (await stub()) as never;
      },
    };
    const handlers = [
      { kind: sendJob, run: async (payload: unknown) => void (await sendMessage(deps, idIn(payload))) },
      { kind: hookJob, run: (payload: unknown) => processHook(world.deps, payload as { hookId: string }) },
    ];
    const { db, now, newId, log } = { ...world.deps };
    const runner = createJobRunner({ db, now, newId, log, handlers });
    const write = async (text = 'Hi') => {
      await world.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text });
      await runner.runDue();
    };
    await write();
    const [row] = await db('conversations');
    const conversation = (await findConversation(db, row.id)) as Conversation;
    return { ...world, world, channel, deps, runner, sent, write, conversation };
  }

  const say = (text: string): Outgoing => ({ kind: 'direct', to: ids.bob, text, buttons: [] });

  function queue(
    { deps, channel, conversation }: { deps: SendDeps; channel: Channel; conversation: Conversation },
    text: string,
    token = `t:${text}`,
  ): Promise<Message> {
    const authored = { author: 'bot', authorName: 'Desk bot', clientToken: token } as const;
    return inTransaction(deps.db, (trx) =>
      queueMessage(deps, trx, { channel, conversation, outgoing: say(text), ...authored }),
    );
  }

  const said = (sentence: string) => `${database.name}: ${sentence}`;

  test(said('a reply is sent once, in order, under the id the remote service gave it'), async () => {
    const world = await setUp();
    const first = await queue(world, 'one');
    const second = await queue(world, 'two');
    assert.equal((await sendMessage(world.deps, second.id))?.state, 'queued', 'it waits for the first');
    await world.runner.runDue();
    const messages = await outgoing(world.db);
    assert.deepEqual(
      messages.map(({ text, state }) => [text, state]),
      [
        ['one', 'sent'],
        ['two', 'sent'],
      ],
    );
    assert.equal(sendsAt(world.world), 2);
    const { remoteId } = (await findMessage(world.db, first.id)) as Message;
    assert.match(String(remoteId), /^\d{16,}$/);
    await sendMessage(world.deps, first.id);
    assert.equal(sendsAt(world.world), 2);
  });

  test(said('message and job are stored together or not at all, and once for a token'), async () => {
    const world = await setUp({ answers: [] });
    const { deps, channel, conversation, db } = world;
    const input = { channel, conversation, outgoing: say('x'), author: 'bot', authorName: 'b' } as const;
    const failing = inTransaction(db, async (trx) => {
      await queueMessage(deps, trx, { ...input, clientToken: 'rolled back' });
      throw new Error('planted');
    });
    await assert.rejects(failing, /planted/);
    assert.deepEqual([(await outgoing(db)).length, await jobsOf(db)], [0, 0]);
    const one = await queue(world, 'x', 'same');
    const other = await queue(world, 'y', 'same');
    assert.equal(other.id, one.id);
    assert.deepEqual([(await outgoing(db)).length, await jobsOf(db)], [1, 1]);
  });

  test(said('of many processes that send the same message one does'), async () => {
    const world = await setUp({ answers: [] });
    const { id } = await queue(world, 'once');
    await Promise.all(Array.from({ length: 6 }, () => sendMessage(world.deps, id)));
    assert.equal(world.sent.length, 1);
  });

  test(said('what is too long or has too many buttons is refused before it is stored'), async () => {
    const world = await setUp({ answers: [] });
    const { deps, channel, conversation, db } = world;
    const queued = (out: Outgoing) =>
      inTransaction(db, (trx) => {
        const by = { author: 'bot', authorName: 'b', clientToken: `t${Math.random()}` } as const;
        return queueMessage(deps, trx, { channel, conversation, outgoing: out, ...by });
      });
    const buttons = (count: number, label = 'x') =>
      Array.from({ length: count }, () => ({ label, payload: 'p' }));
    const direct = (text: string, list = buttons(0)): Outgoing => ({
      kind: 'direct',
      to: ids.bob,
      text,
      buttons: list,
    });
    const cases: [Outgoing, Outgoing][] = [
      [direct('x'.repeat(10_000)), direct('x'.repeat(10_001))],
      [direct('x', buttons(20)), direct('x', buttons(21))],
      [direct('x', buttons(1, 'l'.repeat(36))), direct('x', buttons(1, 'l'.repeat(37)))],
      [
        {
          kind: 'post',
          text: `${'a'.repeat(256)} https://example.com/very/long/path/of/it`,
          inReplyTo: null,
        },
        {
          kind: 'post',
          text: `${'a'.repeat(257)} https://example.com/very/long/path/of/it`,
          inReplyTo: null,
        },
      ],
    ];
    for (const [fits, exceeds] of cases) {
      assert.equal((await queued(fits)).state, 'queued');
      await rejects(queued(exceeds), 'request_refused');
    }
    assert.equal((await outgoing(db)).length, cases.length);
  });

  test(said('of a thousand messages a day the next is held until the first is a day old'), async () => {
    const world = await setUp({ answers: [] });
    const { db, deps, clock, channel } = world;
    const first = clock.now - day + 5 * minute;
    const counted = Array.from({ length: 999 }, (_, index) => countedRow(channel.id, index, first + index));
    await db.batchInsert('messages', counted, 50);
    const [thousandth, next] = [await queue(world, 'a'), await queue(world, 'b')];
    await world.runner.runDue();
    assert.equal((await findMessage(db, thousandth.id))?.state, 'sent');
    const held = await findMessage(db, next.id);
    assert.deepEqual([held?.state, held?.heldUntil], ['held', first + day]);
    assert.match(held?.heldReason ?? '', /1,000 messages/);
    clock.now = first + day - 1;
    await releaseHeld(deps);
    assert.equal(await world.runner.runDue(), 0);
    clock.now = first + day;
    await releaseHeld(deps);
    await world.runner.runDue();
    assert.equal((await findMessage(db, next.id))?.state, 'sent');
  });

  test(
    said('strictly, five answers go to a received message, and the sixth when the next is received'),
    async () => {
      const world = await setUp({ answers: [] });
      const { db, deps } = world;
      for (let n = 1; n <= 7; n++) await queue(world, `answer ${n}`);
      await world.runner.runDue();
      const states = async () => (await outgoing(db)).map((message) => message.state);
      assert.deepEqual(await states(), ['sent', 'sent', 'sent', 'sent', 'sent', 'held', 'held']);
      assert.match((await outgoing(db))[5]?.held_reason ?? '', /5 answers/);
      await releaseHeld(deps);
      assert.equal(await world.runner.runDue(), 0, 'nothing but a message from over there frees them');
      await world.write('More?');
      await releaseHeld(deps);
      await world.runner.runDue();
      assert.deepEqual(new Set(await states()), new Set(['sent']));
      assert.equal((await findConversation(db, world.conversation.id))?.answersLeft, 3);
    },
  );

  test(said('adaptively, five answers are free and the sixth counts in the day'), async () => {
    const world = await setUp({ answers: [] });
    const { db } = world;
    const settings = JSON.stringify({ ...world.channel.settings, replyPolicy: 'adaptive' });
    await db('channels').where({ id: world.channel.id }).update({ settings });
    for (let n = 1; n <= 6; n++) await queue(world, `answer ${n}`);
    await world.runner.runDue();
    const messages = await outgoing(db);
    assert.deepEqual(
      messages.map((message) => [message.state, message.is_counted]),
      [0, 0, 0, 0, 0, 1].map((counted) => ['sent', counted]),
    );
  });

  test(said('a message that is told to wait goes at the time it was told, not before'), async () => {
    const retryAt = Date.UTC(2026, 0, 5) + 15 * minute;
    const wait = { ok: false, remedy: 'wait', code: '88', message: 'Too many calls.', retryAt } as const;
    const world = await setUp({ answers: [wait] });
    const { db, deps, clock } = world;
    const { id } = await queue(world, 'later');
    await world.runner.runDue();
    const held = await findMessage(db, id);
    assert.deepEqual([held?.state, held?.heldUntil, held?.heldReason], ['held', retryAt, 'Too many calls.']);
    assert.equal(
      (await findConversation(db, world.conversation.id))?.answersLeft,
      5,
      'the answer is given back',
    );
    clock.now = retryAt - 1;
    await releaseHeld(deps);
    assert.equal(await world.runner.runDue(), 0);
    clock.now = retryAt;
    await releaseHeld(deps);
    await world.runner.runDue();
    assert.equal((await findMessage(db, id))?.state, 'sent');
    assert.equal(world.sent.length, 2);
  });

  test(said('a message the other side refuses is failed with its code, and is not sent again'), async () => {
    const refusal = { ok: false, remedy: 'fail', code: '349', message: 'Bob takes no messages.' } as const;
    const world = await setUp({ answers: [refusal] });
    const { db, deps, clock } = world;
    const { id } = await queue(world, 'refused');
    await world.runner.runDue();
    clock.now += day;
    await releaseHeld(deps);
    await settleMessages(deps);
    await world.runner.runDue();
    const failed = await findMessage(db, id);
    assert.deepEqual(
      [failed?.state, failed?.errorCode, failed?.error],
      ['failed', '349', 'Bob takes no messages.'],
    );
    assert.deepEqual([failed?.isCounted, world.sent.length], [false, 1]);
  });

  test(
    said('a process that dies while sending leaves a message unknown, which is never sent again'),
    async () => {
      const world = await setUp({ answers: [new Error('planted: the process is gone')] });
      const { db, deps, clock } = world;
      const { id } = await queue(world, 'perhaps');
      await world.runner.runDue();
      assert.equal((await findMessage(db, id))?.state, 'sending');
      clock.now += minute;
      await world.runner.runDue();
      assert.equal((await findMessage(db, id))?.state, 'sending', 'its job leaves it alone');
      clock.now += minute;
      world.sent.length = 0;
      await settleMessages({ ...deps, types: withoutLookUp(deps) });
      assert.equal((await findMessage(db, id))?.state, 'unknown');
      assert.equal((await findMessage(db, id))?.error, null);
      clock.now += 10 * minute;
      await settleMessages({ ...deps, types: withoutLookUp(deps) });
      const told = await findMessage(db, id);
      assert.match(told?.error ?? '', /may or may not have arrived/);
      await releaseHeld(deps);
      await world.runner.runDue();
      assert.deepEqual([(await findMessage(db, id))?.state, world.sent], ['unknown', []]);
    },
  );

  test(said('an answer that was lost is looked up: the message was sent once'), async () => {
    const world = await setUp();
    const { db, deps, sandbox } = world;
    for (const fault of ['drop-answer', 'lose-echo'] as const) sandbox.faults.set(fault, { times: 1 });
    const { id } = await queue(world, 'Where is it?');
    await sendMessage(deps, id);
    await settleMessages(deps);
    const settled = await findMessage(db, id);
    assert.equal(settled?.state, 'sent');
    assert.match(settled?.remoteId ?? '', /^\d+$/);
    await world.runner.runDue();
    assert.equal(sendsAt(world.world), 1);
    assert.deepEqual(
      (await outgoing(db)).map((message) => message.state),
      ['sent'],
    );
  });

  test(said('nothing goes out on a disabled channel; enabled, it goes'), async () => {
    const world = await setUp({ answers: [] });
    const { db, deps } = world;
    await disableChannel(world.world.deps, admin, world.channel.id);
    const { id } = await queue(world, 'parked');
    await world.runner.runDue();
    const held = await findMessage(db, id);
    assert.deepEqual([held?.state, held?.heldUntil], ['held', null]);
    assert.match(held?.heldReason ?? '', /is disabled/);
    await releaseHeld(deps);
    assert.equal(await world.runner.runDue(), 0);
    await enableChannel(world.world.deps, admin, world.channel.id);
    await world.runner.runDue();
    assert.equal((await findMessage(db, id))?.state, 'sent');
  });

  test(
    said('a revoked account parks the outbox; once the channel is authorized it goes on, in order'),
    async () => {
      const revoked = {
        ok: false,
        remedy: 'reauthorize',
        code: '89',
        message: 'The token is revoked.',
      } as const;
      const world = await setUp({ answers: [revoked] });
      const { db, deps } = world;
      for (const text of ['one', 'two', 'three']) await queue(world, text);
      await world.runner.runDue();
      const messages = await outgoing(db);
      assert.deepEqual(
        messages.map(({ state, held_until: until }) => [state, until]),
        Array.from({ length: 3 }, () => ['held', null]),
      );
      assert.equal((await db('channels').first()).state, 'needs_authorize');
      assert.equal(world.sent.length, 1);
      await moveChannel(db, world.channel.id, 'any', 'active', deps.now());
      await releaseHeld(deps);
      await world.runner.runDue();
      assert.deepEqual(
        (await outgoing(db)).map((message) => message.state),
        ['sent', 'sent', 'sent'],
      );
      assert.deepEqual(world.sent.map(textIn), ['one', 'one', 'two', 'three']);
    },
  );

  test(
    said('a person replies: the bot is silent, a closed conversation opens, and nobody else sees it'),
    async () => {
      const world = await setUp({ answers: [] });
      const { deps, db, conversation, clock } = world;
      const { id } = conversation;
      await closeConversation(deps, { actor: admin, id });
      const token = 'agent:one';
      const input = { actor: admin, id, text: 'Hello Bob', clientToken: token };
      const message = await replyAsWorker(deps, input);
      assert.equal((await replyAsWorker(deps, input)).id, message.id);
      const view = await getConversation(deps, { actor: admin, id });
      assert.equal(view.conversation.state, 'open');
      assert.equal(view.conversation.botPausedUntil, clock.now + world.channel.settings.botPauseMs);
      assert.deepEqual(
        [view.contact?.name, view.allowance?.answersLeft, view.allowance?.dayLeft],
        ['Bob Example', 5, 1000],
      );
      await resumeBot(deps, { actor: admin, id });
      assert.equal((await findConversation(db, id))?.botPausedUntil, null);
      await world.runner.runDue();
      const thread = await listThread(deps, { actor: admin, id, limit: 10 });
      assert.deepEqual(thread.map(({ author, text }) => [author, text]).sort(), [
        ['agent', 'Hello Bob'],
        ['contact', 'Hi'],
      ]);
      const stranger = { kind: 'worker', id: 'w-2', name: 'Zoe', isAdmin: false, groupIds: [] } as const;
      await rejects(getConversation(deps, { actor: stranger, id }), 'not_found');
      await rejects(replyAsWorker(deps, { ...input, actor: stranger }), 'not_found');
      assert.deepEqual(await listConversations(deps, { actor: stranger, limit: 10 }), []);
      const listed = await listConversations(deps, { actor: admin, state: 'open', limit: 10 });
      assert.deepEqual(
        listed.map((one) => one.conversation.id),
        [id],
      );
    },
  );

  test(said('a closed conversation is not opened beside a newer one of the same person'), async () => {
    const world = await setUp({ answers: [] });
    const { deps, db, conversation, clock } = world;
    const { id } = conversation;
    await closeConversation(deps, { actor: admin, id });
    clock.now += world.channel.settings.reopenMs + minute;
    await world.write('Me again');
    const open = await listConversations(deps, { actor: admin, state: 'open', limit: 10 });
    assert.equal(open.length, 1);
    assert.notEqual(open[0]?.conversation.id, id);
    await rejects(reopenConversation(deps, { actor: admin, id }), 'conflict');
    await noteInbound(db, id, {
      at: clock.now,
      answersLeft: 5,
      answersUntil: clock.now + day,
      now: clock.now,
    });
  });
});

function idIn(payload: unknown): string {
  return (payload as { messageId: string }).messageId;
}

function outgoing(db: Knex) {
  return db('messages').where({ direction: 'out' }).orderBy(['created_at', 'id']);
}

async function jobsOf(db: Knex): Promise<number> {
  return (await db('jobs').where({ kind: sendJob })).length;
}

/** How often the remote service was asked to send a direct message. */
function sendsAt(world: World): number {
  return world.sandbox.journal.entries().filter(({ path }) => path.endsWith('/events/new.json')).length;
}

function textIn(body: unknown): string {
  const { event } = body as { event: { message_create: { message_data: { text: string } } } };
  return event.message_create.message_data.text;
}

function withoutLookUp(deps: SendDeps): SendDeps['types'] {
  return new Map([...deps.types].map(([id, { lookUp: _, ...type }]) => [id, type]));
}

function countedRow(channelId: string, index: number, sentAt: number): Record<string, unknown> {
  return {
    id: `counted-${index}`,
    channel_id: channelId,
    direction: 'out',
    author: 'bot',
    author_name: 'b',
    text: 'x',
    attachments: '[]',
    state: 'sent',
    client_token: `counted-${index}`,
    is_counted: 1,
    is_echoed: 0,
    tries: 1,
    at: sentAt,
    sent_at: sentAt,
    created_at: sentAt,
  };
}

async function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(promise, (error) => error instanceof HubError && error.code === code);
}
