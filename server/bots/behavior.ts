/** A behavior: when it runs, what it asks for, and its tree of nodes. Pure. */
import { digitsOf } from '../json.ts';
import type { Remark } from '../packages/record-type.ts';
import { parseUri, uriRule } from './bot.ts';
import { eventMacroBot } from './event.ts';
import { below, flagOf, isObject, type JsonObject, objectOf, textOf } from './json-value.ts';
import { parseVariables, type Variable, variablesJson } from './variable.ts';

export interface Behavior {
  title: string;
  uri: string | null;
  botId: string;
  event: { key: string; params: JsonObject };
  isDisabled: boolean;
  isPrivate: boolean;
  /** Lower runs first. */
  priority: number;
  variables: Variable[];
  nodes: BehaviorNode[];
}

export interface BehaviorRecord extends Behavior {
  id: string;
  createdAt: number;
  updatedAt: number;
}

export interface BehaviorNode {
  /** `action`, `switch`, `outcome`, `loop`, `subroutine`; others are kept and cannot run. */
  type: string;
  title: string;
  status: NodeStatus;
  params: JsonObject;
  nodes: BehaviorNode[];
}

export type NodeStatus = 'live' | 'disabled' | 'simulator';

/** A node or an action with its JSON pointer below the behavior. */
export interface Placed<T> {
  path: string;
  value: T;
}

export const behaviorContext = 'cerberusweb.contexts.behavior';

const fields = new Set([
  'title',
  'uri',
  'bot_id',
  'event',
  'is_disabled',
  'is_private',
  'priority',
  'variables',
  'nodes',
  'updated_at',
]);

/** Reads a behavior's fields as packages and the API write them. With faults the value must not be stored. */
export function parseBehavior(
  input: JsonObject,
  path: string,
): { value: Behavior; faults: Remark[]; unsupported: Remark[] } {
  const faults: Remark[] = [];
  const unsupported = Object.keys(input)
    .filter((key) => !fields.has(key))
    .map((key) => ({ path: below(path, key), message: `A behavior has no field "${key}".` }));
  const fault = (key: string, message: string) => faults.push({ path: below(path, key), message });

  const title = textOf(input.title)?.trim() ?? '';
  if (title === '' || title.length > 255) fault('title', 'A behavior needs a title of 1 to 255 characters.');
  const uri = parseUri(input.uri);
  if (uri === undefined) fault('uri', uriRule);
  const botId = textOf(input.bot_id)?.trim() ?? '';
  if (botId === '') fault('bot_id', 'A behavior belongs to a bot: bot_id is missing.');
  const event = parseEvent(input.event);
  if (!event) fault('event', 'The event is an object with a key such as "event.macro.bot".');
  const priority = parsePriority(input.priority);
  if (priority === undefined) fault('priority', 'The priority is a whole number from 0 to 255.');
  const variables = parseVariables(input.variables, below(path, 'variables'));
  const nodes = parseNodes(input.nodes, below(path, 'nodes'));
  return {
    value: {
      title,
      uri: uri ?? null,
      botId,
      event: event ?? { key: eventMacroBot, params: {} },
      isDisabled: flagOf(input.is_disabled),
      isPrivate: flagOf(input.is_private),
      priority: priority ?? 50,
      variables: variables.value,
      nodes: nodes.value,
    },
    faults: [...faults, ...variables.faults, ...nodes.faults],
    unsupported,
  };
}

/** The fields back in the shape parseBehavior reads. */
export function behaviorJson(behavior: Behavior): JsonObject {
  return {
    title: behavior.title,
    uri: behavior.uri,
    bot_id: behavior.botId,
    event: behavior.event,
    is_disabled: behavior.isDisabled,
    is_private: behavior.isPrivate,
    priority: behavior.priority,
    variables: variablesJson(behavior.variables),
    nodes: behavior.nodes,
  };
}

/** Reads a list of nodes and what hangs below them. Unknown types pass: they are remarked and refuse to run. */
export function parseNodes(value: unknown, path: string): { value: BehaviorNode[]; faults: Remark[] } {
  if (value === undefined || value === null) return { value: [], faults: [] };
  if (!Array.isArray(value)) return { value: [], faults: [{ path, message: 'Nodes are a list.' }] };
  const faults: Remark[] = [];
  const nodes = value.flatMap((entry: unknown, index): BehaviorNode[] => {
    const at = below(path, index);
    const type = isObject(entry) ? textOf(entry.type) : undefined;
    if (!isObject(entry) || !type) {
      faults.push({ path: at, message: 'A node is an object with a type.' });
      return [];
    }
    const status = textOf(entry.status) || 'live';
    if (!isStatus(status)) {
      faults.push({ path: below(at, 'status'), message: 'The status is live, disabled or simulator.' });
    }
    const params = objectOf(entry.params);
    if (!params) faults.push({ path: below(at, 'params'), message: 'Params of a node are an object.' });
    const actions = params?.actions ?? [];
    if (type === 'action' && !(Array.isArray(actions) && actions.every(isAction))) {
      const message = 'Actions are a list of objects, each with the id of its action.';
      faults.push({ path: below(at, 'params', 'actions'), message });
    }
    const children = parseNodes(entry.nodes, below(at, 'nodes'));
    faults.push(...children.faults);
    return [
      {
        type,
        title: textOf(entry.title) || type,
        status: isStatus(status) ? status : 'live',
        params: params ?? {},
        nodes: children.value,
      },
    ];
  });
  return { value: nodes, faults };
}

/** Every node of a tree, parents first, with its JSON pointer. */
export function eachNode(nodes: readonly BehaviorNode[], path = '/nodes'): Placed<BehaviorNode>[] {
  return nodes.flatMap((value, index) => {
    const at = below(path, index);
    return [{ path: at, value }, ...eachNode(value.nodes, below(at, 'nodes'))];
  });
}

/** The node at a JSON pointer below the behavior, such as `/nodes/0/nodes/2`. */
export function nodeAt(nodes: readonly BehaviorNode[], path: string): BehaviorNode | undefined {
  const [, index = '', rest = ''] = /^\/nodes\/(\d+)(.*)$/.exec(path) ?? [];
  const node = nodes[Number(index)];
  return rest === '' ? node : node && nodeAt(node.nodes, rest);
}

/** The actions of one node in their order; empty for every other type of node. */
export function actionsOf({ path, value }: Placed<BehaviorNode>): Placed<JsonObject>[] {
  if (value.type !== 'action' || !Array.isArray(value.params.actions)) return [];
  return value.params.actions
    .filter(isObject)
    .map((action, index) => ({ path: below(path, 'params', 'actions', index), value: action }));
}

function parseEvent(value: unknown): Behavior['event'] | undefined {
  if (typeof value === 'string' && value !== '') return { key: value, params: {} };
  if (!isObject(value)) return undefined;
  const key = textOf(value.key);
  const params = objectOf(value.params);
  return key && key.length <= 128 && params ? { key, params } : undefined;
}

function parsePriority(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return 50;
  const digits = typeof value === 'string' ? value.trim() : (digitsOf(value) ?? '');
  return /^\d{1,3}$/.test(digits) && Number(digits) <= 255 ? Number(digits) : undefined;
}

function isStatus(text: string): text is NodeStatus {
  return text === 'live' || text === 'disabled' || text === 'simulator';
}

function isAction(value: unknown): boolean {
  return isObject(value) && typeof value.action === 'string' && value.action !== '';
}
