/** Close window: the conversation is over for the person; the behavior goes on to its end. */
import type { ActionType } from '../action.ts';
import { chatEvents } from '../chat-events.ts';

export const windowClose: ActionType = {
  id: 'window_close',
  title: 'Close window',
  event: chatEvents,
  fields: [],
  remarks: () => [],
  async run(_params, tools) {
    tools.say('>>> Closing the conversation');
    tools.show({ type: 'close' });
    return 'done';
  },
};
