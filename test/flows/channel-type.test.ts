/** The channel type against the sandbox, which shares nothing with it: what one builds the other understands. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ChannelCall, ChannelType, Outgoing, RemotePerson } from '../../server/channels/channel.ts';
import { channelTypes, findChannelType } from '../../server/channels/types.ts';
import { parseJson } from '../../server/json.ts';
import type { Answer } from '../support/oauth-client.ts';
import { ids, startDesk, startedAt } from '../support/sandbox-desk.ts';

const label = 'ProductionEnvironment';
const self: RemotePerson = { id: ids.alice, name: 'Alice Example', handle: 'alice', imageUrl: null };
const versions = [null, 'v2'].map((version) => {
  const type = findChannelType(channelTypes, 'twitter', version);
  assert.ok(type);
  return type;
});
const [type] = versions as [ChannelType, ...ChannelType[]];

let desk: Awaited<ReturnType<typeof startDesk>>;
beforeEach(async () => {
  desk = await startDesk();
});
afterEach(() => desk.close());

/** Sends a call as the account `who` and reads the answer. */
async function ask<T>({ request, read }: ChannelCall<T>, who = 'alice') {
  const { method, headers, body, auth } = request;
  const url = new URL(request.url);
  assert.equal(url.origin, 'https://api.twitter.com');
  const path = url.pathname + url.search;
  let answer: Answer;
  if (auth === 'app') answer = await desk.bearer(path, method);
  else if (auth === 'consumer') answer = await desk.askToken();
  else
    answer = await desk.call(who, path, {
      method,
      headers: Object.fromEntries(headers),
      ...(body !== '' && { body }),
    });
  const known = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
  return read(
    {
      status: answer.status,
      headers: Object.fromEntries(known),
      json: answer.text === '' ? null : parseJson(answer.text),
      text: answer.text,
    },
    desk.sandbox.clock.now(),
  );
}

async function valueIn<T>(call: ChannelCall<T>, who?: string): Promise<T> {
  const reading = await ask(call, who);
  if (!reading.ok) throw new Error(`${reading.remedy} ${reading.code}: ${reading.message}`);
  return reading.value;
}

/** Events that the webhook was told, once there are as many; the sandbox tells after it has answered. */
async function eventsTold(count: number) {
  while (desk.receiver.received.length < count) await setImmediate();
  return desk.receiver.received.flatMap(({ json }) => {
    assert.equal(type.forUser(json), ids.alice);
    return type.parse(json, self);
  });
}

async function authorize() {
  const { registration } = type;
  const webhook = await valueIn(registration.createWebhook(label, desk.receiver.url));
  await valueIn(registration.subscribe(label));
  return webhook;
}

test('who the account is and what it may do is read by both versions', async () => {
  for (const one of versions) {
    const { person, accessLevel } = await valueIn(one.registration.identity());
    assert.equal(person.id, ids.alice);
    assert.equal(person.handle, 'alice');
    assert.equal(accessLevel, 'read-write-directmessages');
  }
});

test('the steps of Authorize converge when they are repeated, and so do those of Delete', async () => {
  const { registration } = type;
  assert.deepEqual(await valueIn(registration.listWebhooks(label)), []);
  assert.equal(await valueIn(registration.isSubscribed(label)), false);
  const webhook = await authorize();
  assert.equal(webhook.valid, true);
  assert.equal(await valueIn(registration.subscribe(label)), null, 'subscribed before');
  assert.equal(await valueIn(registration.isSubscribed(label)), true);
  assert.deepEqual(await valueIn(registration.listWebhooks(label)), [webhook]);
  assert.equal(await valueIn(registration.validateWebhook(label, webhook.id)), null);
  for (let n = 0; n < 2; n++) {
    assert.equal(await valueIn(registration.unsubscribe(label, ids.alice)), null);
    assert.equal(await valueIn(registration.deleteWebhook(label, webhook.id)), null);
    if (n === 0) await authorize().then(({ id }) => valueIn(registration.deleteWebhook(label, id)));
  }
  assert.deepEqual(await valueIn(registration.listWebhooks(label)), []);
});

test('a label in other capitals, a foreign webhook and a wrong challenge are told apart', async () => {
  const { registration } = type;
  const cased = await ask(registration.createWebhook(label.toLowerCase(), desk.receiver.url));
  assert.equal(!cased.ok && cased.remedy, 'awaiting_provider_access');
  assert.match(cased.ok ? '' : cased.message, /case-sensitive/);
  desk.receiver.behaviour.challenge = 'wrong';
  const wrong = await ask(registration.createWebhook(label, desk.receiver.url));
  assert.match(wrong.ok ? '' : wrong.message, /It says: ".*CRC/);
  desk.receiver.behaviour.challenge = 'right';
  await authorize();
  const second = await ask(registration.createWebhook(label, `${desk.receiver.url}2`));
  assert.match(second.ok ? '' : second.message, /Too many resources/);
});

test('a message to somebody who is not there is refused for good', async () => {
  const reading = await ask(type.send({ kind: 'direct', to: '1', text: 'hi', buttons: [] }));
  assert.equal(!reading.ok && reading.remedy, 'fail', 'nobody has that id');
});

test('what a customer writes arrives once signed, as one message; our answer comes back as sent', async () => {
  await authorize();
  await desk.message('bob', ids.alice, { text: 'Is <this> & that at https://shop.example/?a=1&b=2 open?' });
  const [event] = await eventsTold(1);
  assert.ok(event?.kind === 'message');
  assert.equal(event.text, 'Is <this> & that at https://shop.example/?a=1&b=2 open?');
  assert.deepEqual(event.conversation, { kind: 'direct', key: ids.bob });
  assert.equal(event.person.handle, 'bob');
  const buttons = [
    { label: 'Delivery', payload: 't:delivery' },
    { label: 'Refund', payload: 't:refund' },
  ];
  const text = 'Which one, Bob & co? https://hub.example/t/5521';
  const { remoteId } = await valueIn(type.send({ kind: 'direct', to: ids.bob, text, buttons }));
  const echo = (await eventsTold(2)).at(-1);
  assert.ok(echo?.kind === 'message');
  assert.deepEqual([echo.direction, echo.remoteId, echo.text], ['out', remoteId, text]);
  assert.equal(echo.person.id, ids.bob);
});

test('mentions, our public answers and answers to those name what they answer', async () => {
  await authorize();
  const bob = await desk.post('bob', '/2/tweets', { text: '@alice is the door open?' });
  const asked: string = JSON.parse(bob.text).data.id;
  const { remoteId } = await valueIn(type.send({ kind: 'post', text: 'We are on it', inReplyTo: asked }));
  const events = (await eventsTold(2)).flatMap((event) => (event.kind === 'message' ? [event] : []));
  assert.deepEqual(
    events.map(({ direction, remoteId: id, conversation, text }) => [direction, id, conversation.key, text]),
    [
      ['in', asked, asked, '@alice is the door open?'],
      ['out', remoteId, asked, 'We are on it'],
    ],
  );
});

test('polling finds the same events as webhooks, under the same keys, by both versions', async () => {
  await authorize();
  await desk.message('bob', ids.alice, { text: 'one' });
  await desk.message('carol', ids.alice, { text: 'two' });
  await desk.post('bob', '/2/tweets', { text: '@alice three' });
  await valueIn(type.send({ kind: 'direct', to: ids.bob, text: 'four', buttons: [] }));
  const keys = (await eventsTold(4)).map(({ key }) => key);
  assert.equal(keys.length, 4);
  for (const one of versions) {
    const found: string[] = [];
    for (const poll of one.polls) {
      const first = await valueIn(poll.call(self, '', startedAt));
      found.push(...first.events.map(({ key }) => key));
      const again = await valueIn(poll.call(self, first.cursor, startedAt));
      assert.ok(again.events.every(({ key }) => found.includes(key)));
    }
    assert.deepEqual(found.sort(), [...keys].sort(), one.title);
  }
});

test('what was sent and not answered is found, by both versions; what was not sent is not', async () => {
  const said: Outgoing[] = [
    { kind: 'direct', to: ids.bob, text: 'Which  one?', buttons: [{ label: 'A & B', payload: 'a' }] },
    { kind: 'post', text: 'We are back & well', inReplyTo: null },
  ];
  for (const one of versions) {
    assert.ok(one.lookUp);
    for (const outgoing of said) {
      const since = desk.sandbox.clock.now();
      assert.equal(await valueIn(one.lookUp(outgoing, self, since)), null);
      const { remoteId } = await valueIn(one.send(outgoing));
      assert.deepEqual(await valueIn(one.lookUp(outgoing, self, since)), { remoteId }, outgoing.kind);
      // The next version says other words at another time; the same post twice is refused.
      await desk.sandbox.clock.advance(60_000);
      if (outgoing.kind === 'post') {
        const twice = await ask(one.send(outgoing));
        assert.equal(!twice.ok && twice.code, '187');
        outgoing.text += ' again';
      }
    }
  }
});

test('280 weighted characters are taken and 281 are refused, as measured here', async () => {
  const texts = [
    'x'.repeat(280),
    '語'.repeat(140),
    `${'y'.repeat(256)} https://shop.example/${'z'.repeat(90)}`,
    `${'👨‍👩‍👧‍👦'.repeat(139)}ab`,
  ];
  for (const text of texts) {
    assert.equal(type.measure({ kind: 'post', text, inReplyTo: null }), 280);
    assert.ok((await ask(type.send({ kind: 'post', text, inReplyTo: null }))).ok);
    const longer = `a${text}`;
    assert.equal(type.measure({ kind: 'post', text: longer, inReplyTo: null }), 281);
    const refused = await ask(type.send({ kind: 'post', text: longer, inReplyTo: null }));
    assert.equal(!refused.ok && refused.code, '186');
  }
});

test('the limits of a direct message are those the service has', async () => {
  const send = (text: string, count: number, length: number) => {
    const buttons = Array.from({ length: count }, (_, n) => ({
      label: `${n}`.padStart(length, 'x'),
      payload: `p${n}`,
    }));
    return ask(type.send({ kind: 'direct', to: ids.bob, text, buttons }));
  };
  assert.ok((await send('x'.repeat(10_000), 20, 36)).ok);
  const refused = await send('x'.repeat(10_001), 0, 0);
  assert.equal(!refused.ok && refused.code, '354');
  assert.equal((await send('hi', 21, 36)).ok, false);
  assert.equal((await send('hi', 20, 37)).ok, false);
});

test('a used-up window tells when it begins anew, in refusal and answer alike', async () => {
  await desk.control('/limits', { rateLimit: 1 });
  const call = type.registration.identity();
  assert.ok((await ask(call)).ok);
  const refused = await ask(call);
  assert.equal(!refused.ok && refused.remedy, 'wait');
  const until = (!refused.ok && refused.retryAt) || 0;
  const now = desk.sandbox.clock.now();
  assert.ok(until > now && until <= now + 15 * 60_000 + 2000, String(until - now));
});
