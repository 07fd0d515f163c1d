/** The address of a channel from outside: challenges, signatures, storing before answering, giving up. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { test } from 'node:test';
import type { Knex } from 'knex';
import {
  addressOf,
  disableChannel,
  enableChannel,
  getChannel,
  pauseStream,
  replaceStream,
} from '../../server/channels/channels.ts';
import { pruneHooks, replayHook } from '../../server/channels/process-hook.ts';
import { saveChannel } from '../../server/channels/save.ts';
import { findHook, listHooks } from '../../server/channels/store-hooks.ts';
import { admin, app, ids, messagesBody, openWorld, postSigned, type World } from '../support/channels.ts';
import { withDatabases } from '../support/databases.ts';

const sign = (text: string, secret = app.secret) =>
  `sha256=${createHmac('sha256', secret).update(text).digest('base64')}`;

withDatabases((database) => {
  let shared: Promise<Knex> | undefined;
  const flow = (title: string, run: (world: World & { id: string; stream: string }) => Promise<void>) =>
    test(`${database.name}: ${title}`, async () => {
      shared ??= database.open();
      const world = await openWorld(await shared);
      try {
        const { id } = await world.addActiveChannel();
        const address = await addressOf(world.deps, id);
        await run(Object.assign(world, { id, stream: address?.stream.id ?? '' }));
      } finally {
        await world.close();
      }
    });
  const get = (origin: string, path: string, headers: Record<string, string> = {}) =>
    fetch(`${origin}/hooks/x/${path}`, { redirect: 'manual', headers });
  const body = (text = 'Hello', id = '1990000000000000101') =>
    messagesBody([{ id, from: ids.bob, to: ids.alice, text, at: 1_767_600_000_000 }]);
  const counts = async ({ deps, flush }: World, id: string) => {
    await flush();
    const stream = (await addressOf(deps, id))?.stream;
    return { accepted: stream?.accepted, refused: stream?.refused, bad: stream?.badSignaturesInRow };
  };

  flow('a challenge is answered with the secret of now, without writing', async (world) => {
    await world.settle();
    const written: string[] = [];
    const note = ({ sql }: { sql: string }) => {
      // The time of the challenge is noted some time after it was answered.
      if (!/^select|last_crc_at/i.test(sql)) written.push(sql);
    };
    world.db.on('query', note);
    const query = 'crc_token=4f2c1c9e-crc&nonce=Zm9vYmFy';
    for (const headers of [{}, { 'x-twitter-webhooks-signature': sign(query) }]) {
      const answer = await get(world.origin, `${world.stream}?${query}`, headers);
      assert.equal(answer.status, 200);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      assert.deepEqual(await answer.json(), { response_token: sign('4f2c1c9e-crc') });
      assert.equal(answer.headers.get('content-encoding'), null);
      assert.equal(answer.headers.get('set-cookie'), null);
    }
    world.db.removeListener('query', note);
    assert.deepEqual(written, []);
    const forged = await get(world.origin, `${world.stream}?${query}`, {
      'x-twitter-webhooks-signature': sign('crc_token=other'),
    });
    assert.deepEqual([forged.status, await forged.text()], [401, '']);
    await world.db('streams').update({ is_paused: 1 });
    assert.equal((await get(world.origin, `${world.stream}?${query}`)).status, 200, 'also while paused');
    await saveChannel(world.deps, admin, world.id, { keys: { client_secret: 'canary-new-secret' } });
    const after = await get(world.origin, `${world.stream}?${query}`);
    assert.deepEqual(await after.json(), { response_token: sign('4f2c1c9e-crc', 'canary-new-secret') });
  });

  flow(
    'a browser that comes from the consent is sent on to the address for it; nothing else is',
    async (world) => {
      const consent = await get(world.origin, `${world.stream}?oauth_token=t&oauth_verifier=v`);
      assert.deepEqual(
        [consent.status, consent.headers.get('location')],
        [302, 'https://hub.test/oauth/callback?oauth_token=t&oauth_verifier=v'],
      );
      assert.equal((await get(world.origin, `${world.stream}?denied=t`)).status, 302);
      assert.equal((await get(world.origin, `${world.stream}?crc_token=a&oauth_token=t`)).status, 200);
      assert.equal((await get(world.origin, world.stream)).status, 400);
    },
  );

  flow('an address that never was, or has ended, is not found for ever', async (world) => {
    const unknown = await postSigned(world.origin, 'A'.repeat(43), body());
    assert.deepEqual([unknown.status, await unknown.text()], [404, '']);
    assert.equal((await get(world.origin, 'short?crc_token=a')).status, 404);
    await replaceStream(world.deps, admin, world.id);
    assert.equal((await postSigned(world.origin, world.stream, body())).status, 404);
    assert.equal((await get(world.origin, `${world.stream}?crc_token=a`)).status, 404);
    assert.equal((await world.db('hook_requests')).length, 0);
  });

  flow('only bytes signed with the consumer secret are taken, to the last one', async (world) => {
    const text = body('Hi 👋 café');
    const altered = text.replace('Hi', 'Ho');
    const refused: [string, Parameters<typeof postSigned>[3]][] = [
      [altered, { signature: sign(text) }],
      [JSON.stringify(JSON.parse(text), null, 2), { signature: sign(text) }],
      [text, { signature: null }],
      [text, { signature: '' }],
      [text, { signature: sign(text).slice(7) }],
      [text, { secret: 'another-fake-secret' }],
    ];
    for (const [sent, how] of refused) {
      const answer = await postSigned(world.origin, world.stream, sent, how);
      assert.deepEqual([answer.status, await answer.text()], [401, '']);
    }
    const rows = await world.db('hook_requests').select('outcome', 'body');
    assert.deepEqual(
      rows,
      refused.map(() => ({ outcome: 'bad_signature', body: null })),
    );
    assert.deepEqual(await counts(world, world.id), { accepted: 0, refused: 6, bad: 6 });
    const { lastError } = await getChannel(world.db, admin, world.id);
    assert.match(lastError ?? '', /^5 requests in a row .* not signed/);
    assert.equal((await postSigned(world.origin, world.stream, text)).status, 200);
    assert.deepEqual(await counts(world, world.id), { accepted: 1, refused: 6, bad: 0 });
    assert.equal(await world.runJobs(), 1);
    assert.equal((await world.db('messages').first()).text, 'Hi 👋 café');
  });

  flow('what is too large is refused and counted, never stored', async (world) => {
    const large = body('x'.repeat(2_000_000));
    assert.equal((await postSigned(world.origin, world.stream, large)).status, 413);
    const huge = await postSigned(world.origin, world.stream, body('x'.repeat(5_000_000))).catch(
      () => undefined,
    );
    assert.ok(huge === undefined || huge.status === 413);
    assert.deepEqual(await counts(world, world.id), { accepted: 0, refused: 1, bad: 0 });
    assert.equal((await world.db('hook_requests')).length, 0);
  });

  flow('a paused address turns senders away for later', async (world) => {
    await pauseStream(world.deps, admin, world.id, true);
    const answer = await postSigned(world.origin, world.stream, body());
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '60']);
    await pauseStream(world.deps, admin, world.id, false);
    assert.equal((await postSigned(world.origin, world.stream, body())).status, 200);
  });

  flow('every request is logged with a short id, address and outcome, and nothing secret', async (world) => {
    await postSigned(world.origin, world.stream, body());
    await postSigned(world.origin, world.stream, body(), { signature: 'sha256=none' });
    const lines = world.logged.slice(-2).map(({ stream, ip, outcome }) => ({ stream, ip, outcome }));
    const stream = world.stream.slice(0, 8);
    assert.deepEqual(lines, [
      { stream, ip: '127.0.0.1', outcome: 'accepted' },
      { stream, ip: '127.0.0.1', outcome: 'bad_signature' },
    ]);
    assert.doesNotMatch(JSON.stringify(world.logged), new RegExp(`${world.stream}|Hello|canary`));
    const listed = await listHooks(world.db, world.stream, { limit: 10 });
    assert.deepEqual(
      listed.map(({ outcome, address }) => [outcome, address]),
      [
        ['bad_signature', '127.0.0.1'],
        ['new', '127.0.0.1'],
      ],
    );
  });

  flow('one flooded address is braked by itself', async (world) => {
    const other = await world.addActiveChannel({ label: 'dev', person: 'bob' });
    const statuses = new Map<number, number>();
    await flood(async () => {
      const { status } = await get(world.origin, `${world.stream}?crc_token=a`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    assert.ok((statuses.get(503) ?? 0) >= 90, JSON.stringify([...statuses]));
    const otherStream = (await addressOf(world.deps, other.id))?.stream.id;
    assert.equal((await get(world.origin, `${otherStream}?crc_token=a`)).status, 200);
    world.clock.now += 1000;
    assert.equal((await get(world.origin, `${world.stream}?crc_token=a`)).status, 200);
  });

  flow('however many events flood an address, its challenges are answered', async (world) => {
    const statuses = new Set<number>();
    await flood(async () => {
      statuses.add((await postSigned(world.origin, world.stream, '{}')).status);
    });
    assert.ok(statuses.has(503));
    assert.equal((await get(world.origin, `${world.stream}?crc_token=a`)).status, 200);
  });

  flow('nothing is answered before it is stored with its job', async (world) => {
    await world.db.schema.renameTable('jobs', 'jobs_away');
    const failed = await postSigned(world.origin, world.stream, body());
    assert.equal(failed.status, 500);
    await world.db.schema.renameTable('jobs_away', 'jobs');
    assert.equal((await world.db('hook_requests')).length, 0, 'neither without the other');
    assert.equal((await postSigned(world.origin, world.stream, body())).status, 200);
    assert.equal((await world.db('jobs').where({ kind: 'process hook' })).length, 1);
  });

  flow(
    'a process that ends between answer and processing loses nothing, and nothing happens twice',
    async (world) => {
      assert.equal((await postSigned(world.origin, world.stream, body())).status, 200);
      const next = await world.another();
      assert.equal(await next.runJobs(), 1);
      assert.equal(await world.runJobs(), 0);
      assert.equal((await world.db('messages')).length, 1);

      await postSigned(world.origin, world.stream, body('Again', '1990000000000000102'));
      // It died at work: the row is taken, its lease runs out.
      await world
        .db('jobs')
        .where({ kind: 'process hook' })
        .update({ state: 'running', leased_until: world.clock.now + 60_000 });
      assert.equal(await next.runJobs(), 0);
      world.clock.now += 60_001;
      assert.equal(await next.runJobs(), 1);
      assert.equal((await world.db('messages')).length, 2);
    },
  );

  flow(
    'what cannot be processed is set aside after five tries, told, and may be tried again',
    async (world) => {
      await postSigned(world.origin, world.stream, body());
      await world.db.schema.renameTable('contacts', 'contacts_away');
      for (let i = 0; i < 6; i++) {
        await world.runJobs();
        world.clock.now += 3_600_000;
      }
      await world.db.schema.renameTable('contacts_away', 'contacts');
      const id = (await listHooks(world.db, world.stream, { limit: 1 }))[0]?.id ?? '';
      const poison = await findHook(world.db, id);
      assert.deepEqual([poison?.outcome, poison?.tries], ['poison', 5]);
      assert.match((await getChannel(world.db, admin, world.id)).lastError ?? '', /set aside/);
      assert.deepEqual(await world.db('jobs').where({ kind: 'process hook' }), []);
      await replayHook(world.deps, admin, { channel: world.id, hook: id });
      assert.equal(await world.runJobs(), 1);
      assert.equal((await findHook(world.db, id))?.outcome, 'done');
      await assert.rejects(replayHook(world.deps, admin, { channel: world.id, hook: id }), /was processed/);

      const broken = '{"for_user_id":';
      await postSigned(world.origin, world.stream, broken);
      await world.runJobs();
      assert.equal((await listHooks(world.db, world.stream, { limit: 1 }))[0]?.outcome, 'poison');
    },
  );

  flow('disabled, the address goes on answering, and nothing that came has an effect', async (world) => {
    await disableChannel(world.deps, admin, world.id);
    assert.equal((await get(world.origin, `${world.stream}?crc_token=a`)).status, 200);
    assert.equal((await postSigned(world.origin, world.stream, body())).status, 200);
    await saveChannel(world.deps, admin, world.id, { settings: { whenDisabled: 'drop' } });
    assert.equal((await postSigned(world.origin, world.stream, body('Dropped', '2'))).status, 200);
    await world.runJobs();
    const kept = await world.db('hook_requests').orderBy('id').select('outcome', 'body');
    assert.deepEqual(kept, [
      { outcome: 'disabled', body: body() },
      { outcome: 'disabled', body: null },
    ]);
    assert.equal((await world.db('conversations')).length, 0);
    await enableChannel(world.deps, admin, world.id);
    await postSigned(world.origin, world.stream, body('Next', '1990000000000000103'));
    await world.runJobs();
    assert.deepEqual(
      (await world.db('messages')).map(({ text }) => text),
      ['Next'],
    );
  });

  flow('what is for another user is kept and has no effect', async (world) => {
    const message = { id: '1', from: ids.alice, to: ids.bob, text: 'Hi', at: 1 };
    await postSigned(world.origin, world.stream, messagesBody([message], ids.bob));
    await world.runJobs();
    assert.equal((await world.db('hook_requests').first()).outcome, 'unroutable');
    assert.equal((await world.db('messages')).length, 0);
  });

  flow('a sender that goes away in the middle leaves nothing', async (world) => {
    const url = new URL(`${world.origin}/hooks/x/${world.stream}`);
    await new Promise<void>((resolve) => {
      const sending = request(url, { method: 'POST', headers: { 'Content-Length': '1000' } });
      sending.on('error', () => resolve());
      sending.write('{"for', () => sending.destroy());
      sending.on('close', () => resolve());
    });
    assert.equal((await postSigned(world.origin, world.stream, body())).status, 200);
    assert.equal((await world.db('hook_requests')).length, 1);
  });

  flow('requests and events go when their days are over', async (world) => {
    await postSigned(world.origin, world.stream, body());
    await world.runJobs();
    const config = { keepDeliveriesDays: 30 };
    await pruneHooks({ ...world.deps, config });
    assert.equal((await world.db('hook_requests')).length, 1);
    world.clock.now += 31 * 86_400_000;
    await pruneHooks({ ...world.deps, config });
    assert.deepEqual([await world.db('hook_requests'), await world.db('channel_events')], [[], []]);
    await postSigned(world.origin, world.stream, body());
    await world.runJobs();
    assert.equal((await world.db('messages')).length, 1, 'the message itself is known for ever');
  });
});

/** 600 calls, 40 at a time: more at once than a server lets wait at its door would be cut off by the system. */
async function flood(call: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 15; i++) await Promise.all(Array.from({ length: 40 }, call));
}
