/** Changing the actions of a node: adding, moving, copying and taking away. Pure. */
import { HubError } from '../errors.ts';
import type { BehaviorNode } from './behavior.ts';
import { isObject, type JsonObject } from './json-value.ts';
import { type Address, addressed, getNode, replaceNode } from './node-edit.ts';

/** An action by its node and its index there. */
export interface ActionPlace {
  node: Address;
  index: number;
}

/** Reads `0.1.2`: the last is the action's index. */
export function actionPlace(address: string): ActionPlace {
  const parts = address.split('.');
  const index = Number(parts.pop());
  return { node: parts.join('.'), index };
}

/** Throws `not_found`: the behavior was changed meanwhile. */
export function getAction(nodes: readonly BehaviorNode[], { node, index }: ActionPlace): JsonObject {
  const action = actionsAt(nodes, node)[index];
  if (!action)
    throw new HubError('not_found', 'There is no such action. The behavior was changed meanwhile.');
  return action;
}

/** The actions of an action node; none of any other. */
export function actionsAt(nodes: readonly BehaviorNode[], address: Address): JsonObject[] {
  const { type, params } = getNode(nodes, address);
  return type === 'action' && Array.isArray(params.actions) ? params.actions.filter(isObject) : [];
}

/** At the end of the node's actions; says its index. */
export function addAction(
  nodes: readonly BehaviorNode[],
  node: Address,
  action: JsonObject,
): { nodes: BehaviorNode[]; index: number } {
  if (getNode(nodes, node).type !== 'action') {
    throw new HubError('bad_request', 'Only a node of actions holds actions.');
  }
  const index = actionsAt(nodes, node).length;
  return { nodes: withActions(nodes, node, (actions) => [...actions, action]), index };
}

export function removeAction(nodes: readonly BehaviorNode[], place: ActionPlace): BehaviorNode[] {
  getAction(nodes, place);
  return withActions(nodes, place.node, (actions) => actions.filter((_one, at) => at !== place.index));
}

/** One place up or down within its node; at the end nothing changes. */
export function stepAction(
  nodes: readonly BehaviorNode[],
  place: ActionPlace,
  by: 'up' | 'down',
): BehaviorNode[] {
  const action = getAction(nodes, place);
  return withActions(nodes, place.node, (actions) => {
    const others = actions.filter((_one, at) => at !== place.index);
    const to = Math.min(others.length, Math.max(0, place.index + (by === 'up' ? -1 : 1)));
    return [...others.slice(0, to), action, ...others.slice(to)];
  });
}

/** To the end of another node's actions, or of its own. */
export function moveAction(nodes: readonly BehaviorNode[], from: ActionPlace, to: Address): BehaviorNode[] {
  const action = getAction(nodes, from);
  return addAction(removeAction(nodes, from), to, action).nodes;
}

export function copyAction(nodes: readonly BehaviorNode[], from: ActionPlace, to: Address): BehaviorNode[] {
  return addAction(nodes, to, getAction(nodes, from)).nodes;
}

/** The nodes that hold actions. */
export function actionNodes(nodes: readonly BehaviorNode[]): { address: Address; title: string }[] {
  return addressed(nodes)
    .filter(({ node }) => node.type === 'action')
    .map(({ address, node }) => ({ address, title: node.title }));
}

function withActions(
  nodes: readonly BehaviorNode[],
  address: Address,
  change: (actions: readonly JsonObject[]) => JsonObject[],
): BehaviorNode[] {
  const actions = actionsAt(nodes, address);
  return replaceNode(nodes, address, (node) => ({
    ...node,
    params: { ...node.params, actions: change(actions) },
  }));
}
