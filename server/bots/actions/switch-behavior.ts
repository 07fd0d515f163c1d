/** Switch behavior: the conversation goes on with another behavior, and comes back if it shall. */
import { type ActionType, placeholderName } from '../action.ts';
import { chatEvents, placeholdersKept } from '../chat-events.ts';
import { flagOf, type JsonObject, textOf } from '../json-value.ts';
import { renderVariables } from './run-behavior.ts';

export const switchBehavior: ActionType = {
  id: 'switch_behavior',
  title: 'Switch behavior',
  event: chatEvents,
  fields: [
    { key: 'behavior_id', label: 'Behavior', kind: 'behavior' },
    { key: 'return', label: 'Return to this behavior when it ends', kind: 'flag' },
    {
      key: 'var',
      label: 'Save behavior data to a placeholder named',
      kind: 'placeholder',
      help: '_behavior if left empty; only where the conversation returns',
    },
  ],
  remarks: (params) =>
    textOf(params.behavior_id) ? [] : [{ path: '/behavior_id', message: 'No behavior is chosen.' }],
  async run(params, tools) {
    const returns = flagOf(params.return);
    const values = tools.values();
    const kept: JsonObject = {};
    for (const name of placeholdersKept) if (name in values) kept[name] = values[name];
    return tools.call({
      behavior: textOf(params.behavior_id) ?? '',
      variables: await renderVariables(params, tools),
      on: '',
      into: returns ? (placeholderName(params.var) ?? '_behavior') : null,
      replaces: !returns,
      scope: returns ? { ...kept, interaction_behavior_has_parent: '1' } : kept,
    });
  },
};
