/** Keep a text for the bot's later runs. */
import { HubError } from '../../errors.ts';
import type { ActionType } from '../action.ts';
import { textOf } from '../json-value.ts';
import { readTime } from './read-time.ts';

const longestKey = 255;
const longestValue = 65_536;

/** `_set_key`; an empty value forgets the key, an empty expiry keeps it for good. A simulation writes nothing. */
export const setKey: ActionType = {
  id: '_set_key',
  title: 'Set persistent key',
  fields: [
    { key: 'key', label: 'Key', kind: 'template', rows: 1 },
    { key: 'value', label: 'Value', kind: 'template', rows: 3 },
    {
      key: 'expires_at',
      label: 'Expires',
      kind: 'template',
      rows: 1,
      help: 'Such as "+2 hours"; empty: never',
    },
  ],
  remarks: () => [],
  async run(params, tools) {
    const render = async (name: string) => tools.render(textOf(params[name]) ?? '');
    const key = (await render('key')).trim();
    const value = await render('value');
    if (key === '' || Buffer.byteLength(key) > longestKey) {
      throw new HubError('bad_request', `A key has 1 to ${longestKey} bytes.`);
    }
    if (Buffer.byteLength(value) > longestValue) {
      throw new HubError('too_large', `A bot keeps at most ${longestValue} bytes under one key.`);
    }
    const expires = (await render('expires_at')).trim();
    const expiresAt = expires === '' ? null : await readTime(expires, (template) => tools.render(template));
    await tools.keys.set(key, value, expiresAt);
    const until = expiresAt === null ? '' : ` until ${new Date(expiresAt).toISOString()}`;
    tools.say(
      tools.mode === 'simulate'
        ? `>>> Setting key '${key}'${until}, in this simulation only:\n${value}`
        : `>>> Setting key '${key}'${until}:\n${value}`,
    );
    return 'done';
  },
};
