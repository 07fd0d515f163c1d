/** What the actions on channels have in common: fields, what is wrong with them, what becomes of a message. Pure. */
import { HubError } from '../../errors.ts';
import type { Remark } from '../../packages/record-type.ts';
import { type ActionField, type ActionTools, placeholderName } from '../action.ts';
import type { ChannelOutcome, Said } from '../channels.ts';
import { type JsonObject, textOf } from '../json-value.ts';

export const textField: ActionField = { key: 'text', label: 'Text', kind: 'template', rows: 4 };
export const buttonsField: ActionField = {
  key: 'buttons',
  label: 'Buttons',
  kind: 'template',
  rows: 4,
  help: 'One a line: Label | payload. Where the channel has no buttons they are numbered in the text.',
};
export const accountField: ActionField = {
  key: 'account_id',
  label: 'Connected Account',
  kind: 'account',
  help: 'An account that a channel uses',
};
export const responseField: ActionField = {
  key: 'response_placeholder',
  label: 'Save response to a placeholder named',
  kind: 'placeholder',
  help: 'It gets status and message_id; _response if left empty. Refused, {{_error}} gets code and message.',
};

/** Remarks on text, account and response placeholder, as far as the action has them. */
export function messageRemarks(params: JsonObject, fields: readonly ActionField[]): Remark[] {
  const found: Remark[] = [];
  if (!textOf(params.text)?.trim()) found.push({ path: '/text', message: 'The message has no text.' });
  if (fields.includes(accountField) && !/[^0\s]/.test(textOf(params.account_id) ?? '')) {
    found.push({ path: '/account_id', message: 'No connected account is chosen to send the message with.' });
  }
  if (textOf(params.response_placeholder) && !placeholderName(params.response_placeholder)) {
    const message = 'A placeholder is named by letters, digits and _, and does not begin with a digit.';
    found.push({ path: '/response_placeholder', message });
  }
  return found;
}

/** Text and buttons as rendered. Throws `request_refused` when the text came out empty. */
export async function renderSaid(params: JsonObject, tools: ActionTools): Promise<Said> {
  const text = (await tools.render(textOf(params.text) ?? '')).trim();
  if (text === '') throw new HubError('request_refused', 'The text of the message came out empty.');
  return { text, buttons: parseButtonLines(await tools.render(textOf(params.buttons) ?? '')) };
}

/** Buttons, one a line; without a payload the label is it. */
export function parseButtonLines(text: string): Said['buttons'] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const [label = '', ...rest] = line.split('|').map((part) => part.trim());
    return label === '' ? [] : [{ label, payload: rest.join('|') || label }];
  });
}

/** Tells what will be said, says it unless this is a simulation, and keeps what came of it in placeholders. */
export async function say(
  params: JsonObject,
  tools: ActionTools,
  { what, said, send }: { what: string; said: Said; send: () => Promise<ChannelOutcome> },
): Promise<'done' | 'skipped'> {
  const name = placeholderName(params.response_placeholder) ?? '_response';
  const buttons = said.buttons.map(({ label, payload }) => `[${label}] ${payload}`);
  tools.say(`>>> ${what}:\n${[said.text, ...buttons].join('\n')}`);
  if (tools.mode === 'simulate') {
    tools.set(name, { status: 'simulated', message_id: null });
    tools.say('>>> NOTE: nothing is sent in the simulator');
    return 'skipped';
  }
  const outcome = await send();
  const { ok } = outcome;
  tools.set(name, ok ? { status: outcome.status, message_id: outcome.messageId } : null);
  tools.set('_error', ok ? null : { code: outcome.code, message: outcome.message });
  tools.say(ok ? `>>> ${outcome.text}` : `[ERROR] ${outcome.code} ${outcome.message}`);
  return 'done';
}
