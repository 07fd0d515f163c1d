import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RunMode } from '../../../server/bots/action.ts';
import { channelDirectMessage } from '../../../server/bots/actions/channel-direct-message.ts';
import { parseButtonLines } from '../../../server/bots/actions/channel-message.ts';
import { channelPost } from '../../../server/bots/actions/channel-post.ts';
import { channelReply } from '../../../server/bots/actions/channel-reply.ts';
import type { ChannelOutcome } from '../../../server/bots/channels.ts';
import { HubError } from '../../../server/errors.ts';
import { refusingTools } from '../../support/bots.ts';

const sent: ChannelOutcome = { ok: true, status: 'sent', messageId: 'M1', text: 'Sent.' };

/** Tools whose templates are texts as they stand, but for {{name}} of `known`; what is said is kept. */
function bench({
  mode = 'live',
  known = {},
  outcome = sent,
}: {
  mode?: RunMode;
  known?: Record<string, string>;
  outcome?: ChannelOutcome;
}) {
  const seen = { spoken: [] as object[], set: new Map<string, unknown>(), said: [] as string[] };
  const speak = (verb: string) => async (said: object) => {
    seen.spoken.push({ verb, ...said });
    return outcome;
  };
  const tools = refusingTools({
    mode,
    render: async (template) => template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => known[name] ?? ''),
    set: (name, value) => void seen.set.set(name, value),
    say: (text) => void seen.said.push(text),
    account: async (id) => ({ id: `resolved-${id}`, name: 'Acme Help' }),
    channels: { reply: speak('reply'), directMessage: speak('direct message'), post: speak('post') },
  });
  return { tools, seen };
}

test('a reply is rendered, with its buttons, and its outcome is kept in _response', async () => {
  const { tools, seen } = bench({ known: { sender_name: 'Ana' } });
  const params = { text: 'Hello {{sender_name}}', buttons: 'Delivery | t:delivery\n\nRefund' };
  assert.equal(await channelReply.run(params, tools), 'done');
  assert.deepEqual(seen.spoken, [
    {
      verb: 'reply',
      text: 'Hello Ana',
      buttons: [
        { label: 'Delivery', payload: 't:delivery' },
        { label: 'Refund', payload: 'Refund' },
      ],
    },
  ]);
  assert.deepEqual(seen.set.get('_response'), { status: 'sent', message_id: 'M1' });
  assert.equal(seen.set.get('_error'), null);
});

test('a refusal leaves its code in _error, nothing in the response, and the run goes on', async () => {
  const { tools, seen } = bench({ outcome: { ok: false, code: '349', message: 'Ana accepts no messages.' } });
  assert.equal(await channelReply.run({ text: 'Hello', response_placeholder: '_said' }, tools), 'done');
  assert.equal(seen.set.get('_said'), null);
  assert.deepEqual(seen.set.get('_error'), { code: '349', message: 'Ana accepts no messages.' });
});

test('in the simulator nothing is said, and the transcript tells what would be', async () => {
  const { tools, seen } = bench({ mode: 'simulate' });
  assert.equal(await channelReply.run({ text: 'Hello', buttons: 'Yes' }, tools), 'skipped');
  assert.deepEqual(seen.spoken, []);
  assert.match(seen.said.join('\n'), /Hello\n\[Yes\] Yes\n>>> NOTE: nothing is sent in the simulator/);
});

test('an empty text is refused: as a template before the run, as a result in it', async () => {
  assert.deepEqual(channelReply.remarks({ text: ' ' }), [
    { path: '/text', message: 'The message has no text.' },
  ]);
  const { tools, seen } = bench({});
  await assert.rejects(channelReply.run({ text: '{{nothing}}' }, tools), isRefused);
  assert.deepEqual(seen.spoken, []);
});

test('a direct message needs an account and somebody to go to', async () => {
  const paths = channelDirectMessage.remarks({ text: 'x', account_id: '0' }).map(({ path }) => path);
  assert.deepEqual(paths, ['/account_id', '/to']);
  const { tools, seen } = bench({ known: { sender_id: '1990000000000000101' } });
  const params = { account_id: 'twitter', to: '{{sender_id}}', text: 'Hello' };
  await channelDirectMessage.run(params, tools);
  assert.deepEqual(seen.spoken, [
    {
      verb: 'direct message',
      account: 'resolved-twitter',
      to: '1990000000000000101',
      text: 'Hello',
      buttons: [],
    },
  ]);
  await assert.rejects(channelDirectMessage.run({ ...params, to: '{{nobody}}' }, tools), isRefused);
});

test('a post answers another one where its id came out, and stands alone where it did not', async () => {
  const { tools, seen } = bench({ known: { message_id: '1990000000000000203' } });
  const params = { account_id: 'twitter', text: 'We are back' };
  await channelPost.run({ ...params, in_reply_to: '{{message_id}}' }, tools);
  await channelPost.run({ ...params, in_reply_to: '{{nothing}}' }, tools);
  const account = 'resolved-twitter';
  assert.deepEqual(seen.spoken, [
    { verb: 'post', text: 'We are back', inReplyTo: '1990000000000000203', account },
    { verb: 'post', text: 'We are back', inReplyTo: null, account },
  ]);
});

test('a payload may hold the sign that parts it from its label', () => {
  assert.deepEqual(parseButtonLines('A | x|y'), [{ label: 'A', payload: 'x|y' }]);
});

function isRefused(error: unknown): boolean {
  return error instanceof HubError && error.code === 'request_refused';
}
