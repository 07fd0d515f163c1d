/** What the actions on records have in common: their fields, what is wrong with them, changes as JSON. */
import { HubError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import type { Remark } from '../../packages/record-type.ts';
import { type ActionField, type ActionTools, placeholderName } from '../action.ts';
import { flagOf, isObject, type JsonObject, textOf } from '../json-value.ts';

export const contextField: ActionField = {
  key: 'context',
  label: 'Record type',
  kind: 'text',
  help: 'bot, behavior, connected_account, connected_service, webhook_listener, conversation or message',
};
export const idField: ActionField = { key: 'id', label: 'ID', kind: 'template', help: 'Or the URI' };
export const queryField: ActionField = {
  key: 'query',
  label: 'Query',
  kind: 'template',
  rows: 2,
  help: 'Such as name:support limit:5',
};
export const changesField: ActionField = {
  key: 'changeset_json',
  label: 'Changes (JSON)',
  kind: 'template',
  rows: 6,
};
export const objectField: ActionField = {
  key: 'object_placeholder',
  label: 'Save to a placeholder named',
  kind: 'placeholder',
};
export const simulatorField: ActionField = {
  key: 'run_in_simulator',
  label: 'Also change records in simulator mode',
  kind: 'flag',
};

/** What is missing of these fields; the placeholder may be left out where nothing is asked for. */
export function recordRemarks(params: JsonObject, needed: readonly ActionField[]): Remark[] {
  const found = needed.flatMap(({ key, label }): Remark[] =>
    textOf(params[key])?.trim() ? [] : [{ path: `/${key}`, message: `"${label}" is empty.` }],
  );
  const name = textOf(params.object_placeholder);
  if (!name || placeholderName(name)) return found;
  const message = 'A placeholder is named by letters, digits and _, and does not begin with a digit.';
  return [...found, { path: '/object_placeholder', message }];
}

export function recordsOf(params: JsonObject, tools: ActionTools): ReturnType<ActionTools['records']> {
  return tools.records(textOf(params.context) ?? '');
}

export async function rendered(params: JsonObject, tools: ActionTools, key: string): Promise<string> {
  return (await tools.render(textOf(params[key]) ?? '')).trim();
}

/** Throws `bad_request` for what is no JSON object. */
export async function changesOf(params: JsonObject, tools: ActionTools): Promise<JsonObject> {
  const text = await rendered(params, tools, 'changeset_json');
  try {
    const changes = parseJson(text);
    if (isObject(changes)) return changes;
  } catch {}
  throw new HubError('bad_request', 'The changes came out as no JSON object of fields.');
}

/** Keeps a record, or what was found, where the action says. */
export function keep(params: JsonObject, tools: ActionTools, value: unknown): void {
  const name = placeholderName(params.object_placeholder);
  if (name) tools.set(name, value);
}

/** Whether this is a simulation that changes nothing; it says so. */
export function onlySays(params: JsonObject, tools: ActionTools): boolean {
  if (tools.mode === 'live' || flagOf(params.run_in_simulator)) return false;
  tools.say('>>> NOTE: nothing is changed in the simulator');
  return true;
}
