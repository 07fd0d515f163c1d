/** What pages show of a behavior: its mark in lists, its tree. Pure. */
import type { Remark } from '../packages/record-type.ts';
import {
  actionsOf,
  type Behavior,
  type BehaviorNode,
  type BehaviorRecord,
  type NodeStatus,
  type Placed,
} from './behavior.ts';
import type { Bot } from './bot.ts';
import { below, textOf } from './json-value.ts';
import { kindsBelow, titleOfKind } from './node-kind.ts';
import { remarksOnBehavior, titleOfAction, titleOfEvent } from './remarks.ts';

/** One line of a list. */
export interface BehaviorMark {
  id: string;
  title: string;
  event: string;
  isPrivate: boolean;
  isDisabled: boolean;
  isRunnable: boolean;
  priority: number;
}

export function behaviorMark(behavior: BehaviorRecord, bot: Bot | undefined): BehaviorMark {
  return {
    id: behavior.id,
    title: behavior.title,
    event: titleOfEvent(behavior.event.key),
    isPrivate: behavior.isPrivate,
    isDisabled: behavior.isDisabled,
    isRunnable: remarksOnBehavior(behavior, bot).length === 0,
    priority: behavior.priority,
  };
}

export interface ShownAction {
  title: string;
  /** Of the page that edits it: indices of nodes, then of the action, joined by dots. */
  address: string;
  summary: string;
  reasons: string[];
}

export interface ShownNode {
  type: string;
  /** What people call its type. */
  kind: string;
  /** Indices from the top, joined by dots. */
  address: string;
  /** Kinds of nodes that may be added below it, as a list and as one text. */
  adds: { type: string; title: string }[];
  holds: string;
  holdsActions: boolean;
  title: string;
  status: NodeStatus;
  /** How a run went through it; undefined outside the simulator. */
  taken: string | undefined;
  reasons: string[];
  actions: ShownAction[];
  nodes: ShownNode[];
}

/** The tree, with what cannot run marked where it stands; `taken` says by node what a run did there. */
export function shownTree(
  behavior: Behavior,
  remarks: readonly Remark[],
  taken: ReadonlyMap<string, string> = new Map(),
): ShownNode[] {
  const show = (value: BehaviorNode, path: string, indices: readonly number[]): ShownNode => {
    const actions = actionsOf({ path, value }).map((action, index) =>
      shownAction(action, remarks, [...indices, index]),
    );
    const own = (remark: Remark) => remark.path === path || remark.path.startsWith(`${path}/params/groups/`);
    return {
      type: value.type,
      kind: titleOfKind(value.type),
      address: indices.join('.'),
      adds: kindsBelow(value.type).map((type) => ({ type, title: titleOfKind(type) })),
      holds: kindsBelow(value.type).join(' '),
      holdsActions: value.type === 'action',
      title: value.title,
      status: value.status,
      taken: taken.get(path),
      reasons: remarks.filter(own).map((remark) => remark.message),
      actions,
      nodes: value.nodes.map((node, index) => show(node, below(path, 'nodes', index), [...indices, index])),
    };
  };
  return behavior.nodes.map((node, index) => show(node, below('/nodes', index), [index]));
}

function shownAction(
  { path, value }: Placed<Record<string, unknown>>,
  remarks: readonly Remark[],
  indices: readonly number[],
): ShownAction {
  const isOwn = (remark: Remark) => remark.path.startsWith(`${path}/`);
  const placeholder = textOf(value.response_placeholder) || textOf(value.var);
  const verb = textOf(value.http_verb)?.toUpperCase();
  const parts = [
    verb && `${verb} ${textOf(value.http_url)?.trim()}`,
    textOf(value.text)?.trim(),
    placeholder && `→ {{${placeholder}}}`,
  ];
  return {
    title: titleOfAction(textOf(value.action) ?? ''),
    address: indices.join('.'),
    summary: parts.filter(Boolean).join(' '),
    reasons: remarks.filter(isOwn).map((remark) => remark.message),
  };
}
