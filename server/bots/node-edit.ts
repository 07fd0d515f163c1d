/** Changing a tree: nodes that are added, moved, copied and taken away, within what may stand where. Pure. */
import { HubError } from '../errors.ts';
import type { BehaviorNode } from './behavior.ts';
import { kindsBelow, titleOfKind } from './node-kind.ts';

/** Indices from the top, joined by dots: `0.2.1`. The empty one is the behavior itself. */
export type Address = string;

/** A place in a list of nodes: before the node that stands at the index now, or without one at the end. */
export interface Place {
  parent: Address;
  index?: number | undefined;
}

/** A changed tree, and where in it the node stands that it was about. */
export interface Changed {
  nodes: BehaviorNode[];
  address: Address;
}

/** The node at an address. Throws `not_found`: the tree was changed meanwhile. */
export function getNode(nodes: readonly BehaviorNode[], address: Address): BehaviorNode {
  const [first, ...rest] = indicesOf(address);
  const node = first === undefined ? undefined : nodes[first];
  if (!node) throw new HubError('not_found', 'There is no such node. The behavior was changed meanwhile.');
  return rest.length === 0 ? node : getNode(node.nodes, rest.join('.'));
}

/** Every node with its address, parents first. */
export function addressed(
  nodes: readonly BehaviorNode[],
  parent: Address = '',
): { address: Address; node: BehaviorNode }[] {
  return nodes.flatMap((node, index) => {
    const address = join(parent, index);
    return [{ address, node }, ...addressed(node.nodes, address)];
  });
}

/** The address of the list that holds this node, and the node's index there. */
export function placeOf(address: Address): { parent: Address; index: number } {
  const indices = indicesOf(address);
  const index = indices.pop() ?? 0;
  return { parent: indices.join('.'), index };
}

/** The same address as a JSON pointer below the behavior. */
export function pointerOf(address: Address): string {
  return indicesOf(address)
    .map((index) => `/nodes/${index}`)
    .join('');
}

/** The tree with this node in place of another. */
export function replaceNode(
  nodes: readonly BehaviorNode[],
  address: Address,
  change: (node: BehaviorNode) => BehaviorNode,
): BehaviorNode[] {
  getNode(nodes, address);
  const { parent, index } = placeOf(address);
  return changeList(nodes, parent, (list) => list.map((node, at) => (at === index ? change(node) : node)));
}

/** Throws `bad_request` where a node of this kind may not stand; so do moving and copying. */
export function insertNode(nodes: readonly BehaviorNode[], to: Place, node: BehaviorNode): Changed {
  const parent = to.parent === '' ? undefined : getNode(nodes, to.parent);
  if (!kindsBelow(parent?.type).includes(node.type)) {
    const where = parent ? `in "${parent.title}" (${titleOfKind(parent.type)})` : 'at the top';
    throw new HubError('bad_request', `A node of the kind ${titleOfKind(node.type)} may not stand ${where}.`);
  }
  return placeNode(nodes, to, node);
}

export function removeNode(nodes: readonly BehaviorNode[], address: Address): BehaviorNode[] {
  getNode(nodes, address);
  const { parent, index } = placeOf(address);
  return changeList(nodes, parent, (list) => list.filter((_node, at) => at !== index));
}

/** Takes what hangs below along. */
export function moveNode(nodes: readonly BehaviorNode[], from: Address, to: Place): Changed {
  const node = getNode(nodes, from);
  if (to.parent === from || to.parent.startsWith(`${from}.`)) {
    throw new HubError('bad_request', `"${node.title}" cannot be moved into itself.`);
  }
  // The old place stays until the new one is taken, so that the indices of `to` mean what they meant.
  const gone = { ...node };
  const held = replaceNode(nodes, from, () => gone);
  const isSameList = placeOf(from).parent === to.parent;
  const { nodes: both } = isSameList ? placeNode(held, to, node) : insertNode(held, to, node);
  const left = removeNode(both, addressOf(both, gone));
  return { nodes: left, address: addressOf(left, node) };
}

/** One place up or down among its neighbours; at the end of the list nothing changes. */
export function stepNode(nodes: readonly BehaviorNode[], address: Address, by: 'up' | 'down'): Changed {
  const { parent, index } = placeOf(address);
  const to = by === 'up' ? Math.max(0, index - 1) : index + 2;
  return moveNode(nodes, address, { parent, index: to });
}

/** The copy has what hangs below, too, and says in its title that it is one. */
export function copyNode(nodes: readonly BehaviorNode[], from: Address, to: Place): Changed {
  const node = getNode(nodes, from);
  return insertNode(nodes, to, { ...node, title: `${node.title} (copy)`.slice(0, 255) });
}

/** Where a node of this type may go: the behavior itself as '', and nodes; not into itself. */
export function parentsFor(
  nodes: readonly BehaviorNode[],
  type: string,
  self?: Address,
): { address: Address; title: string }[] {
  const top = kindsBelow(undefined).includes(type) ? [{ address: '', title: 'Top of the behavior' }] : [];
  const below = addressed(nodes)
    .filter(({ node }) => kindsBelow(node.type).includes(type))
    .filter(({ address }) => self === undefined || !`${address}.`.startsWith(`${self}.`))
    .map(({ address }) => ({ address, title: titlesTo(nodes, address).join(' › ') }));
  return [...top, ...below];
}

function titlesTo(nodes: readonly BehaviorNode[], address: Address): string[] {
  const indices = indicesOf(address);
  return indices.map((_index, depth) => getNode(nodes, indices.slice(0, depth + 1).join('.')).title);
}

function placeNode(nodes: readonly BehaviorNode[], { parent, index }: Place, node: BehaviorNode): Changed {
  const changed = changeList(nodes, parent, (list) => {
    const at = Math.min(index ?? list.length, list.length);
    return [...list.slice(0, at), node, ...list.slice(at)];
  });
  return { nodes: changed, address: addressOf(changed, node) };
}

function changeList(
  nodes: readonly BehaviorNode[],
  parent: Address,
  change: (list: readonly BehaviorNode[]) => BehaviorNode[],
): BehaviorNode[] {
  const [first, ...rest] = indicesOf(parent);
  if (first === undefined) return change(nodes);
  return nodes.map((node, at) =>
    at === first ? { ...node, nodes: changeList(node.nodes, rest.join('.'), change) } : node,
  );
}

/** By identity: the object was put there a moment ago. */
function addressOf(nodes: readonly BehaviorNode[], node: BehaviorNode): Address {
  return addressed(nodes).find((one) => one.node === node)?.address ?? '';
}

function join(parent: Address, index: number): Address {
  return parent === '' ? String(index) : `${parent}.${index}`;
}

function indicesOf(address: Address): number[] {
  if (address === '') return [];
  const parts = address.split('.');
  if (!parts.every((part) => /^\d{1,5}$/.test(part))) {
    throw new HubError('not_found', 'There is no such node.');
  }
  return parts.map(Number);
}
