/** Run another behavior and keep what it found. */
import { type ActionTools, type ActionType, placeholderName } from '../action.ts';
import { flagOf, type JsonObject, textOf } from '../json-value.ts';

/** `_run_behavior`: the called behavior's placeholders arrive in one, `{{_behavior.response_json.id_str}}`. */
export const runBehaviorAction: ActionType = {
  id: '_run_behavior',
  title: 'Run behavior',
  fields: [
    { key: 'on', label: 'On', kind: 'text', help: 'va_id or _trigger_va_id is this bot.' },
    { key: 'behavior_id', label: 'Behavior', kind: 'behavior' },
    { key: 'run_in_simulator', label: 'Also run behavior in simulator mode', kind: 'flag' },
    { key: 'var', label: 'Save behavior data to a placeholder named', kind: 'placeholder' },
  ],
  remarks(params) {
    const found = [];
    if (!textOf(params.behavior_id)) found.push({ path: '/behavior_id', message: 'No behavior is chosen.' });
    if (!placeholderName(params.var)) {
      found.push({
        path: '/var',
        message: 'Run behavior needs the name of a placeholder for what it finds.',
      });
    }
    return found;
  },
  async run(params, tools) {
    if (tools.mode === 'simulate' && !flagOf(params.run_in_simulator)) {
      tools.say('>>> NOTE: this behavior is not set to run in the simulator; it was not run');
      return 'skipped';
    }
    return tools.call({
      behavior: textOf(params.behavior_id) ?? '',
      variables: await renderVariables(params, tools),
      on: textOf(params.on) ?? '',
      into: placeholderName(params.var) ?? null,
      replaces: false,
    });
  },
};

/** Inputs of another behavior: every `var_…` of the action, rendered; a list is rendered item by item. */
export async function renderVariables(params: JsonObject, tools: ActionTools): Promise<JsonObject> {
  const variables: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(params)) {
    if (!key.startsWith('var_')) continue;
    if (Array.isArray(value)) {
      variables[key] = await Promise.all(value.map((item) => tools.render(textOf(item) ?? '')));
    } else variables[key] = await tools.render(textOf(value) ?? '');
  }
  return variables;
}
