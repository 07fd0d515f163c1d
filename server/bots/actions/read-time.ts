/** Times in actions, as people write them. */
import { HubError } from '../../errors.ts';

/** Milliseconds of seconds since 1970 or of a person's words, as the date filter reads them. */
export async function readTime(text: string, render: (template: string) => Promise<string>): Promise<number> {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const seconds = (await render(`{{'${text.replace(/[\\']/g, '\\$&')}'|date('U')}}`)).trim();
  if (/^-?\d+$/.test(seconds)) return Number(seconds) * 1000;
  throw new HubError('bad_request', `'${text}' is no time such as "+2 hours" or seconds since 1970.`);
}
