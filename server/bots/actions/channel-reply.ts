/** Reply: an answer to the message that started the behavior. */
import type { ActionType } from '../action.ts';
import { eventMessageReceived } from '../event.ts';
import {
  buttonsField,
  messageRemarks,
  renderSaid,
  responseField,
  say,
  textField,
} from './channel-message.ts';

const fields = [textField, buttonsField, responseField];

export const channelReply: ActionType = {
  id: 'channel.reply',
  title: 'Reply on the channel',
  event: eventMessageReceived,
  fields,
  remarks: (params) => messageRemarks(params, fields),
  async run(params, tools) {
    const said = await renderSaid(params, tools);
    return say(params, tools, { what: 'Replying', said, send: () => tools.channels.reply(said) });
  },
};
