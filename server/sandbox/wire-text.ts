/** Text as version 1.1 puts it on the wire: escaped, links shortened, and the entities that tell where. Pure. */
import { createHash } from 'node:crypto';
import type { User } from './consumer.ts';
import type { WireJson } from './wire-json.ts';

export interface WireText {
  text: string;
  entities: { readonly [name: string]: WireJson };
}

interface Entity {
  kind: 'link' | 'mention' | 'hashtag';
  /** As it was written. */
  piece: string;
  person: User | undefined;
  start: number;
  end: number;
}

/** Version 1.1. `numericIds`: tweets carry a mention's id as a number too, direct messages as text alone. */
export function wireText(plain: string, users: readonly User[], numericIds: boolean): WireText {
  const { text, found } = writeText(plain, users);
  const shapes: Record<Entity['kind'], (entity: Entity) => WireJson | undefined> = {
    link: ({ piece, start, end }) => ({ ...linkOf(piece), indices: [start, end] }),
    hashtag: ({ piece, start, end }) => ({ text: piece.slice(1), indices: [start, end] }),
    mention: ({ person, start, end }) =>
      person && {
        screen_name: person.screenName,
        name: person.name,
        id: numericIds ? BigInt(person.id) : person.id,
        id_str: person.id,
        indices: [start, end],
      },
  };
  const of = (kind: Entity['kind']) =>
    found.flatMap((entity) => (entity.kind === kind ? (shapes[kind](entity) ?? []) : []));
  const [hashtags, mentions, urls] = [of('hashtag'), of('mention'), of('link')];
  return { text, entities: { hashtags, symbols: [], user_mentions: mentions, urls } };
}

/** Version 2: places by start and end, ids as text, no empty lists. */
export function wireTextV2(plain: string, users: readonly User[]): WireText {
  const { text, found } = writeText(plain, users);
  const shapes: Record<Entity['kind'], [string, (entity: Entity) => WireJson]> = {
    link: ['urls', ({ piece, start, end }) => ({ start, end, ...linkOf(piece) })],
    hashtag: ['hashtags', ({ piece, start, end }) => ({ start, end, tag: piece.slice(1) })],
    mention: [
      'mentions',
      ({ person, start, end }) => ({ start, end, username: person?.screenName, id: person?.id }),
    ],
  };
  const lists = Object.entries(shapes).flatMap(([kind, [name, shape]]) => {
    const entities = found.filter((entity) => entity.kind === kind).map(shape);
    return entities.length === 0 ? [] : [[name, entities] as const];
  });
  return { text, entities: Object.fromEntries(lists) };
}

// Positions count code points.
function writeText(plain: string, users: readonly User[]): { text: string; found: Entity[] } {
  const found: Entity[] = [];
  let text = '';
  for (const piece of plain.split(pieces)) {
    const start = [...text].length;
    const isLink = /^https?:\/\//.test(piece);
    text += isLink ? shortLink(piece) : escapeText(piece);
    const person = users.find(({ screenName }) => piece.toLowerCase() === `@${screenName.toLowerCase()}`);
    const kind = isLink ? 'link' : person ? 'mention' : piece.startsWith('#') ? 'hashtag' : undefined;
    if (kind) found.push({ kind, piece, person, start, end: [...text].length });
  }
  return { text, found };
}

/** The short address that stands for a link in every text. */
export function shortLink(url: string): string {
  return `https://t.co/${createHash('sha256').update(url).digest('base64url').slice(0, 10)}`;
}

const pieces = /(https?:\/\/[^\s<>"]+|(?<![\w@])@\w{1,15}|(?<![\w&])#\w+)/;

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function linkOf(url: string) {
  return { url: shortLink(url), expanded_url: url, display_url: displayOf(url) };
}

function displayOf(url: string): string {
  const bare = url.replace(/^https?:\/\/(?:www\.)?/, '');
  return bare.length > 27 ? `${bare.slice(0, 26)}…` : bare;
}
