/** Answer the webhook's request with a body. */
import type { ActionType } from '../action.ts';
import { eventWebhookReceived } from '../event.ts';
import { textOf } from '../json-value.ts';

/** `set_http_body`; the last one that runs counts. */
export const setHttpBody: ActionType = {
  id: 'set_http_body',
  title: 'Set HTTP response body',
  event: eventWebhookReceived,
  fields: [{ key: 'value', label: 'Body', kind: 'template', rows: 6 }],
  remarks: () => [],
  async run(params, tools) {
    const body = await tools.render(textOf(params.value) ?? '');
    tools.answer.body(body);
    tools.say(`>>> Setting HTTP response body:\n${body}`);
    return 'done';
  },
};
