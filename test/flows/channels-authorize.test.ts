/** A channel from its draft to its end, at the sandbox. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Knex } from 'knex';
import { authorizeChannel } from '../../server/channels/authorize.ts';
import {
  addressOf,
  createDraft,
  disableChannel,
  enableChannel,
  getChannel,
  pauseStream,
  replaceStream,
} from '../../server/channels/channels.ts';
import { deleteChannel } from '../../server/channels/delete.ts';
import { checkWebhooks } from '../../server/channels/poll.ts';
import { callRemote } from '../../server/channels/remote.ts';
import { saveChannel } from '../../server/channels/save.ts';
import { typeOf } from '../../server/channels/type-of.ts';
import { HubError } from '../../server/errors.ts';
import { admin, app, ids, label, openWorld, type World } from '../support/channels.ts';
import { withDatabases } from '../support/databases.ts';

withDatabases((database) => {
  let shared: Promise<Knex> | undefined;
  const flow = (title: string, run: (world: World) => Promise<void>) =>
    test(`${database.name}: ${title}`, async () => {
      shared ??= database.open();
      const world = await openWorld(await shared);
      try {
        await run(world);
      } finally {
        await world.close();
      }
    });
  const urlOf = async ({ deps }: World, id: string) => (await addressOf(deps, id))?.url;

  flow('a draft has its address before any key is entered, of at least 128 random bits', async (world) => {
    const draft = await createDraft(world.deps, admin, { bot: world.botId, type: 'twitter' });
    const other = await createDraft(world.deps, admin, { bot: world.botId, type: 'twitter' });
    assert.deepEqual([draft.state, draft.isEnabled, draft.accountId], ['draft', false, null]);
    const url = await urlOf(world, draft.id);
    assert.match(url ?? '', /^https:\/\/hub\.test\/hooks\/x\/[\w-]{22,}$/);
    assert.notEqual(url, await urlOf(world, other.id));
    await assert.rejects(enableChannel(world.deps, admin, draft.id), /Authorize/);
  });

  flow('each of the four keys is asked for by its name, and none is ever given back', async (world) => {
    const draft = await createDraft(world.deps, admin, { bot: world.botId, type: 'twitter' });
    const keys = world.keysOf('alice');
    const names = {
      client_id: 'API key',
      client_secret: 'API Secret Key',
      oauth_token: 'Access Token',
      oauth_token_secret: 'Access Token Secret',
    };
    for (const [key, name] of Object.entries(names)) {
      const saving = saveChannel(world.deps, admin, draft.id, { keys: { ...keys, [key]: ' ' } });
      await assert.rejects(saving, { message: `${name} is missing.` });
    }
    const { channel } = await saveChannel(world.deps, admin, draft.id, { keys, label });
    assert.deepEqual([channel.state, channel.ownsAccount, channel.label], ['needs_authorize', true, label]);
    assert.doesNotMatch(JSON.stringify(channel), new RegExp(keys.oauth_token_secret));
    const [service] = await world.db('connected_services');
    assert.doesNotMatch(JSON.stringify(service), /canary-consumer-secret/);
    const bad = saveChannel(world.deps, admin, draft.id, { label: 'no blanks' });
    await assert.rejects(bad, (error) => error instanceof HubError && error.code === 'bad_request');
  });

  flow('Authorize verifies, registers, subscribes; pressed again it changes nothing', async (world) => {
    const { id } = await world.addChannel();
    for (let i = 0; i < 2; i++) {
      const { state, steps } = await authorizeChannel(world.deps, admin, id);
      assert.equal(state, 'active', JSON.stringify(steps));
      assert.ok(steps.every((step) => step.ok && step.text !== ''));
      assert.deepEqual(
        world.sandbox.webhooks().map(({ url }) => url),
        [await urlOf(world, id)],
      );
      assert.deepEqual(
        world.sandbox.subscriptions().map(({ userId }) => userId),
        [ids.alice],
      );
    }
    await world.flush();
    const channel = await getChannel(world.db, admin, id);
    assert.deepEqual(
      [channel.remoteUserId, channel.remoteUserName, channel.accessLevel, channel.isValid, channel.lastError],
      [ids.alice, 'alice', 'read-write-directmessages', true, null],
    );
    assert.equal(channel.lastCrcAt, world.clock.now);
    const account = await world.db('connected_accounts').first();
    assert.deepEqual([account.identity_id, account.identity_name], [ids.alice, 'alice']);
  });

  flow('stopped before or after any of its steps, Authorize converges when pressed again', async (world) => {
    const environment = `/1.1/account_activity/all/${label}`;
    const steps: [string, string][] = [
      ['/1.1/account/verify_credentials.json', 'GET'],
      ['/oauth2/token', 'POST'],
      [`${environment}/webhooks.json`, 'GET'],
      [`${environment}/webhooks.json`, 'POST'],
      [`${environment}/subscriptions.json`, 'GET'],
      [`${environment}/subscriptions.json`, 'POST'],
    ];
    for (const [path, method] of steps) {
      for (const fault of ['error-500', 'drop-answer'] as const) {
        const { id } = await world.addChannel();
        // A GET is asked three times by the door itself.
        world.sandbox.faults.set(fault, { path, method, times: method === 'GET' ? 3 : 1 });
        const first = await authorizeChannel(world.deps, admin, id);
        assert.equal(first.steps.at(-1)?.ok, false, `${fault} ${method} ${path}`);
        assert.notEqual(first.state, 'active');
        world.sandbox.faults.clear();
        const second = await authorizeChannel(world.deps, admin, id);
        assert.equal(second.state, 'active', JSON.stringify(second.steps));
        assert.equal(world.sandbox.webhooks().length, 1);
        assert.equal(world.sandbox.subscriptions().length, 1);
        const { report } = await deleteChannel(world.deps, admin, id, { conversations: 'erase' });
        assert.ok(report.every(({ ok }) => ok));
        assert.deepEqual([world.sandbox.webhooks().length, world.sandbox.subscriptions().length], [0, 0]);
        world.deps.appTokens.clear();
      }
    }
  });

  flow('a webhook whose registration was not answered is found and removed all the same', async (world) => {
    const path = `/1.1/account_activity/all/${label}/webhooks.json`;
    const stopped = async () => {
      const { id } = await world.addChannel();
      world.sandbox.faults.set('drop-answer', { path, method: 'POST', times: 1 });
      await authorizeChannel(world.deps, admin, id);
      world.sandbox.faults.clear();
      assert.equal(world.sandbox.webhooks().length, 1);
      assert.equal((await getChannel(world.db, admin, id)).remoteWebhookId, null);
      return id;
    };
    await deleteChannel(world.deps, admin, await stopped(), { conversations: 'erase' });
    assert.deepEqual(world.sandbox.webhooks(), []);

    const id = await stopped();
    const { report } = await saveChannel(world.deps, admin, id, { label: 'dev' });
    assert.ok(report.length > 0 && report.every(({ ok }) => ok), JSON.stringify(report));
    assert.deepEqual(world.sandbox.webhooks(), []);

    await saveChannel(world.deps, admin, id, { label });
    assert.equal((await authorizeChannel(world.deps, admin, id)).state, 'active');
    await world.db('channels').update({ remote_webhook_id: null });
    world.sandbox.faults.set('error-500', { path, method: 'GET', times: 9 });
    const { report: left } = await deleteChannel(world.deps, admin, id, { conversations: 'erase' });
    assert.deepEqual(
      left.map(({ name, ok }) => [name, ok]),
      [['find webhook', false]],
      'what cannot be found out is told',
    );
  });

  flow(
    'a webhook of somebody else is named and kept until somebody decides; an own old one is replaced',
    async (world) => {
      const { id } = await world.addActiveChannel();
      await world.db('streams').update({ channel_id: null, stream_id: 'x'.repeat(30) });
      const second = await world.addChannel({ label: 'dev' });
      await world.db('channels').where({ id: second.id }).update({ label });
      const asked = await authorizeChannel(world.deps, admin, second.id);
      assert.equal(asked.state, 'needs_authorize');
      assert.equal(asked.foreign.length, 1);
      const kept = await authorizeChannel(world.deps, admin, second.id, { foreign: 'keep' });
      assert.match(kept.steps.at(-1)?.text ?? '', /Too many resources/);
      const replaced = await authorizeChannel(world.deps, admin, second.id, { foreign: 'replace' });
      assert.equal(replaced.state, 'active');
      assert.deepEqual(
        world.sandbox.webhooks().map(({ url }) => url),
        [await urlOf(world, second.id)],
      );
      assert.equal((await getChannel(world.db, admin, id)).state, 'active');

      await world.db('channels').where({ id: second.id }).update({ remote_webhook_id: null });
      await replaceStream(world.deps, admin, second.id);
      assert.equal((await getChannel(world.db, admin, second.id)).state, 'needs_authorize');
      assert.equal((await authorizeChannel(world.deps, admin, second.id)).state, 'active');
      assert.deepEqual(
        world.sandbox.webhooks().map(({ url }) => url),
        [await urlOf(world, second.id)],
      );
    },
  );

  flow('each reason not to be authorized has its state', async (world) => {
    const { id } = await world.addChannel({ label: label.toLowerCase() });
    const noAccess = await authorizeChannel(world.deps, admin, id);
    assert.equal(noAccess.state, 'awaiting_provider_access');
    assert.match(noAccess.steps.at(-1)?.text ?? '', /case-sensitive/);
    world.sandbox.setAccessLevel(app.key, 'read-write');
    await saveChannel(world.deps, admin, id, { label, keys: world.keysOf('alice') });
    const tooLow = await authorizeChannel(world.deps, admin, id);
    assert.equal(tooLow.state, 'needs_permission');
    assert.match(tooLow.steps.at(-1)?.text ?? '', /new access token/);
    await saveChannel(world.deps, admin, id, { keys: { oauth_token_secret: 'another-fake-secret' } });
    const refused = await authorizeChannel(world.deps, admin, id);
    assert.equal(refused.state, 'needs_authorize');
    assert.equal((await getChannel(world.db, admin, id)).lastError, refused.steps.at(-1)?.text);
  });

  flow('other keys or another label leave the old webhook, and Authorize is needed again', async (world) => {
    const channel = await world.addActiveChannel();
    const { channel: same, report: nothing } = await saveChannel(world.deps, admin, channel.id, {
      name: 'Renamed',
      settings: { replyPolicy: 'adaptive', limits: { messagesPerDay: 500 } },
    });
    assert.deepEqual(
      [same.name, same.state, same.settings.replyPolicy, nothing],
      ['Renamed', 'active', 'adaptive', []],
    );
    const { channel: moved, report } = await saveChannel(world.deps, admin, channel.id, { label: 'dev' });
    assert.equal(moved.state, 'needs_authorize');
    assert.deepEqual(
      report.map(({ name, ok }) => [name, ok]),
      [
        ['unsubscribe', true],
        ['remove webhook', true],
      ],
    );
    assert.deepEqual(world.sandbox.webhooks(), []);
    assert.equal((await authorizeChannel(world.deps, admin, channel.id)).state, 'active');
    await assert.rejects(
      saveChannel(world.deps, admin, channel.id, { settings: { replyPolicy: 'whatever' } }),
      /strict or adaptive/,
    );
  });

  flow(
    'a second channel with the same app and label takes over the address, and both are told',
    async (world) => {
      const first = await world.addActiveChannel();
      const address = await urlOf(world, first.id);
      const bot = await world.addBot('Second bot');
      const draft = await createDraft(world.deps, admin, { bot, type: 'twitter', name: 'Second' });
      const ended = await urlOf(world, draft.id);
      const { notices } = await saveChannel(world.deps, admin, draft.id, {
        label,
        keys: world.keysOf('bob'),
      });
      assert.match(notices[0] ?? '', /took over the address of the channel 'Twitter'/);
      assert.equal(await urlOf(world, draft.id), address);
      assert.notEqual(ended, address);
      assert.equal(await urlOf(world, first.id), undefined);
      const loser = await getChannel(world.db, admin, first.id);
      assert.equal(loser.state, 'needs_authorize');
      assert.match(loser.lastError ?? '', /'Second' took over/);
      await assert.rejects(authorizeChannel(world.deps, admin, first.id), /took over/);
      assert.equal((await authorizeChannel(world.deps, admin, draft.id)).state, 'active');
      assert.deepEqual(
        world.sandbox.subscriptions().map(({ userId }) => userId),
        [ids.bob],
      );
      await saveChannel(world.deps, admin, first.id, { label: 'dev' });
      assert.equal((await authorizeChannel(world.deps, admin, first.id)).state, 'active');
      assert.equal(world.sandbox.webhooks().length, 2);
    },
  );

  flow(
    'a linked account serves in place of the four keys, and stays when the channel goes',
    async (world) => {
      const { accountId } = await world.addChannel();
      assert.ok(accountId);
      await world.db('channels').update({ owns_account: 0 });
      const second = await world.addChannel({ accountId, label: 'dev' });
      assert.deepEqual([second.accountId, second.ownsAccount], [accountId, false]);
      await enableChannel(world.deps, admin, second.id);
      await deleteChannel(world.deps, admin, second.id, { conversations: 'erase' });
      assert.equal((await world.db('connected_accounts').where({ id: accountId })).length, 1);
    },
  );

  flow('deleting ends everything: subscription, webhook, keys, address', async (world) => {
    const channel = await world.addActiveChannel();
    const address = new URL((await urlOf(world, channel.id)) ?? '').pathname;
    assert.equal((await fetch(`${world.origin}${address}?crc_token=x`)).status, 200);
    const { report } = await deleteChannel(world.deps, admin, channel.id, { conversations: 'keep' });
    assert.deepEqual(
      report.map(({ ok }) => ok),
      [true, true],
    );
    assert.deepEqual([world.sandbox.webhooks().length, world.sandbox.subscriptions().length], [0, 0]);
    assert.equal((await fetch(`${world.origin}${address}?crc_token=x`)).status, 404);
    await assert.rejects(getChannel(world.db, admin, channel.id), /no such channel/);
    assert.deepEqual([await world.db('connected_accounts'), await world.db('connected_services')], [[], []]);
    await assert.rejects(deleteChannel(world.deps, admin, channel.id, { conversations: 'keep' }));
  });

  flow('only admins pause an address; disabling and enabling go by the right to the bot', async (world) => {
    const channel = await world.addActiveChannel();
    const worker = { ...admin, id: 'w-bob', isAdmin: false };
    await assert.rejects(pauseStream(world.deps, worker, channel.id, true), /no such channel/);
    assert.equal(await pauseStream(world.deps, admin, channel.id, true), true);
    assert.equal(await pauseStream(world.deps, admin, channel.id, true), false);
    assert.equal(await disableChannel(world.deps, admin, channel.id), true);
    assert.equal(await disableChannel(world.deps, admin, channel.id), false);
  });

  flow('with polling Authorize only checks the keys, and needs neither label nor address', async (world) => {
    const { id } = await world.addChannel({ label: '', transport: 'polling' });
    const { state, steps } = await authorizeChannel(world.deps, admin, id);
    assert.deepEqual([state, steps.map(({ name }) => name)], ['active', ['Verify keys', 'Check permission']]);
    assert.deepEqual(world.sandbox.webhooks(), []);
  });

  flow('while a window is used up nothing is asked', async (world) => {
    const channel = await world.addActiveChannel();
    world.sandbox.setLimits({ rateLimit: 1 });
    const { registration } = typeOf(world.deps.types, channel);
    const ask = () => callRemote(world.deps, channel, registration.identity());
    while ((await ask()).ok);
    const before = world.sandbox.journal.entries().length;
    const held = await ask();
    assert.ok(
      !held.ok && held.remedy === 'wait' && held.retryAt !== undefined && held.retryAt > world.clock.now,
    );
    assert.equal(held.sent, false);
    assert.equal(world.sandbox.journal.entries().length, before);
    world.clock.now = held.retryAt + 1000;
    assert.equal((await ask()).ok, true);
  });

  flow('a webhook that became invalid is checked again, and one that is gone is told', async (world) => {
    const channel = await world.addActiveChannel();
    await pauseServer(world, async () => {
      // The sandbox, like the service, forgives failures for some time.
      world.clock.now += 29 * 3_600_000;
      await world.sandbox.checkWebhooks();
      await checkWebhooks(world.deps);
    });
    const seen = await getChannel(world.db, admin, channel.id);
    assert.equal(seen.isValid, false);
    assert.match(seen.lastError ?? '', /did not answer a challenge/);
    await checkWebhooks(world.deps);
    assert.equal((await getChannel(world.db, admin, channel.id)).isValid, true);
    const sent = await callRemote(
      world.deps,
      channel,
      typeOf(world.deps.types, channel).registration.deleteWebhook(label, channel.remoteWebhookId ?? ''),
    );
    assert.equal(sent.ok, true);
    await checkWebhooks(world.deps);
    assert.match((await getChannel(world.db, admin, channel.id)).lastError ?? '', /Press Authorize/);
  });
});

/** Ends the channel's address for the time of `work`, so that challenges fail. */
async function pauseServer({ db, clock }: World, work: () => Promise<void>): Promise<void> {
  await db('streams').whereNull('ended_at').update({ ended_at: clock.now });
  await work();
  await db('streams').update({ ended_at: null });
}
