/** Changing a tree and the actions in it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BehaviorNode } from '../../../server/bots/behavior.ts';
import {
  addAction,
  copyAction,
  moveAction,
  removeAction,
  stepAction,
} from '../../../server/bots/node-actions.ts';
import {
  copyNode,
  insertNode,
  moveNode,
  parentsFor,
  removeNode,
  stepNode,
} from '../../../server/bots/node-edit.ts';
import { deepFreeze } from '../../support/deep-freeze.ts';

const node = (type: string, title: string, ...nodes: BehaviorNode[]): BehaviorNode => ({
  type,
  title,
  status: 'live',
  params: {},
  nodes,
});
const actions = (title: string, ...names: string[]): BehaviorNode => ({
  ...node('action', title),
  params: { actions: names.map((name) => ({ action: name })) },
});
const tree: BehaviorNode[] = deepFreeze([
  actions('A', 'one', 'two', 'three'),
  node('switch', 'S', node('outcome', 'Yes', actions('B')), node('outcome', 'No', node('loop', 'L'))),
  node('subroutine', 'Sub'),
]);

/** A tree in one line: `A S(Yes(B) No(L)) Sub`. */
function drawn(nodes: readonly BehaviorNode[]): string {
  return nodes
    .map(({ title, nodes: below }) => (below.length > 0 ? `${title}(${drawn(below)})` : title))
    .join(' ');
}

function acts(nodes: readonly BehaviorNode[], at: number): string {
  const { actions } = (nodes[at] ?? assert.fail('no node')).params;
  return (actions as { action: string }[]).map(({ action }) => action).join(' ');
}

test('a node is put before another, or at the end, and its new address is told', () => {
  const first = insertNode(tree, { parent: '1.0', index: 0 }, actions('N'));
  assert.deepEqual([drawn(first.nodes), first.address], ['A S(Yes(N B) No(L)) Sub', '1.0.0']);
  const last = insertNode(tree, { parent: '' }, node('loop', 'N'));
  assert.deepEqual([drawn(last.nodes), last.address], ['A S(Yes(B) No(L)) Sub N', '3']);
});

test('what may not stand in a node is refused with both names', () => {
  for (const [parent, child, message] of [
    ['', 'outcome', /kind Outcome may not stand at the top/],
    ['1', 'action', /kind Actions may not stand in "S" \(Decision\)/],
    ['1.0', 'subroutine', /kind Subroutine may not stand in "Yes" \(Outcome\)/],
    ['0', 'action', /may not stand in "A"/],
    ['2', 'outcome', /may not stand in "Sub"/],
  ] as const) {
    assert.throws(() => insertNode(tree, { parent }, node(child, 'N')), message);
  }
});

test('a node is moved with what hangs below it, to the place that the old indices name', () => {
  const inside = moveNode(tree, '1', { parent: '2' });
  assert.deepEqual([drawn(inside.nodes), inside.address], ['A Sub(S(Yes(B) No(L)))', '1.0']);
  const out = moveNode(tree, '1.0.0', { parent: '', index: 0 });
  assert.deepEqual([drawn(out.nodes), out.address], ['B A S(Yes No(L)) Sub', '0']);
  const later = moveNode(tree, '0', { parent: '1.1.0' });
  assert.deepEqual([drawn(later.nodes), later.address], ['S(Yes(B) No(L(A))) Sub', '0.1.0.0']);
});

test('a node cannot be moved into itself or below itself', () => {
  assert.throws(() => moveNode(tree, '1', { parent: '1' }), /into itself/);
  assert.throws(() => moveNode(tree, '1', { parent: '1.1.0' }), /into itself/);
  assert.throws(() => moveNode(tree, '9', { parent: '' }), /changed meanwhile/);
  assert.throws(() => moveNode(tree, '0', { parent: 'x' }), /no such node/);
});

test('a node goes up and down among its neighbours, and stays where the list ends', () => {
  assert.equal(drawn(stepNode(tree, '0', 'down').nodes), 'S(Yes(B) No(L)) A Sub');
  assert.equal(drawn(stepNode(tree, '1.1', 'up').nodes), 'A S(No(L) Yes(B)) Sub');
  assert.equal(drawn(stepNode(tree, '0', 'up').nodes), drawn(tree));
  assert.equal(drawn(stepNode(tree, '2', 'down').nodes), drawn(tree));
});

test('a copy has what hangs below and says that it is one; the rest stays', () => {
  const copied = copyNode(tree, '1.0', { parent: '1', index: 1 });
  assert.equal(drawn(copied.nodes), 'A S(Yes(B) Yes (copy)(B) No(L)) Sub');
  assert.equal(copied.address, '1.1');
  assert.equal(drawn(removeNode(copied.nodes, '1.0')), 'A S(Yes (copy)(B) No(L)) Sub');
});

test('where a node may go is told by titles, itself left out', () => {
  const places = parentsFor(tree, 'loop', '1.1.0');
  assert.deepEqual(
    places.map(({ title }) => title),
    ['Top of the behavior', 'S › Yes', 'S › No', 'Sub'],
  );
  assert.deepEqual(
    parentsFor(tree, 'outcome').map(({ address }) => address),
    ['1'],
  );
});

test('actions are added, moved within their node and to another, copied and removed', () => {
  assert.equal(acts(addAction(tree, '0', { action: 'four' }).nodes, 0), 'one two three four');
  assert.equal(acts(stepAction(tree, { node: '0', index: 0 }, 'down'), 0), 'two one three');
  assert.equal(acts(stepAction(tree, { node: '0', index: 0 }, 'up'), 0), 'one two three');
  assert.equal(acts(removeAction(tree, { node: '0', index: 1 }), 0), 'one three');
  const moved = moveAction(tree, { node: '0', index: 1 }, '1.0.0');
  assert.equal(acts(moved, 0), 'one three');
  assert.equal(acts(copyAction(tree, { node: '0', index: 1 }, '0'), 0), 'one two three two');
  assert.throws(() => addAction(tree, '1', { action: 'x' }), /Only a node of actions/);
  assert.throws(() => removeAction(tree, { node: '0', index: 9 }), /no such action/);
});
