/** What of a behavior cannot run, said by path before anything happens. Pure. */
import type { Remark } from '../packages/record-type.ts';
import { eventsOf } from './action.ts';
import { findActionType } from './actions/index.ts';
import { actionsOf, type Behavior, type BehaviorNode, eachNode, type Placed } from './behavior.ts';
import type { Bot } from './bot.ts';
import { conditionTokens } from './condition.ts';
import { eventTypes } from './event.ts';
import { below, isObject, type JsonObject, objectOf, textOf } from './json-value.ts';
import { variableTypes } from './variable.ts';

/**
 * Every reason for which a behavior would be refused, with JSON pointers below the behavior. Of a disabled node
 * nothing is remarked: it never runs. With the bot, its own limits on events and actions count too.
 */
export function remarksOnBehavior(behavior: Behavior, bot?: Bot): Remark[] {
  const remarks: Remark[] = [];
  const remark = (path: string, message: string) => remarks.push({ path, message });
  if (!eventTypes.has(behavior.event.key)) {
    remark('/event/key', cannotRun('event', behavior.event.key, eventTitles.get(behavior.event.key)));
  } else if (bot && !isAllowed(bot.params.events, behavior.event.key)) {
    remark('/event/key', `The bot '${bot.name}' does not allow the event "${behavior.event.key}".`);
  }
  for (const found of eventTypes.get(behavior.event.key)?.remarks?.(behavior.event.params) ?? []) {
    remark(`/event/params${found.path}`, found.message);
  }
  for (const variable of behavior.variables) {
    if (variableTypes.has(variable.type)) continue;
    const path = below('/variables', variable.key, 'type');
    remark(path, `A variable of the type "${variable.type}" cannot be filled yet.`);
  }
  for (const node of liveNodes(behavior.nodes)) {
    if (!nodeTypes.has(node.value.type)) remark(node.path, cannotRun('node', node.value.type, undefined));
    for (const token of conditionsOf(node.value)) {
      if (isKnownToken(token.value, behavior)) continue;
      remark(node.path + token.path, `The condition "${token.value}" is not known here.`);
    }
    for (const action of actionsOf(node)) {
      const id = textOf(action.value.action) ?? '';
      if (id.startsWith('var_') && !behavior.variables.some(({ key }) => key === id)) {
        remark(`${action.path}/action`, `The behavior has no variable ${id}.`);
      }
      for (const found of remarksOnAction(action.value, bot)) remark(action.path + found.path, found.message);
      const type = findActionType(id);
      const events = type && eventsOf(type);
      if (!events || events.includes(behavior.event.key)) continue;
      const titles = events.map((event) => `"${titleOfEvent(event)}"`).join(' or ');
      remark(`${action.path}/action`, `"${type.title}" needs the event ${titles}.`);
    }
  }
  return remarks;
}

/** As remarksOnBehavior, for one action; paths below the action. */
export function remarksOnAction(action: JsonObject, bot?: Bot): Remark[] {
  const id = textOf(action.action) ?? '';
  const type = findActionType(id);
  if (!type) return [{ path: '/action', message: cannotRun('action', id, actionTitles.get(id)) }];
  if (bot && !id.startsWith('_') && !isAllowed(bot.params.actions, id)) {
    return [{ path: '/action', message: `The bot '${bot.name}' does not allow the action "${id}".` }];
  }
  return [...type.remarks(action), ...leftOvers(action)];
}

/** `{{{name}}}` that an import could not fill in; what uses it must not run. */
function leftOvers(value: unknown, path = ''): Remark[] {
  if (typeof value === 'string') {
    const [tag] = /\{\{\{\s*[\w.]+\s*\}\}\}/.exec(value) ?? [];
    return tag
      ? [{ path, message: `${tag} was not filled in by the import. Put the right value there.` }]
      : [];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => leftOvers(item, below(path, index)));
  return isObject(value)
    ? Object.entries(value).flatMap(([key, item]) => leftOvers(item, below(path, key)))
    : [];
}

/** What people call an event, action or node; the id itself where we do not know it. */
export function titleOfEvent(key: string): string {
  return eventTypes.get(key)?.title ?? eventTitles.get(key) ?? key;
}

export function titleOfAction(id: string): string {
  return findActionType(id)?.title ?? actionTitles.get(id) ?? id;
}

/** Nodes that can be reached: those below a disabled node cannot. */
function liveNodes(nodes: readonly BehaviorNode[]): Placed<BehaviorNode>[] {
  const all = eachNode(nodes);
  const off = all.filter((node) => node.value.status === 'disabled').map((node) => node.path);
  return all.filter((node) => !off.some((path) => node.path === path || node.path.startsWith(`${path}/`)));
}

function conditionsOf(node: BehaviorNode): Placed<string>[] {
  const groups = Array.isArray(node.params.groups) ? node.params.groups : [];
  return groups.flatMap((group: unknown, at) => {
    const conditions = isObject(group) && Array.isArray(group.conditions) ? group.conditions : [];
    return conditions.map((condition: unknown, index) => ({
      path: below('/params/groups', at, 'conditions', index),
      value: (isObject(condition) && textOf(condition.condition)) || '(none)',
    }));
  });
}

/** A built-in condition, a variable of the behavior, or a placeholder of its event. */
function isKnownToken(token: string, behavior: Behavior): boolean {
  if (conditionTokens.has(token)) return true;
  if (behavior.variables.some(({ key }) => key === token)) return true;
  const placeholders = eventTypes.get(behavior.event.key)?.placeholders ?? [];
  return placeholders.some(({ name }) => name === token);
}

/** A bot's `events` or `actions`: {mode: all|allow|deny, items}. */
function isAllowed(rule: unknown, id: string): boolean {
  const { mode, items } = objectOf(rule) ?? {};
  const isListed = Array.isArray(items) && items.includes(id);
  if (mode === 'allow') return isListed;
  return mode === 'deny' ? !isListed : true;
}

function cannotRun(kind: string, id: string, title: string | undefined): string {
  return title ? `The ${kind} "${id}" (${title}) cannot run yet.` : `The ${kind} "${id}" is not known here.`;
}

const nodeTypes = new Set(['action', 'switch', 'outcome', 'loop', 'subroutine']);

const eventTitles = new Map([
  ['event.dashboard.widget.render', 'Dashboard widget is shown'],
  ['event.dashboard.widget.get_metric', 'Dashboard widget asks for a metric'],
  ['event.record.changed', 'Record changed'],
  ['event.mail.received', 'Mail received'],
]);

const actionTitles = new Map([
  ['prompt_images', 'Prompt with images'],
  ['prompt_date', 'Prompt with date'],
  ['prompt_chooser', 'Prompt with chooser'],
  ['prompt_file', 'Prompt with file'],
  ['send_script', 'Send script'],
  ['worklist_open', 'Open worklist'],
  ['_run_behavior', 'Run behavior'],
  ['_run_subroutine', 'Run subroutine'],
  ['_exit', 'Exit'],
  ['_get_key', 'Get persistent key'],
  ['_set_key', 'Set persistent key'],
]);
