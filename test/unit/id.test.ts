import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdMaker, isId } from '../../server/id.ts';

test('ids are ULIDs: time first, 26 characters of Crockford base 32', () => {
  // Time 1469918176385 is 01ARYZ6S41 in the ULID specification's example.
  const newId = createIdMaker(
    () => 1469918176385,
    (size) => new Uint8Array(size),
  );
  assert.equal(newId(), '01ARYZ6S410000000000000000');
});

test('ids of one millisecond rise', () => {
  const newId = createIdMaker(
    () => 5,
    (size) => new Uint8Array(size).fill(31),
  );
  const ids = [newId(), newId(), newId()];
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, 3);
});

test('ids go on rising when the clock steps back', () => {
  let clock = 2000;
  const newId = createIdMaker(() => clock--);
  const ids = Array.from({ length: 50 }, newId);
  assert.deepEqual([...ids].sort(), ids);
});

test('no uri is an id', () => {
  assert.equal(isId('01ARYZ6S410000000000000000'), true);
  for (const text of [
    '01aryz6s410000000000000000',
    'twitter',
    '',
    '01ARYZ6S41000000000000000',
    '01ARYZ6S41000000000000000U',
  ]) {
    assert.equal(isId(text), false, text);
  }
});
