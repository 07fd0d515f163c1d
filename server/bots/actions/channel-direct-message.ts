/** Direct message: to a person, from the channel of a connected account. */
import { HubError } from '../../errors.ts';
import type { ActionType } from '../action.ts';
import { textOf } from '../json-value.ts';
import {
  accountField,
  buttonsField,
  messageRemarks,
  renderSaid,
  responseField,
  say,
  textField,
} from './channel-message.ts';

const fields = [
  accountField,
  {
    key: 'to',
    label: 'To',
    kind: 'template',
    help: "The person's ID at the remote service, such as {{sender_id}}",
  } as const,
  textField,
  buttonsField,
  responseField,
];

export const channelDirectMessage: ActionType = {
  id: 'channel.direct_message',
  title: 'Send direct message',
  fields,
  remarks(params) {
    const found = messageRemarks(params, fields);
    if (textOf(params.to)?.trim()) return found;
    return [...found, { path: '/to', message: 'The direct message has nobody to go to.' }];
  },
  async run(params, tools) {
    const account = await tools.account(textOf(params.account_id) ?? '');
    const to = (await tools.render(textOf(params.to) ?? '')).trim();
    if (to === '') throw new HubError('request_refused', 'Whom the direct message goes to came out empty.');
    const said = await renderSaid(params, tools);
    return say(params, tools, {
      what: `Direct message to ${to} with ${account.name}`,
      said,
      send: () => tools.channels.directMessage({ ...said, to, account: account.id }),
    });
  },
};
