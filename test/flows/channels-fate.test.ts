/** What becomes of messages whose answer was lost, where others say the same; and of a token that is killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Knex } from 'knex';
import { authorizeChannel } from '../../server/channels/authorize.ts';
import type { ChannelCall } from '../../server/channels/channel.ts';
import { getChannel } from '../../server/channels/channels.ts';
import { queueMessage } from '../../server/channels/outbox.ts';
import type { Channel, Conversation, Message } from '../../server/channels/records.ts';
import { callRemote } from '../../server/channels/remote.ts';
import { saveChannel } from '../../server/channels/save.ts';
import { type Deps as SendDeps, sendMessage } from '../../server/channels/send.ts';
import { releaseHeld, settleMessages } from '../../server/channels/settle.ts';
import { keepContact } from '../../server/channels/store-contacts.ts';
import { listConversations } from '../../server/channels/store-conversations.ts';
import { findMessage } from '../../server/channels/store-messages.ts';
import { inTransaction } from '../../server/db/transaction.ts';
import { admin, ids, openWorld, type World } from '../support/channels.ts';
import { withDatabases } from '../support/databases.ts';

interface Prepared extends World {
  sending: SendDeps & { totalTimeoutMs: number };
  /** As the bot, to Bob; sent at once. */
  say(text: string, deps?: SendDeps): Promise<Message>;
}

withDatabases((database) => {
  let shared: Promise<Knex> | undefined;
  /** Bob has written on an active channel. */
  const flow = (title: string, run: (world: Prepared, channel: Channel) => Promise<void>) =>
    test(`${database.name}: ${title}`, async () => {
      shared ??= database.open();
      const world = await openWorld(await shared);
      try {
        const channel = await world.addActiveChannel();
        await world.sandbox.act({ type: 'dm', from: 'bob', to: 'alice', text: 'Hi' });
        await world.runJobs();
        const [conversation] = await listConversations(world.db, {}, { limit: 1 });
        assert.ok(conversation);
        const sending = {
          ...world.deps,
          totalTimeoutMs: 5_000,
          callRemote: <T>(on: Channel, call: ChannelCall<T>) => callRemote(world.deps, on, call),
        };
        await run(Object.assign(world, { sending, say: saying(sending, channel, conversation) }), channel);
      } finally {
        await world.close();
      }
    });

  flow(
    'of two messages of one text, the one that arrived is told from the one that did not',
    async (world) => {
      const { db, sandbox, sending, say } = world;
      sandbox.faults.set('error-500', { path: sendPath, times: 1 });
      const lost = await say('Right back at you');
      assert.equal(lost.state, 'unknown');
      const sent = await say('Right back at you');
      assert.equal(sent.state, 'sent');
      for (let i = 0; i < 2; i++) {
        await settleMessages(sending);
        world.clock.now += 600_000;
      }
      const told = await findMessage(db, lost.id);
      assert.deepEqual([told?.state, told?.remoteId], ['unknown', null]);
      assert.match(told?.error ?? '', /may or may not have arrived/);
      assert.equal((await findMessage(db, sent.id))?.remoteId, sent.remoteId);
    },
  );

  flow('an echo that was taken for a message of the same text is given back by the answer', async (world) => {
    const { db, sandbox, sending, say } = world;
    sandbox.faults.set('error-500', { path: sendPath, times: 1 });
    const lost = await say('Right back at you');
    const sent = await say('Right back at you', {
      ...sending,
      async callRemote(on, call) {
        const answer = await sending.callRemote(on, call);
        await world.runJobs(); // The echo comes before the answer.
        return answer;
      },
    });
    assert.deepEqual([sent.state, sent.error], ['sent', null]);
    assert.match(sent.remoteId ?? '', /^\d{16,}$/);
    assert.deepEqual(
      [(await findMessage(db, lost.id))?.state, (await findMessage(db, lost.id))?.remoteId],
      ['unknown', null],
    );
    assert.equal((await db('messages').where({ direction: 'out' })).length, 2);
  });

  flow(
    'a token that is killed without a word parks the outbox; entered anew it goes on',
    async (world, channel) => {
      const { db, sandbox, sending, say } = world;
      const enter = async () => {
        const { oauth_token, oauth_token_secret } = world.keysOf('alice');
        await saveChannel(world.deps, admin, channel.id, { keys: { oauth_token, oauth_token_secret } });
        assert.equal((await authorizeChannel(world.deps, admin, channel.id)).state, 'active');
        return oauth_token;
      };
      sandbox.revokeToken(await enter());
      const waiting = await say('Are you there?');
      assert.deepEqual([waiting.state, waiting.heldUntil], ['held', null]);
      const stopped = await getChannel(db, admin, channel.id);
      assert.equal(stopped.state, 'needs_authorize');
      assert.match(stopped.lastError ?? '', /no longer valid/);
      assert.equal((await db('connected_accounts').first()).status, 'revoked');
      const asked = sandbox.journal.entries().length;
      assert.equal((await say('And another')).state, 'held');
      await releaseHeld(sending);
      assert.equal(sandbox.journal.entries().length, asked, 'nothing is asked meanwhile');

      await enter();
      await sendMessage(sending, waiting.id);
      const texts = (await db('messages').orderBy(['created_at', 'id'])).map((row) => [row.text, row.state]);
      assert.deepEqual(texts, [
        ['Hi', 'received'],
        ['Are you there?', 'sent'],
        ['And another', 'sent'],
      ]);
    },
  );

  flow('whatever is told of a person at once, the latest stays', async ({ db }) => {
    const names = Array.from({ length: 24 }, (_, at) => ({ at: at + 1, name: `Ana ${at + 1}` }));
    await Promise.all(
      names.map(({ at, name }) =>
        inTransaction(db, (trx) => {
          const person = { id: '4002', name, handle: null, imageUrl: null };
          return keepContact(trx, person, { id: `contact-${at}`, type: 'twitter', at });
        }),
      ),
    );
    const rows = await db('contacts').where({ remote_id: '4002' });
    assert.deepEqual(
      rows.map((row) => [row.name, Number(row.updated_at)]),
      [['Ana 24', 24]],
    );
  });
});

const sendPath = '/1.1/direct_messages/events/new.json';

function saying(sending: SendDeps, channel: Channel, conversation: Conversation): Prepared['say'] {
  return async (text, deps = sending) => {
    const { id } = await inTransaction(sending.db, (trx) =>
      queueMessage(sending, trx, {
        channel,
        conversation,
        outgoing: { kind: 'direct', to: ids.bob, text, buttons: [] },
        author: 'bot',
        authorName: 'Desk bot',
        clientToken: sending.newId(),
      }),
    );
    const message = await sendMessage(deps, id);
    assert.ok(message);
    return message;
  };
}
