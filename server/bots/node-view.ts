/** What the page of a node shows. Pure. */
import type { Tested } from './action-form.ts';
import { actionTypes } from './actions/index.ts';
import type { BehaviorNode, BehaviorRecord } from './behavior.ts';
import { type ShownNode, shownTree } from './behavior-view.ts';
import type { BotRecord } from './bot.ts';
import { choices, type FieldErrors } from './form.ts';
import { type JsonObject, textOf } from './json-value.ts';
import { shownGroups } from './node-condition-form.ts';
import { addressed, getNode, parentsFor, placeOf, pointerOf } from './node-edit.ts';
import { nodeStatuses } from './node-form.ts';
import { nodeKinds, titleOfKind } from './node-kind.ts';
import { offeredPlaceholders } from './placeholder-list.ts';
import { remarksOnBehavior, titleOfAction } from './remarks.ts';

export interface NodeView {
  behavior: BehaviorRecord;
  bot: BotRecord;
  /** As it is, or as it was sent and not saved. */
  node: BehaviorNode;
  /** Undefined for a new one, which has a `parent`. */
  address: string | undefined;
  parent: string | undefined;
  errors: FieldErrors;
  tested: Tested;
}

export function nodeModel({ behavior, bot, node, address, parent = '', errors, tested }: NodeView): {
  title: string;
} & JsonObject {
  const kind = titleOfKind(node.type);
  const saved = address === undefined ? undefined : getNode(behavior.nodes, address);
  const near = address ?? parent;
  return {
    title: saved ? `${kind}: ${saved.title}` : `Add: ${kind}`,
    behavior: { id: behavior.id, title: behavior.title, version: behavior.updatedAt },
    isNew: saved === undefined,
    address: address ?? null,
    parent,
    type: node.type,
    kind,
    help: nodeKinds.get(node.type)?.help ?? 'This kind of node is not known here. It is kept as it is.',
    form: {
      title: node.title,
      foreach_json: textOf(node.params.foreach_json) ?? '',
      as_placeholder: textOf(node.params.as_placeholder) ?? '',
    },
    statuses: choices(nodeStatuses, node.status),
    isLoop: node.type === 'loop',
    isOutcome: node.type === 'outcome',
    holdsActions: node.type === 'action',
    errors,
    fault: errors[''] ?? null,
    tested,
    groups: shownGroups(node.params.groups, behavior, errors, tested),
    placeholders: offeredPlaceholders(behavior, bot, `${near === '' ? '' : pointerOf(near)}/params`),
    ...(saved && address !== undefined ? placesOf(behavior, bot, saved, address) : {}),
  };
}

/** Where a node that is there may go, what stands in it, and what goes with it. */
function placesOf(
  behavior: BehaviorRecord,
  bot: BotRecord,
  saved: BehaviorNode,
  address: string,
): JsonObject {
  const own = placeOf(address).parent;
  const parents = parentsFor(behavior.nodes, saved.type, address);
  return {
    actions: shownAt(shownTree(behavior, remarksOnBehavior(behavior, bot)), address)?.actions ?? [],
    actionTypes: [
      ...[...actionTypes.values()].map((type) => ({ value: type.id, label: type.title })),
      ...behavior.variables.map(({ key, label }) => ({
        value: key,
        label: `${titleOfAction(key)}: ${label}`,
      })),
    ],
    places: parents.map((one) => ({
      value: one.address,
      label: one.title,
      selected: one.address === own,
    })),
    below: addressed(saved.nodes).map(({ node: one }) => `${titleOfKind(one.type)}: ${one.title}`),
  };
}

function shownAt(nodes: readonly ShownNode[], address: string): ShownNode | undefined {
  const [first = '', ...rest] = address.split('.');
  const node = nodes[Number(first)];
  return rest.length === 0 ? node : node && shownAt(node.nodes, rest.join('.'));
}
