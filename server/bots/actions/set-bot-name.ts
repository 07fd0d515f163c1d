/** Set bot name: by which name the bot speaks from here on. */
import type { ActionType } from '../action.ts';
import { chatEvents } from '../chat-events.ts';
import { textOf } from '../json-value.ts';

export const setBotName: ActionType = {
  id: 'set_bot_name',
  title: 'Set bot name',
  event: chatEvents,
  fields: [{ key: 'name', label: 'Name', kind: 'template' }],
  remarks: () => [],
  async run(params, tools) {
    const name = (await tools.render(textOf(params.name) ?? '')).trim().slice(0, 255);
    if (name === '') return 'skipped';
    tools.say(`>>> The bot is called ${name}`);
    tools.show({ type: 'name', name });
    return 'done';
  },
};
