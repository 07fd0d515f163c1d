/** What is kept of a run: masked, and with what it told before it waited. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf, readOutcome } from '../../../server/bots/run-outcome.ts';
import { beginState } from '../../../server/bots/run-state.ts';
import type { Walk } from '../../../server/bots/walk.ts';

function walked(text: string, fields: Partial<Walk> = {}): Walk {
  return {
    values: { a: text },
    transcript: [{ node: '/nodes/0', title: 'N', action: '_set_custom_var', status: 'done', text }],
    steps: [{ behavior: 'B', tookMs: 5, input: [{ label: 'Value', text }] }],
    tookMs: 10,
    error: null,
    secrets: ['planted-secret'],
    state: { ...beginState('B', {}, {}), path: ['B/nodes/0'], nodes: 1 },
    ...fields,
  };
}

test('secrets of the accounts are masked in values, transcript and inputs alike', () => {
  const { told, kept } = outcomeOf(walked('has planted-secret in it'), undefined);
  assert.ok(!JSON.stringify([told, kept]).includes('planted-secret'));
  assert.equal(readOutcome(kept).shown.steps.length, 1);
});

test('a run that went on tells what it told before it waited, and its times are added up', () => {
  const prompt = { type: 'text', params: {}, action: '/nodes/0/params/actions/0', node: '/nodes/0' };
  const first = walked('before');
  const waiting = outcomeOf({ ...first, state: { ...first.state, prompt } }, undefined);
  assert.deepEqual(readOutcome(waiting.kept).shown.waits, { type: 'text', node: '/nodes/0' });
  const ended = outcomeOf(walked('after'), waiting.kept);
  const texts = ended.told.transcript.map(({ text }) => text);
  assert.deepEqual(texts, ['before', 'after']);
  const { shown } = readOutcome(ended.kept);
  assert.deepEqual([shown.steps.length, shown.usage.ms, shown.waits], [2, 20, null]);
});

test('a run without an outcome told nothing yet', () => {
  assert.deepEqual(readOutcome(undefined).told, { values: {}, transcript: [], error: null });
});
