import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pointerKeys, pointerTo, positionOf } from '../../../server/packages/positions.ts';

const text = `{
  "a/b": [1, "two, ] }", {"c\\"d": null}],
  "e": {"f": {}, "g": true}
}
`;

test('a pointer leads to line and column of its value', () => {
  assert.deepEqual(positionOf(text, ''), { line: 1, column: 1 });
  assert.deepEqual(positionOf(text, '/a~1b'), { line: 2, column: 10 });
  assert.deepEqual(positionOf(text, '/a~1b/1'), { line: 2, column: 14 });
  assert.deepEqual(positionOf(text, '/a~1b/2/c"d'), { line: 2, column: 35 });
  assert.deepEqual(positionOf(text, '/e/f'), { line: 3, column: 14 });
  assert.deepEqual(positionOf(text, '/e/g'), { line: 3, column: 23 });
});

test('a pointer to something missing leads to where it belongs', () => {
  assert.deepEqual(positionOf(text, '/e/f/nothing'), { line: 3, column: 14 });
  assert.deepEqual(positionOf(text, '/nothing/at/all'), { line: 1, column: 1 });
  assert.deepEqual(positionOf(text, '/a~1b/7'), { line: 2, column: 10 });
});

test('keys survive being made into a pointer and back', () => {
  const keys = ['records', '0', 'a/b', 'c~d', '', '~1'];
  assert.deepEqual(pointerKeys(pointerTo(keys)), keys);
});
