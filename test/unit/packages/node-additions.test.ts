import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackageItem } from '../../../server/packages/grammar.ts';
import {
  addNodes,
  atAdditions,
  type NodeAddition,
  readAddition,
} from '../../../server/packages/node-additions.ts';

function addition(uid: string, parent: unknown, more: Record<string, unknown> = {}): NodeAddition {
  const fields = { behavior_id: 'b', parent_id: parent, type: 'action', title: uid, ...more };
  const item: PackageItem = { uid, context: 'behavior', fields, path: `/behavior_nodes/${uid}` };
  return readAddition(item, fields);
}

const tree = [
  {
    type: 'switch',
    title: 'Ask',
    nodes: [
      { type: 'outcome', title: 'Yes', nodes: [] },
      { type: 'outcome', title: 'No' },
    ],
  },
  { type: 'action', title: 'Do' },
];

function titlesOf(nodes: readonly unknown[]): unknown[] {
  return nodes.map((node) => {
    const { title, nodes: inner = [] } = node as { title: string; nodes?: unknown[] };
    return inner.length === 0 ? title : [title, ...titlesOf(inner)];
  });
}

test('a node without parent, or with 0, comes behind those at the top', () => {
  for (const parent of [undefined, null, '', '0', 0]) {
    const { nodes, placed, faults } = addNodes(tree, [addition('new', parent)]);
    assert.deepEqual(titlesOf(nodes), [['Ask', 'Yes', 'No'], 'Do', 'new']);
    assert.deepEqual(placed, [{ at: '/nodes/2', path: '/behavior_nodes/new' }]);
    assert.deepEqual(faults, []);
  }
});

test('a parent is named by its title, its pointer, or the uid of a node added before', () => {
  const { nodes } = addNodes(tree, [
    addition('a', 'Yes'),
    addition('b', '/nodes/0/nodes/1'),
    addition('c', 'a'),
  ]);
  assert.deepEqual(titlesOf(nodes), [['Ask', ['Yes', ['a', 'c']], ['No', 'b']], 'Do']);
});

test('a parent that is not there, or is named twice, is a fault in its place', () => {
  const twice = [...tree, { type: 'action', title: 'Do' }];
  for (const [nodes, parent] of [
    [tree, 'Nowhere'],
    [tree, '/nodes/9'],
    [twice, 'Do'],
  ] as const) {
    const added = addNodes(nodes, [addition('new', parent)]);
    assert.deepEqual(
      added.faults.map(({ path }) => path),
      ['/behavior_nodes/new/parent_id'],
    );
    assert.deepEqual(added.nodes, nodes);
  }
});

test('the tree that was given is not changed', () => {
  const before = JSON.stringify(tree);
  addNodes(tree, [addition('a', 'Yes')]);
  assert.equal(JSON.stringify(tree), before);
});

test('remarks about added nodes lead to the place of the package where they stand', () => {
  const { placed } = addNodes(tree, [addition('a', 'Yes'), addition('b', 'a')]);
  const remarks = [
    '/nodes/0/nodes/0/nodes/0/params',
    '/nodes/0/nodes/0/nodes/0/nodes/0',
    '/nodes/1',
    '/title',
  ];
  assert.deepEqual(
    atAdditions(
      remarks.map((path) => ({ path: `/bots/0${path}` })),
      '/bots/0',
      placed,
    ).map(({ path }) => path),
    ['/behavior_nodes/a/params', '/behavior_nodes/b', '/bots/0/nodes/1', '/bots/0/title'],
  );
});
