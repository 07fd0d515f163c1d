/** Stepping through a tree: a long loop leaves others their turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Behavior } from '../../../server/bots/behavior.ts';
import { type MachineDeps, runMachine } from '../../../server/bots/machine.ts';
import { beginState } from '../../../server/bots/run-state.ts';

test('while a loop goes through a long list others have their turn', async () => {
  const items = Array.from({ length: 20_000 }, (_, at): [unknown, unknown] => [at, at]);
  const params = { foreach_json: '', as_placeholder: 'x' };
  const nodes = [{ type: 'loop', title: 'All', status: 'live', params, nodes: [] }];
  const refuse = async () => assert.fail('the loop is empty');
  const deps: MachineDeps = {
    limits: { maxNodes: 10, maxLoopTurns: 5_000, maxDepth: 1, maxMs: 1 },
    elapsedMs: () => 0,
    enters: () => true,
    // Of a behavior the machine reads the nodes.
    behavior: async () => ({ nodes }) as unknown as Behavior,
    act: refuse,
    passes: refuse,
    items: async () => items,
  };
  let turnsOfOthers = 0;
  const others = setInterval(() => turnsOfOthers++, 0);
  const state = beginState('long', {}, {});
  await assert.rejects(runMachine(deps, state), /5000 turns of loops/).finally(() => clearInterval(others));
  assert.ok(turnsOfOthers > 20, `${turnsOfOthers}`);
  assert.equal(state.frames[0]?.values.x__counter, 5_002);
});
