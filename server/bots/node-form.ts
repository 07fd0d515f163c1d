/** The form of a node: what stands in it, by its kind. Pure. */
import type { Behavior, BehaviorNode, NodeStatus } from './behavior.ts';
import { formText } from './form.ts';
import { type JsonObject, textOf } from './json-value.ts';
import { conditionTemplates, readGroups } from './node-condition-form.ts';

export const nodeStatuses: readonly { value: NodeStatus; label: string }[] = [
  { value: 'live', label: 'Live' },
  { value: 'simulator', label: 'Simulator only' },
  { value: 'disabled', label: 'Disabled' },
];

/** What a node of this kind begins with; a name to be found by, and nothing that runs. */
export function blankNode(type: string): BehaviorNode {
  const params = blankParams[type] ?? {};
  return { type, title: '', status: 'live', params, nodes: [] };
}

const blankParams: Readonly<Record<string, JsonObject>> = {
  action: { actions: [] },
  outcome: { groups: [{ any: 0, conditions: [] }] },
  loop: { foreach_json: '', as_placeholder: 'item' },
};

/** The node with what was sent; params the form does not show stay. */
export function readNodeForm(form: FormData, node: BehaviorNode, behavior: Behavior): BehaviorNode {
  const status = nodeStatuses.find(({ value }) => value === formText(form, 'status'))?.value ?? 'live';
  const shared = { ...node, title: formText(form, 'title').trim(), status };
  switch (node.type) {
    case 'outcome':
      return { ...shared, params: { ...node.params, groups: readGroups(form, behavior) } };
    case 'loop': {
      const foreach_json = formText(form, 'foreach_json');
      const as_placeholder = formText(form, 'as_placeholder').trim();
      return { ...shared, params: { ...node.params, foreach_json, as_placeholder } };
    }
    default:
      return shared;
  }
}

/** Every template of the node, by the name of its field. */
export function nodeTemplates({ type, params }: BehaviorNode): { name: string; template: string }[] {
  if (type === 'outcome') return conditionTemplates(params.groups);
  return type === 'loop' ? [{ name: 'foreach_json', template: textOf(params.foreach_json) ?? '' }] : [];
}

/** What keeps the node from being saved, by the name of its field; templates are checked beside. */
export function nodeProblems({ type, title, params }: BehaviorNode): Record<string, string> {
  const errors: Record<string, string> = {};
  if (title === '' || title.length > 255) errors.title = 'A node needs a title of 1 to 255 characters.';
  if (type !== 'loop') return errors;
  if (!textOf(params.foreach_json)?.trim()) {
    errors.foreach_json = 'A loop needs a template that gives a list or an object as JSON.';
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(textOf(params.as_placeholder) ?? '')) {
    errors.as_placeholder = 'A placeholder is named by letters, digits and _, not by a digit first.';
  }
  return errors;
}
