import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Answers,
  answerPrompts,
  answerValue,
  makeRandom,
  standInFor,
  unmarkAnswers,
} from '../../../server/packages/answers.ts';
import type { Prompt } from '../../../server/packages/header.ts';

function prompt(type: Prompt['type'], params: Prompt['params'] = {}): Prompt {
  const isMultiple = params.multiple === true || (type === 'chooser' && params.single !== true);
  return {
    key: 'p',
    type,
    label: 'Point',
    params,
    isMultiple,
    secret: false,
    path: '/package/configure/prompts/0',
  };
}

function problemOf(asked: Prompt, answers: Answers): string | undefined {
  return answerPrompts([asked], answers)[0]?.problem;
}

test('an empty text is no answer; blanks and "0" are', () => {
  assert.equal(problemOf(prompt('text'), {}), "'Point' (p) is required.");
  assert.equal(problemOf(prompt('text'), { p: '' }), "'Point' (p) is required.");
  assert.equal(problemOf(prompt('text'), { p: ' ' }), undefined);
  assert.equal(problemOf(prompt('text'), { p: '0' }), undefined);
});

test('a default is no answer', () => {
  assert.match(problemOf(prompt('text', { default: 'x' }), {}) ?? '', /is required/);
});

test('a picklist takes a value of its options, given as a list or as labels and values', () => {
  const list = prompt('picklist', { options: ['live', 'test'] });
  const pairs = prompt('picklist', { options: { Live: 'live', Test: 'test' } });
  for (const asked of [list, pairs]) {
    assert.equal(problemOf(asked, { p: 'live' }), undefined);
    assert.equal(problemOf(asked, { p: 'Live' }), "'Point' (p) takes one of: live, test.");
  }
});

test('a picklist with "multiple" takes several of its options, at least one, and stands as a list', () => {
  const many = prompt('picklist', { options: ['a', 'b', 'c'], multiple: true });
  assert.equal(problemOf(many, { p: ['a', 'c'] }), undefined);
  assert.equal(problemOf(many, { p: 'b' }), undefined);
  assert.equal(problemOf(many, { p: [] }), "'Point' (p) is required.");
  assert.equal(problemOf(many, { p: ['a', 'x'] }), "'Point' (p) takes one or more of: a, b, c.");
  assert.deepEqual(answerValue(many, ['a', 'c']), ['a', 'c']);
  assert.deepEqual(answerValue(many, 'b'), ['b']);
  assert.deepEqual(standInFor(many, 0), ['a']);
});

test('a chooser without "single" takes several records; a prompt that takes one refuses two', () => {
  assert.equal(problemOf(prompt('chooser', { single: false }), { p: ['1', '2'] }), undefined);
  assert.equal(
    problemOf(prompt('chooser', { single: true }), { p: ['1', '2'] }),
    "'Point' (p) takes one answer, not 2.",
  );
  assert.equal(answerValue(prompt('text'), ['only']), 'only');
});

test('a key that names a property of every object is no answer', () => {
  assert.match(problemOf({ ...prompt('text'), key: 'constructor' }, {}) ?? '', /is required/);
});

test('a missing answer is stood in for by default, first option, or a mark that shows the label', () => {
  assert.equal(standInFor(prompt('text', { default: 'eu' }), 0), 'eu');
  assert.equal(standInFor(prompt('picklist', { options: ['a', 'b'], default: 'b' }), 0), 'b');
  assert.equal(standInFor(prompt('picklist', { options: ['a', 'b'], default: 'c' }), 0), 'a');
  const mark = standInFor(prompt('text'), 0);
  assert.equal(new URL(`https://${mark}.example.com/`).hostname, `${mark}.example.com`);
  assert.equal(unmarkAnswers(`${mark}.example.com`, [prompt('text')]), '[Point].example.com');
});

test('random values have the length asked for and hold no letter that can be mistaken', () => {
  let next = 0;
  const everyByte = (size: number) => Uint8Array.from({ length: size }, () => next++ % 256);
  const text = makeRandom({ key: 'r', length: 231 }, everyByte);
  assert.match(text, /^[A-HJ-NP-Z1-9]{231}$/);
  const counts = [...new Set(text)].map((char) => text.split(char).length - 1);
  assert.deepEqual(new Set(counts), new Set([7]));
});
