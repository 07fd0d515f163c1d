import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toUpdate } from '../../../server/channels/update.ts';

const raw = { type: 'message_create', id: '1990000000000000103' };
const around = { contact: { remoteId: '4002' }, channel: { remoteUserId: '3001' }, payload: null };
const message = {
  raw,
  at: 1767225700000,
  remoteId: '1990000000000000103',
  text: 'Delivery',
  attachments: [],
};

test('an update has exactly the members Botmaster gave it, and the event as it came', () => {
  const update = toUpdate(message, around);
  assert.deepEqual(update, {
    raw,
    sender: { id: '4002' },
    recipient: { id: '3001' },
    timestamp: 1767225700000,
    message: { mid: '1990000000000000103', seq: null, text: 'Delivery' },
  });
  assert.equal(update.raw, raw);
});

test('a pressed button and attachments stand where Botmaster had them; an empty text is left out', () => {
  const attachments = [{ type: 'image', url: 'https://img.example/a.png' }] as const;
  const { message: received } = toUpdate(
    { ...message, text: '', attachments },
    { ...around, payload: 't:d' },
  );
  assert.deepEqual(received, {
    mid: '1990000000000000103',
    seq: null,
    attachments: [{ type: 'image', payload: { url: 'https://img.example/a.png' } }],
    quick_reply: { payload: 't:d' },
  });
});
