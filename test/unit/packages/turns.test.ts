import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAtOnce, runInTurns, takeTurns } from '../../../server/packages/turns.ts';

function* countTo(end: number, seen: () => void): Generator<void, string> {
  for (let step = 0; step < end; step += 1) {
    seen();
    yield;
  }
  return `did ${end}`;
}

test('work in turns lets what came in meanwhile run before it ends', async () => {
  let steps = 0;
  let stepsWhenRun = 0;
  setImmediate(() => {
    stepsWhenRun = steps;
  });
  const result = await runInTurns(countTo(100, () => steps++));
  assert.equal(result, 'did 100');
  assert.equal(steps, 100);
  assert.ok(stepsWhenRun > 0 && stepsWhenRun < 100, `ran after ${stepsWhenRun}`);
});

test('work at once gives the same result, and nobody runs in between', () => {
  let steps = 0;
  assert.equal(runAtOnce(countTo(100, () => steps++)), 'did 100');
  assert.equal(steps, 100);
});

test('a fault of a step reaches whoever runs the work', async () => {
  const failing = () =>
    countTo(30, () => {
      throw new Error('step failed');
    });
  await assert.rejects(runInTurns(failing()), /step failed/);
  assert.throws(() => runAtOnce(failing()), /step failed/);
});

test('between some steps of a loop others have their turn', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const turn = takeTurns();
  for (let step = 0; step < 200; step += 1) await turn();
  isOver = true;
  assert.ok(turns >= 5, `${turns} turns`);
});
