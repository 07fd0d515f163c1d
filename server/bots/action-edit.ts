/** Finding and replacing one action of a tree, and reading its form. Pure. */
import type { ActionField, ActionType } from './action.ts';
import { type BehaviorNode, eachNode, type NodeStatus } from './behavior.ts';
import { formText } from './form.ts';
import { flagOf, isObject, type JsonObject, textOf } from './json-value.ts';

/** An action and the node it stands in. */
export interface FoundAction {
  node: BehaviorNode;
  action: JsonObject;
}

/** By its address, indices of nodes and then of the action, such as `0.1`; undefined where none is. */
export function findAction(nodes: readonly BehaviorNode[], address: string): FoundAction | undefined {
  const { path, index } = readAddress(address);
  const node = eachNode(nodes).find((one) => one.path === path)?.value;
  const actions = node?.type === 'action' && Array.isArray(node.params.actions) ? node.params.actions : [];
  const action: unknown = actions[index];
  return node && isObject(action) ? { node, action } : undefined;
}

/** The tree with this action's params, and its node's title and status, put in place. */
export function replaceAction(
  nodes: readonly BehaviorNode[],
  address: string,
  change: { action: JsonObject; title: string; status: NodeStatus },
): BehaviorNode[] {
  const [first = '', ...rest] = address.split('.');
  return nodes.map((node, at) => {
    if (String(at) !== first) return node;
    if (rest.length > 1) return { ...node, nodes: replaceAction(node.nodes, rest.join('.'), change) };
    const actions = Array.isArray(node.params.actions) ? [...node.params.actions] : [];
    actions[Number(rest[0])] = change.action;
    return { ...node, title: change.title, status: change.status, params: { ...node.params, actions } };
  });
}

/** A parameter of an action by a field's key, as text; flags as '1' or ''. */
export function paramOf(action: JsonObject, field: ActionField): string {
  const value = field.key
    .split('.')
    .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), action);
  return field.kind === 'flag' ? (flagOf(value) ? '1' : '') : (textOf(value) ?? '');
}

/** The action's params with what a form sent; parameters the form does not show stay. */
export function readActionForm(type: ActionType, form: FormData, action: JsonObject): JsonObject {
  const params: JsonObject = { ...action, action: type.id };
  for (const field of type.fields) {
    const sent = formText(form, field.key);
    const value = field.kind === 'flag' ? (sent === '' ? '0' : '1') : sent;
    const [outer = '', inner] = field.key.split('.');
    if (inner === undefined) params[outer] = value;
    else params[outer] = { ...(isObject(params[outer]) ? params[outer] : {}), [inner]: value };
  }
  return params;
}

function readAddress(address: string): { path: string; index: number } {
  const indices = address.split('.');
  return { path: `/nodes/${indices.slice(0, -1).join('/nodes/')}`, index: Number(indices.at(-1)) };
}
