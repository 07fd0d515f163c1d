/** What comes in, applied to a database: which conversation it joins, and what opens none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Knex } from 'knex';
import { insertBot } from '../../server/bots/store.ts';
import type { ChannelEvent, RemotePerson } from '../../server/channels/channel.ts';
import { applyEvents } from '../../server/channels/events.ts';
import { type Channel, defaultSettings } from '../../server/channels/records.ts';
import { insertChannel } from '../../server/channels/store-channels.ts';
import { listConversations, takeAnswer } from '../../server/channels/store-conversations.ts';
import { listMessages } from '../../server/channels/store-messages.ts';
import { channelTypes } from '../../server/channels/types.ts';
import { withDatabases } from '../support/databases.ts';

const now = Date.UTC(2026, 0, 1, 12);
const self: RemotePerson = { id: '3001', name: 'Acme Help', handle: 'acmehelp', imageUrl: null };
const ana: RemotePerson = { id: '4002', name: 'Ana Ruiz', handle: 'anaruiz', imageUrl: null };
const bob: RemotePerson = { id: '4009', name: 'Bob', handle: 'bob', imageUrl: null };

const channel: Channel = {
  id: 'CHANNEL',
  botId: 'BOT',
  type: 'twitter',
  name: 'Twitter',
  accountId: null,
  ownsAccount: false,
  label: 'prod',
  transport: 'webhook',
  state: 'active',
  isEnabled: true,
  enabledAt: now,
  settings: defaultSettings,
  remoteUserId: self.id,
  remoteUserName: self.name,
  accessLevel: null,
  remoteWebhookId: null,
  isValid: null,
  lastCrcAt: null,
  lastEventAt: null,
  lastErrorAt: null,
  lastError: null,
  pollCursors: {},
  createdAt: now,
  updatedAt: now,
};

function post(
  id: string,
  answers: string | null,
  person: RemotePerson,
  direction: 'in' | 'out' = 'in',
): ChannelEvent {
  return {
    kind: 'message',
    key: `tw:${id}`,
    remoteId: id,
    at: now + Number(id),
    direction,
    conversation: { kind: 'mention', key: answers ?? id },
    person,
    text: `post ${id}`,
    payload: null,
    sentByApp: null,
    attachments: [],
    raw: {},
  };
}

withDatabases(({ name, open }) => {
  describe(`events of a channel on ${name}`, () => {
    async function start() {
      const db = await open();
      const owner = { context: 'app', id: '0' } as const;
      await insertBot(
        db,
        'BOT',
        { name: 'Desk', uri: null, owner, isDisabled: false, params: {}, image: null },
        now,
      );
      await insertChannel(db, channel);
      let count = 0;
      const deps = { db, types: channelTypes, now: () => now, newId: () => `ID${++count}` };
      return { db, apply: (...events: ChannelEvent[]) => applyEvents(deps, channel, events) };
    }

    async function threads(db: Knex) {
      const conversations = await listConversations(db, { channelIds: ['CHANNEL'] }, { limit: 50 });
      return Promise.all(
        conversations.map(async ({ id, externalKey }) => ({
          externalKey,
          posts: (await listMessages(db, id, { limit: 50 })).map(({ remoteId }) => remoteId).sort(),
        })),
      );
    }

    test('answers to any post of a thread join its conversation, whoever writes', async () => {
      const { db, apply } = await start();
      await apply(post('1', null, ana));
      await apply(post('2', '1', ana, 'out'));
      await apply(post('3', '2', ana), post('4', '3', bob));
      assert.deepEqual(await threads(db), [{ externalKey: '1', posts: ['1', '2', '3', '4'] }]);
    });

    test('a post of the account itself that answers nobody opens no conversation', async () => {
      const { db, apply } = await start();
      assert.equal(await apply(post('1', null, self, 'out')), 1);
      assert.deepEqual(await threads(db), []);
      await apply(post('2', '1', ana));
      assert.deepEqual(await threads(db), [{ externalKey: '1', posts: ['2'] }]);
    });

    test('answers that are left are taken one by one, after their time too', async () => {
      const { db, apply } = await start();
      await apply(post('1', null, ana));
      const [conversation] = await listConversations(db, { channelIds: ['CHANNEL'] }, { limit: 1 });
      const id = conversation?.id ?? '';
      const taken = [];
      for (let n = 0; n < 6; n++) taken.push(await takeAnswer(db, id));
      assert.deepEqual(taken, [true, true, true, true, true, false]);
    });
  });
});
