/** Get a text that the bot kept. */
import { type ActionType, placeholderName } from '../action.ts';
import { textOf } from '../json-value.ts';

/** `_get_key`; '' where nothing is kept under the key. */
export const getKey: ActionType = {
  id: '_get_key',
  title: 'Get persistent key',
  fields: [
    { key: 'key', label: 'Key', kind: 'template', rows: 1 },
    { key: 'var', label: 'Save value to a placeholder named', kind: 'placeholder' },
  ],
  remarks(params) {
    return placeholderName(params.var)
      ? []
      : [{ path: '/var', message: 'Get persistent key needs the name of a placeholder.' }];
  },
  async run(params, tools) {
    const key = (await tools.render(textOf(params.key) ?? '')).trim();
    const name = placeholderName(params.var) ?? '';
    const value = (await tools.keys.get(key)) ?? '';
    tools.set(name, value);
    tools.say(`>>> Getting key '${key}' into {{${name}}}:\n${value}`);
    return 'done';
  },
};
