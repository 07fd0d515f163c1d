/** Post: in public, from the channel of a connected account. */
import type { ActionType } from '../action.ts';
import { textOf } from '../json-value.ts';
import {
  accountField,
  messageRemarks,
  renderSaid,
  responseField,
  say,
  textField,
} from './channel-message.ts';

const fields = [
  accountField,
  textField,
  {
    key: 'in_reply_to',
    label: 'In reply to',
    kind: 'template',
    help: 'ID of the post it answers, such as {{message_id}} of a mention; empty for a post of its own',
  } as const,
  responseField,
];

export const channelPost: ActionType = {
  id: 'channel.post',
  title: 'Post',
  fields,
  remarks: (params) => messageRemarks(params, fields),
  async run(params, tools) {
    const account = await tools.account(textOf(params.account_id) ?? '');
    const { text } = await renderSaid({ text: params.text }, tools);
    const inReplyTo = (await tools.render(textOf(params.in_reply_to) ?? '')).trim() || null;
    return say(params, tools, {
      what: `Posting with ${account.name}${inReplyTo === null ? '' : ` in reply to ${inReplyTo}`}`,
      said: { text, buttons: [] },
      send: () => tools.channels.post({ text, inReplyTo, account: account.id }),
    });
  },
};
