import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../../../server/sandbox/clock.ts';
import { faultTable } from '../../../server/sandbox/fault-table.ts';
import { createFaults, readSwitch } from '../../../server/sandbox/faults.ts';
import { refusalByCode } from '../../../server/sandbox/refusal.ts';

test('what is due is done in order and each at its own time', async () => {
  const clock = createClock(() => 1000, false);
  const seen: [string, number][] = [];
  const note = (name: string) => async () => void seen.push([name, clock.now()]);
  clock.at(1500, note('late'));
  clock.at(1200, async () => {
    seen.push(['early', clock.now()]);
    clock.at(1300, note('between'));
  });
  await clock.advance(199);
  assert.deepEqual([seen, clock.pending()], [[], 2]);
  await clock.advance(301);
  assert.deepEqual(seen, [
    ['early', 1200],
    ['between', 1300],
    ['late', 1500],
  ]);
  await clock.advance(0);
  assert.equal(clock.now(), 1500);
});

test('a clock that runs does by itself what is due', async () => {
  const clock = createClock(Date.now, true);
  await new Promise<void>((resolve) => {
    clock.at(clock.now(), async () => resolve());
    // The clock's own timer keeps no process alive.
    setTimeout(() => undefined, 1000).unref();
  });
  clock.stop();
});

test('a fault may be of one method, and a code may come with another status', () => {
  const faults = createFaults();
  faults.set('error-code', { value: 349, method: 'POST', path: '/a', times: 1 });
  assert.equal(faults.takeSetting('error-code', { path: '/a', method: 'GET', faults: [] }), undefined);
  assert.equal(faults.takeSetting('error-code', { path: '/a', method: 'POST', faults: [] })?.value, 349);
  assert.deepEqual(readSwitch('error-code', { value: 34, status: 410 }), { value: 34, status: 410 });
  assert.throws(() => readSwitch('error-code', 7), RangeError);
  assert.throws(() => readSwitch('error-code', { value: 34, status: 200 }), RangeError);
  assert.throws(() => readSwitch('slow', { value: 34, status: 500 }), RangeError);
  assert.throws(() => readSwitch('duplicate-deliveries', 1.5), RangeError);
});

test('every code that a channel has to understand can be played', () => {
  const codes = [
    32, 34, 64, 88, 89, 93, 130, 131, 135, 144, 150, 151, 185, 186, 187, 200, 214, 215, 226, 261, 326, 327,
    348, 349, 354, 355, 385, 415, 416, 433, 453, 476,
  ];
  for (const code of codes) assert.ok(refusalByCode(code), String(code));
  assert.ok(Object.keys(faultTable).length > 30);
});
