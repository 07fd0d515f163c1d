import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBrake } from '../../../server/channels/brake.ts';
import type { ChannelEvent, Outgoing, Remedy } from '../../../server/channels/channel.ts';
import { isBotPaused, openKeyOf, placeOf } from '../../../server/channels/conversation.ts';
import { echoWindowMs, isEchoOf } from '../../../server/channels/echo.ts';
import {
  defaultSettings,
  inboundToken,
  limitsOf,
  type Message,
  shortStream,
  stateAfter,
} from '../../../server/channels/records.ts';
import { changeSettings, readLabel, readName, readTransport } from '../../../server/channels/settings.ts';
import { limits, twitterChannel } from '../../../server/channels/twitter/twitter.ts';

const day = 86_400_000;

test('a refusal changes the state of a channel only where it concerns the channel as such', () => {
  const states: [Remedy, ReturnType<typeof stateAfter>][] = [
    ['reauthorize', 'needs_authorize'],
    ['needs_permission', 'needs_permission'],
    ['awaiting_provider_access', 'awaiting_provider_access'],
    ['blocked', 'blocked'],
    ['fail', undefined],
    ['wait', undefined],
    ['unknown', undefined],
    ['already_done', undefined],
  ];
  for (const [remedy, state] of states) assert.equal(stateAfter(remedy), state, remedy);
});

test('what is received appends, reopens within the days, or begins anew; an echo never reopens', () => {
  const closed = { state: 'closed', closedAt: 10 * day } as const;
  const open = { state: 'open', closedAt: null } as const;
  const reopenMs = 7 * day;
  const cases: [Parameters<typeof placeOf>[0], number, 'in' | 'out', ReturnType<typeof placeOf>][] = [
    [undefined, 0, 'in', 'begin'],
    [open, 0, 'in', 'append'],
    [closed, 10 * day, 'in', 'append'],
    [closed, 10 * day + 1, 'in', 'reopen'],
    [closed, 17 * day - 1, 'in', 'reopen'],
    [closed, 17 * day, 'in', 'begin'],
    [closed, 11 * day, 'out', 'append'],
    [undefined, 0, 'out', 'begin'],
  ];
  for (const [latest, at, direction, place] of cases) {
    assert.equal(placeOf(latest, { at, direction }, reopenMs), place);
  }
});

test('the bot is silent until its pause is over', () => {
  assert.equal(isBotPaused({ botPausedUntil: null }, 5), false);
  assert.equal(isBotPaused({ botPausedUntil: 6 }, 5), true);
  assert.equal(isBotPaused({ botPausedUntil: 5 }, 5), false);
});

test('open conversations differ by channel, kind and key', () => {
  const key = { channelId: 'c', kind: 'direct', externalKey: 'k' } as const;
  const keys = [
    key,
    { ...key, kind: 'mention' as const },
    { ...key, channelId: 'd' },
    { ...key, externalKey: 'l' },
  ];
  assert.equal(new Set(keys.map(openKeyOf)).size, 4);
});

function message(outgoing: Outgoing, changes: Partial<Message> = {}) {
  return { outgoing, at: 1000, sentAt: null, state: 'sending', ...changes } as const;
}

function echo(text: string, changes: Partial<Extract<ChannelEvent, { kind: 'message' }>> = {}) {
  return {
    kind: 'message',
    key: 'dm:1',
    remoteId: '1',
    at: 1000,
    direction: 'out',
    conversation: { kind: 'direct', key: '1-2' },
    person: { id: '2', name: null, handle: null, imageUrl: null },
    text,
    payload: null,
    sentByApp: null,
    attachments: [],
    raw: null,
    ...changes,
  } as const;
}

test('an echo is of our message when person, text and time agree and its fate is open', () => {
  const direct: Outgoing = { kind: 'direct', to: '2', text: 'Cafe\u0301  is\nopen ', buttons: [] };
  assert.ok(isEchoOf(message(direct), echo('Café is open')));
  assert.ok(isEchoOf(message(direct, { state: 'unknown' }), echo('Café is open')));
  assert.ok(!isEchoOf(message(direct, { state: 'sent' }), echo('Café is open')));
  assert.ok(!isEchoOf(message(direct, { state: 'queued' }), echo('Café is open')));
  assert.ok(!isEchoOf(message(direct), echo('Café is open!')));
  const other = { id: '3', name: null, handle: null, imageUrl: null };
  assert.ok(!isEchoOf(message(direct), echo('Café is open', { person: other })));
  assert.ok(
    !isEchoOf(message(direct), echo('Café is open', { conversation: { kind: 'mention', key: '1' } })),
  );
  assert.ok(isEchoOf(message(direct), echo('Café is open', { at: 1000 + echoWindowMs })));
  assert.ok(!isEchoOf(message(direct), echo('Café is open', { at: 1001 + echoWindowMs })));
  assert.ok(isEchoOf(message(direct, { sentAt: 9_000_000 }), echo('Café is open', { at: 9_000_000 })));
});

test('buttons written below a text and the name before a public answer hide no echo', () => {
  const buttons = [{ label: 'Yes', payload: 'y' }];
  const asked: Outgoing = { kind: 'direct', to: '2', text: 'Sure?', buttons };
  assert.ok(isEchoOf(message(asked), echo('Sure?\n1. Yes')));
  const answer: Outgoing = { kind: 'post', text: 'It is', inReplyTo: '5' };
  const mention = { conversation: { kind: 'mention', key: '5' } } as const;
  assert.ok(isEchoOf(message(answer), echo('@ana It is', mention)));
  assert.ok(!isEchoOf(message({ ...answer, inReplyTo: null }), echo('@ana It is', mention)));
});

test('a channel has its own limits in place of its type’s', () => {
  const settings = { ...defaultSettings, limits: { messagesPerDay: 3 } };
  assert.deepEqual(limitsOf({ settings }, limits), { ...limits, messagesPerDay: 3 });
});

test('what logs show of an address is no address', () => {
  const id = 'x'.repeat(10) + 'y'.repeat(33);
  assert.equal(shortStream(id), 'x'.repeat(8));
  assert.equal(inboundToken('c', 'k'.repeat(400)).length, 255);
});

test('settings change by what is named, each checked; null takes a limit back', () => {
  const type = twitterChannel();
  const once = changeSettings(defaultSettings, { limits: { messagesPerDay: 5 }, version: 'v2' }, type);
  assert.deepEqual(once, { ...defaultSettings, limits: { messagesPerDay: 5 }, version: 'v2' });
  assert.deepEqual(
    changeSettings(once, { limits: { messagesPerDay: null }, version: null }, type),
    defaultSettings,
  );
  const bad: [Parameters<typeof changeSettings>[1], RegExp][] = [
    [{ replyPolicy: 'soft' }, /'replyPolicy' must be strict or adaptive/],
    [{ version: 'v9' }, /'version' must be v2/],
    [{ botPauseMs: -1 }, /'botPauseMs'/],
    [{ botPauseMs: 1.5 }, /'botPauseMs'/],
    [{ reopenMs: Number.NaN }, /'reopenMs'/],
    [{ whenDisabled: 'x' }, /store or drop/],
    [{ limits: { nothing: 1 } as never }, /no limit 'nothing'/],
    [{ limits: { maxButtons: -1 } }, /'limits\/maxButtons'/],
    [{ limits: { messagesPerDay: 0 } }, /'limits\/messagesPerDay' must be a whole number from 1/],
  ];
  for (const [input, message] of bad) {
    assert.throws(() => changeSettings(defaultSettings, input, type), { code: 'bad_request', message });
  }
});

test('name, label and transport are checked', () => {
  const type = twitterChannel();
  assert.equal(readName('  Desk '), 'Desk');
  assert.throws(() => readName(' '), { code: 'bad_request' });
  assert.throws(() => readName('x'.repeat(256)), { code: 'bad_request' });
  for (const label of ['', 'Prod_1-x']) assert.equal(readLabel(label, type), label);
  for (const label of ['a b', 'ä', 'a/b']) assert.throws(() => readLabel(label, type), /Environment Label/);
  assert.equal(readTransport('polling'), 'polling');
  assert.throws(() => readTransport('pigeon'), { code: 'bad_request' });
});

test('an address has its own tokens, which come back with time; made-up addresses take no room', () => {
  let now = 0;
  const brake = createBrake(() => now, { burst: 3, perSecond: 2 });
  for (let i = 0; i < 10; i++) assert.ok(brake.take('unknown'));
  assert.ok(brake.take('a'));
  brake.admit('a');
  assert.deepEqual([brake.take('a'), brake.take('a'), brake.take('a')], [true, true, false]);
  now = 500;
  assert.deepEqual([brake.take('a'), brake.take('a')], [true, false]);
  now = 60_000;
  assert.deepEqual(
    [1, 2, 3, 4].map(() => brake.take('a')),
    [true, true, true, false],
  );
  now = 0;
  assert.equal(brake.take('a'), false, 'a clock that goes back gives nothing');
});
