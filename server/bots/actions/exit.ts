/** Exit the behavior: nothing behind this action runs. */
import type { ActionType } from '../action.ts';
import { textOf } from '../json-value.ts';

/** `_exit`. With `suspend` the run waits for the next reply; elsewhere than in a conversation it stops (Cerb §4.5). */
export const exit: ActionType = {
  id: '_exit',
  title: 'Exit',
  fields: [
    {
      key: 'mode',
      label: 'Mode',
      kind: 'select',
      options: [
        { value: '', label: 'Stop' },
        { value: 'suspend', label: 'Suspend and wait' },
      ],
    },
  ],
  remarks: () => [],
  async run(params, tools) {
    if (textOf(params.mode) === 'suspend') {
      tools.say('>>> Suspending the behavior');
      return tools.ask('suspend', {});
    }
    tools.say('>>> Stopping the behavior');
    return { go: 'exit' };
  },
  async reply(_params, tools, reply) {
    // Where a person said something meanwhile, the behavior goes on with it.
    const text = textOf(reply.text);
    if (text) tools.set('message', text);
    return 'done';
  },
};
