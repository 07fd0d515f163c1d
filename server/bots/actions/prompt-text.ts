/** Prompt with text input: waits for what the person writes. */
import type { ActionTools, ActionType } from '../action.ts';
import { chatEvents } from '../chat-events.ts';
import { type JsonObject, textOf } from '../json-value.ts';
import { askOrGoOn, replyFields, replyRemarks, takeText } from './prompt.ts';

export const promptText: ActionType = {
  id: 'prompt_text',
  title: 'Prompt with text input',
  event: chatEvents,
  fields: [
    { key: 'placeholder', label: 'Placeholder', kind: 'template', help: 'Shown while nothing is written' },
    { key: 'default', label: 'Default', kind: 'template' },
    {
      key: 'mode',
      label: 'Mode',
      kind: 'select',
      options: [
        { value: '', label: 'One line' },
        { value: 'multiple', label: 'Multiple lines' },
      ],
    },
    ...replyFields,
  ],
  remarks: replyRemarks,
  run: ask,
  reply: (params, tools, reply) =>
    takeText(params, tools, textOf(reply.text) ?? '', () => ask(params, tools)),
};

async function ask(params: JsonObject, tools: ActionTools) {
  const placeholder = await tools.render(textOf(params.placeholder) ?? '');
  const value = await tools.render(textOf(params.default) ?? '');
  const details = { placeholder, default: value, isLong: textOf(params.mode) === 'multiple' };
  return askOrGoOn(params, tools, { type: 'text', title: 'Prompting with text input', details });
}
