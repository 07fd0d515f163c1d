import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Knex } from 'knex';
import type { BehaviorNode } from '../../server/bots/behavior.ts';
import { removeBot } from '../../server/bots/bots.ts';
import { createGroupCommit } from '../../server/bots/group-commit.ts';
import { runBehavior } from '../../server/bots/run.ts';
import { insertBehavior, updateBot } from '../../server/bots/store.ts';
import { answerMessage } from '../../server/channels/answer.ts';
import { channelsForBots } from '../../server/channels/bot-port.ts';
import type { ChannelReading, Outgoing } from '../../server/channels/channel.ts';
import { disableChannel } from '../../server/channels/channels.ts';
import { channelsOn, removeChannelRows } from '../../server/channels/dependents.ts';
import { hookJob, processHook } from '../../server/channels/process-hook.ts';
import { createJobRunner } from '../../server/jobs.ts';
import { createBotStage } from '../../server/templates/bot-stage.ts';
import { keysInMemory, refusingPorts, runConfig } from '../support/bots.ts';
import { admin, openWorld, startedAt, type World } from '../support/channels.ts';
import { withDatabases } from '../support/databases.ts';

const owners = {
  list: async () => [],
  label: async () => 'Ada',
  whoMayUse: async () => 'Ada.',
  exists: async () => true,
};

type Answer = ChannelReading<{ remoteId: string }> | Error;

const templates = createBotStage({ now: () => startedAt, workers: 1 });
after(() => templates.close());

withDatabases((database) => {
  const worlds: World[] = [];
  after(async () => {
    for (const world of worlds) await world.close();
  });

  /** A bot with one behavior of these actions, on a channel; `answers` as the remote service gives them. */
  async function setUp(actions: object[], { answers = [] as Answer[] } = {}) {
    const world = await openWorld(await database.open());
    worlds.push(world);
    const channel = await world.addActiveChannel();
    const sent: Outgoing[] = [];
    let count = 0;
    const sending = {
      ...world.deps,
      callRemote: async (_: unknown, call: { request: { body: string } }) => {
        sent.push(JSON.parse(call.request.body).event?.message_create ?? call.request.body);
        const next = answers.shift() ?? { ok: true, value: { remoteId: `r${++count}` } };
        if (next instanceof Error) throw next;
        // A stub answers whatever is asked; these tests send only.
        return next as never;
      },
    };
    const account = { id: channel.accountId ?? '', uri: null, name: 'Acme Help', owner: app };
    const bots = {
      ...world.deps,
      accounts: {
        find: async () => account,
        list: async () => [account],
        secrets: async () => [],
        request: async () => assert.fail('no request of its own'),
      },
      owners,
      commit: createGroupCommit(world.deps.db),
      keys: keysInMemory(),
      ...refusingPorts,
      config: { ...world.deps.config, ...runConfig },
      templates,
      channels: channelsForBots(sending),
    };
    const answering = {
      ...sending,
      runBehavior: (input: Parameters<typeof runBehavior>[1]) => runBehavior(bots, input),
    };
    await addBehavior(world, actions, 50);
    const { db, now, newId, log } = world.deps;
    const run = (payload: unknown) => processHook(world.deps, payload as { hookId: string });
    const runner = createJobRunner({ db, now, newId, log, handlers: [{ kind: hookJob, run }] });
    /** Bob writes; the id of the message as stored. */
    const write = async (text: string): Promise<string> => {
      await world.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text });
      await runner.runDue();
      return (
        await db('messages')
          .where({ direction: 'in' })
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .first()
      ).id;
    };
    const outgoing = () => db('messages').where({ direction: 'out' }).orderBy(['created_at', 'id']);
    const answer = (messageId: string) => answerMessage(answering, messageId);
    return { world, db, channel, sent, write, answer, outgoing, bots };
  }

  async function addBehavior({ deps, botId }: World, actions: object[], priority: number): Promise<void> {
    const node: BehaviorNode = {
      type: 'action',
      title: 'Say',
      status: 'live',
      params: { actions },
      nodes: [],
    };
    const event = { key: 'event.channel.message.received', params: {} };
    const flags = { isDisabled: false, isPrivate: false, priority, variables: [], uri: null };
    const behavior = { title: `Behavior ${priority}`, botId, event, ...flags, nodes: [node] };
    await insertBehavior(deps.db, deps.newId(), behavior, deps.now());
  }

  const reply = { action: 'channel.reply', text: 'You said: {{message_text}}, {{sender_name}}' };
  const said = (sentence: string) => `${database.name}: ${sentence}`;

  test(
    said('a received message is answered by the behaviors of the bot, by priority, in its name'),
    async () => {
      const { world, write, answer, sent, outgoing } = await setUp([reply]);
      await addBehavior(world, [{ action: 'channel.reply', text: 'First of all' }], 1);
      await answer(await write('Hello'));
      assert.deepEqual(
        sent.map((one) => JSON.parse(JSON.stringify(one)).message_data.text),
        ['First of all', 'You said: Hello, Bob Example'],
      );
      const messages = await outgoing();
      assert.deepEqual(
        messages.map((message) => [message.author, message.author_name, message.state]),
        Array.from({ length: 2 }, () => ['bot', 'Desk bot', 'sent']),
      );
    },
  );

  test(
    said('answered again, after the process died between two replies, nothing is sent twice'),
    async () => {
      const { write, answer, sent, outgoing } = await setUp([reply, { ...reply, text: 'And more' }], {
        answers: [{ ok: true, value: { remoteId: 'r-first' } }, new Error('planted: the process is gone')],
      });
      const message = await write('Hello');
      await answer(message);
      assert.deepEqual(
        (await outgoing()).map(({ state }) => state),
        ['sent', 'sending'],
      );
      await answer(message);
      await answer(message);
      assert.equal(sent.length, 2);
      assert.equal((await outgoing()).length, 2);
    },
  );

  test(said('a bot that is disabled, paused or on a disabled channel says nothing'), async () => {
    const { world, db, channel, write, answer, sent } = await setUp([reply]);
    const message = await write('Hello');
    const now = world.deps.now();
    await db('conversations').update({ bot_paused_until: now + 1000 });
    await answer(message);
    await db('conversations').update({ bot_paused_until: null });
    const bot = { name: 'Desk bot', uri: null, owner: app, params: {}, image: null };
    await updateBot(db, world.botId, { ...bot, isDisabled: true }, now);
    await answer(message);
    await updateBot(db, world.botId, { ...bot, isDisabled: false }, now);
    await disableChannel(world.deps, admin, channel.id);
    await answer(message);
    assert.deepEqual(sent, []);
  });

  test(
    said("the remote service's refusal is in _error with its code; a behavior that fails stops no other"),
    async () => {
      const refusal = { ok: false, remedy: 'fail', code: '349', message: 'Bob takes no messages.' } as const;
      const { world, db, write, answer, sent } = await setUp(
        [reply, { action: '_set_custom_var', value: '{{_error.code}}', var: 'code' }],
        { answers: [refusal] },
      );
      await addBehavior(world, [{ action: 'channel.reply', text: '{{nothing}}' }], 60);
      await addBehavior(world, [{ action: 'channel.reply', text: 'The last one' }], 70);
      await answer(await write('Hello'));
      const runs = await db('runs').orderBy('started_at').orderBy('id');
      assert.deepEqual(
        runs.map((run) => [run.status, JSON.parse(run.outcome).values.code]),
        [
          ['done', '349'],
          ['failed', undefined],
          ['done', undefined],
        ],
      );
      assert.equal(sent.length, 2);
      assert.match((await db('channels').first()).last_error, /'Behavior 60' could not answer/);
    },
  );

  test(said('a text that is too long is refused with its number, and nothing is sent'), async () => {
    const long = { action: 'channel.reply', text: 'x'.repeat(10_001) };
    const keep = { action: '_set_custom_var', value: '{{_error.code}}: {{_error.message}}', var: 'why' };
    const { db, write, answer, sent } = await setUp([long, keep]);
    await answer(await write('Hello'));
    const { values } = JSON.parse((await db('runs').first()).outcome);
    assert.match(values.why, /^too_long: .*10,001 characters/);
    assert.deepEqual(sent, []);
  });

  test(said('the button that an answer names is its payload, by label and by number'), async () => {
    const offer = {
      action: 'channel.reply',
      text: '{{message_payload|default("none")}}',
      buttons: 'Delivery | t:d\nRefund | t:r',
    };
    const { write, answer, sent, world } = await setUp([offer]);
    for (const text of ['Hello', 'delivery', '2', 'something else']) {
      await answer(await write(text));
      world.clock.now += 1000;
    }
    assert.deepEqual(
      sent.map((one) => JSON.parse(JSON.stringify(one)).message_data.text),
      ['none', 't:d', 't:r', 'none'],
    );
  });

  test(
    said('a direct message begins a conversation; without a channel for the account it is refused'),
    async () => {
      const direct = { action: 'channel.direct_message', account_id: 'x', to: '777', text: 'Hello 777' };
      const { db, write, answer, outgoing, bots } = await setUp([direct]);
      await answer(await write('Hi'));
      const [message] = await outgoing();
      const conversation = await db('conversations').where({ id: message.conversation_id }).first();
      assert.deepEqual([message.state, conversation.external_key], ['sent', '777']);
      const outcome = await bots.channels.post(
        { bot: { id: 'b', name: 'b' }, origin: undefined, token: 't' },
        { account: 'of no channel', text: 'x', inReplyTo: null },
      );
      assert.equal(outcome.ok ? '' : outcome.code, 'no_channel');
    },
  );

  test(
    said('channels hang on their bot and their account, and go with them; conversations stay'),
    async () => {
      const { world, db, channel, write } = await setUp([reply]);
      await write('Hi');
      const context = 'cerberusweb.contexts.bot';
      const [hanging] = await channelsOn(db, context, world.botId);
      assert.equal(hanging?.id, channel.id);
      assert.equal(
        (await channelsOn(db, 'cerberusweb.contexts.connected_account', channel.accountId ?? '')).length,
        1,
      );
      const deps = {
        ...world.deps,
        owners,
        otherDependents: {
          of: channelsOn,
          remove: (trx: Knex, one: { context: string; id: string }) =>
            removeChannelRows(world.deps, trx, one),
        },
      };
      const removing = { actor: admin, bot: world.botId };
      await assert.rejects(removeBot(deps, { ...removing, withDependents: false }), /is used by .*'Twitter'/);
      await removeBot(deps, { ...removing, withDependents: true });
      assert.equal((await db('bots')).length, 0);
      assert.deepEqual(await channelsOn(db, context, world.botId), []);
      assert.equal((await db('conversations')).length, 1);
      assert.equal((await db('streams').whereNull('ended_at')).length, 0);
      const [account] = await db('connected_accounts');
      assert.equal(account.status, 'unlinked');
    },
  );
});

const app = { context: 'app', id: '0' } as const;
