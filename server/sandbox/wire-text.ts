/** Text as version 1.1 puts it on the wire: escaped, links shortened, and the entities that tell where. Pure. */
import { createHash } from 'node:crypto';
import type { User } from './consumer.ts';
import type { WireJson } from './wire-json.ts';

export interface WireText {
  text: string;
  entities: { readonly [name: string]: WireJson };
}

/** `numericIds`: tweets carry a mention's id as a number too, direct messages as text alone. */
export function wireText(plain: string, users: readonly User[], numericIds: boolean): WireText {
  const urls: WireJson[] = [];
  const mentions: WireJson[] = [];
  const hashtags: WireJson[] = [];
  let text = '';
  for (const piece of plain.split(pieces)) {
    const start = lengthOf(text);
    const person = users.find(({ screenName }) => piece.toLowerCase() === `@${screenName.toLowerCase()}`);
    text += /^https?:\/\//.test(piece) ? shortLink(piece) : escapeText(piece);
    const indices = [start, lengthOf(text)];
    if (/^https?:\/\//.test(piece))
      urls.push({ url: shortLink(piece), expanded_url: piece, display_url: displayOf(piece), indices });
    else if (piece.startsWith('#')) hashtags.push({ text: piece.slice(1), indices });
    else if (person) mentions.push(mentionOf(person, indices, numericIds));
  }
  return { text, entities: { hashtags, symbols: [], user_mentions: mentions, urls } };
}

/** The short address that stands for a link in every text. */
export function shortLink(url: string): string {
  return `https://t.co/${createHash('sha256').update(url).digest('base64url').slice(0, 10)}`;
}

const pieces = /(https?:\/\/[^\s<>"]+|(?<![\w@])@\w{1,15}|(?<![\w&])#\w+)/;

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

// Positions count code points.
function lengthOf(text: string): number {
  return [...text].length;
}

function displayOf(url: string): string {
  const bare = url.replace(/^https?:\/\/(?:www\.)?/, '');
  return bare.length > 27 ? `${bare.slice(0, 26)}…` : bare;
}

function mentionOf({ id, screenName, name }: User, indices: number[], isNumeric: boolean): WireJson {
  return { screen_name: screenName, name, id: isNumeric ? BigInt(id) : id, id_str: id, indices };
}
