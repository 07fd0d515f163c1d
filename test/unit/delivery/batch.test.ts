import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBatch } from '../../../server/delivery/batch.ts';

test('what arrives in one turn is written together, what arrives during a write with the next', async () => {
  const writes: number[][] = [];
  const batch = createBatch<number>(
    async (items) => {
      writes.push([...items]);
      if (items.includes(1)) void batch.add(4);
    },
    { delayMs: 0, maxItems: 10 },
  );
  await Promise.all([batch.add(1), batch.add(2), batch.add(3)]);
  await batch.flush();
  assert.deepEqual(writes, [[1, 2, 3], [4]]);
});

test('no write holds more than its share, and a full one does not wait', async () => {
  const sizes: number[] = [];
  const batch = createBatch<number>(async (items) => void sizes.push(items.length), {
    delayMs: 60_000,
    maxItems: 2,
  });
  await Promise.all([batch.add(1), batch.add(2)]);
  const last = batch.add(3);
  await batch.flush();
  await last;
  assert.deepEqual(sizes, [2, 1]);
});

test('a failed write fails those it held, and nobody else', async () => {
  const batch = createBatch<number>(
    async (items) => {
      if (items.includes(1)) throw new Error('disk full');
    },
    { delayMs: 0, maxItems: 1 },
  );
  const results = await Promise.allSettled([batch.add(1), batch.add(2)]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
  await batch.flush();
});
