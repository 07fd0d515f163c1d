/** Answer the webhook's request with a status. */
import type { ActionType } from '../action.ts';
import { eventWebhookReceived } from '../event.ts';
import { readAnswerStatus } from '../http-answer.ts';
import { textOf } from '../json-value.ts';

/** `set_http_status`; the last one that runs counts. */
export const setHttpStatus: ActionType = {
  id: 'set_http_status',
  title: 'Set HTTP response status',
  event: eventWebhookReceived,
  fields: [{ key: 'value', label: 'Status', kind: 'template', rows: 1, help: 'A number, such as 404' }],
  remarks: () => [],
  async run(params, tools) {
    const status = readAnswerStatus(await tools.render(textOf(params.value) ?? ''));
    tools.answer.status(status);
    tools.say(`>>> Setting HTTP response status: ${status}`);
    return 'done';
  },
};
