/** Return interaction: offers a worker something to begin a conversation with. */
import { HubError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import type { ActionType } from '../action.ts';
import { eventGetInteractions } from '../chat-events.ts';
import { type JsonObject, objectOf, textOf } from '../json-value.ts';

export const returnInteraction: ActionType = {
  id: 'return_interaction',
  title: 'Return interaction',
  event: eventGetInteractions,
  fields: [
    { key: 'behavior_id', label: 'Behavior that handles it', kind: 'behavior' },
    { key: 'name', label: 'Name', kind: 'template', help: 'What the worker reads' },
    { key: 'interaction', label: 'Interaction', kind: 'template', help: 'What the behavior reads' },
    { key: 'interaction_params_json', label: 'Parameters', kind: 'template', rows: 3, help: 'A JSON object' },
  ],
  remarks: (params) =>
    textOf(params.behavior_id) ? [] : [{ path: '/behavior_id', message: 'No behavior is chosen.' }],
  async run(params, tools) {
    const name = (await tools.render(textOf(params.name) ?? '')).trim();
    const interaction = (await tools.render(textOf(params.interaction) ?? '')).trim();
    const given = readParams(await tools.render(textOf(params.interaction_params_json) ?? ''));
    tools.say(`>>> Returning interaction: ${name || interaction}`);
    const behavior = textOf(params.behavior_id) ?? '';
    tools.show({ type: 'interaction', behavior, name: name || interaction, interaction, params: given });
    return 'done';
  },
};

function readParams(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    const value = objectOf(parseJson(text));
    if (value) return value;
  } catch {}
  throw new HubError('request_refused', 'The parameters of the interaction came out as no JSON object.');
}
