/** Send message: the bot says something in its conversation. */
import type { ActionType } from '../action.ts';
import { chatEvents } from '../chat-events.ts';
import { textOf } from '../json-value.ts';

/** A bot that means to type longer does not keep anybody waiting longer. */
const maxDelayMs = 10_000;

export const sendMessage: ActionType = {
  id: 'send_message',
  title: 'Send message',
  event: chatEvents,
  fields: [
    { key: 'message', label: 'Message', kind: 'template', rows: 4 },
    {
      key: 'format',
      label: 'Format',
      kind: 'select',
      options: [
        { value: '', label: 'Plain text' },
        { value: 'markdown', label: 'Markdown' },
        { value: 'html', label: 'HTML' },
      ],
      help: 'Of Markdown and HTML, text, lists, code and links are shown; all else is left out.',
    },
    { key: 'delay_ms', label: 'Delay in milliseconds', kind: 'text', help: 'At most 10000' },
  ],
  remarks: () => [],
  async run(params, tools) {
    const text = await tools.render(textOf(params.message) ?? '');
    if (text.trim() === '') {
      tools.say('>>> Not sending a message: it came out empty');
      return 'skipped';
    }
    const format = textOf(params.format) ?? '';
    const delayMs = Math.min(maxDelayMs, Math.max(0, Number(textOf(params.delay_ms)) || 0));
    tools.say(`>>> Sending response message:\n${text}`);
    tools.show({ type: 'message', text, format, delayMs });
    return 'done';
  },
};
