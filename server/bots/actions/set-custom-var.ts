/** Set custom placeholder: renders a template and keeps the result, as text or decoded from JSON. */
import { parseJson } from '../../json.ts';
import { type ActionType, placeholderName } from '../action.ts';
import { below, flagOf, textOf } from '../json-value.ts';

/** `_set_custom_var`. JSON that cannot be read sets null, as in Cerb; an empty script does nothing. */
export const setCustomVar: ActionType = {
  id: '_set_custom_var',
  title: 'Set placeholder',
  fields: [
    { key: 'value', label: 'Generate output using this script', kind: 'template', rows: 4 },
    {
      key: 'format',
      label: 'Format',
      kind: 'select',
      options: [
        { value: '', label: 'Text' },
        { value: 'json', label: 'JSON' },
      ],
    },
    { key: 'is_simulator_only', label: 'Only set placeholder in simulator mode', kind: 'flag' },
    { key: 'var', label: 'Save output to a placeholder named', kind: 'placeholder' },
  ],
  remarks(params) {
    if (placeholderName(params.var)) return [];
    return [{ path: below('', 'var'), message: 'Set placeholder needs the name of a placeholder.' }];
  },
  async run(params, tools) {
    const template = textOf(params.value) ?? '';
    const name = placeholderName(params.var) ?? '';
    if (flagOf(params.is_simulator_only) && tools.mode === 'live') {
      tools.say(`>>> Not setting {{${name}}}: it is set in simulator mode only`);
      return 'skipped';
    }
    if (template === '') {
      tools.say(`>>> Not setting {{${name}}}: the script is empty`);
      return 'skipped';
    }
    const output = await tools.render(template);
    const value = params.format === 'json' ? readJson(output) : output;
    tools.set(name, value);
    tools.say(`>>> Setting custom placeholder {{${name}}}:\n${output}`);
    if (params.format === 'json' && value === null && output.trim() !== 'null') {
      tools.say('>>> The output is not JSON: the placeholder is null');
    }
    return 'done';
  },
};

function readJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
