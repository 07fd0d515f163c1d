/** Prompt to wait: what was said so far is shown, and the conversation goes on by itself. */
import type { ActionType } from '../action.ts';
import { chatEvents } from '../chat-events.ts';

export const promptWait: ActionType = {
  id: 'prompt_wait',
  title: 'Prompt to wait',
  event: chatEvents,
  fields: [],
  remarks: () => [],
  async run(_params, tools) {
    tools.say('>>> Waiting until the messages are shown');
    return tools.mode === 'live' ? tools.ask('wait', {}) : 'done';
  },
  async reply() {
    return 'done';
  },
};
