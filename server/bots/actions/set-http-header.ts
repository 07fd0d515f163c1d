/** Answer the webhook's request with a header. */
import type { ActionType } from '../action.ts';
import { eventWebhookReceived } from '../event.ts';
import { readAnswerHeader } from '../http-answer.ts';
import { textOf } from '../json-value.ts';

/** `set_http_header`; one of the same name set before is replaced. */
export const setHttpHeader: ActionType = {
  id: 'set_http_header',
  title: 'Set HTTP response header',
  event: eventWebhookReceived,
  fields: [
    { key: 'name', label: 'Name', kind: 'template', rows: 1, help: 'Such as Content-Type' },
    { key: 'value', label: 'Value', kind: 'template', rows: 1 },
  ],
  remarks: () => [],
  async run(params, tools) {
    const render = async (key: string) => tools.render(textOf(params[key]) ?? '');
    const { name, value } = readAnswerHeader(await render('name'), await render('value'));
    tools.answer.header(name, value);
    tools.say(`>>> Setting HTTP response header:\n${name}: ${value}`);
    return 'done';
  },
};
