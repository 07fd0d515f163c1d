/** Length of a post as the service weighs it (its text library's configuration, version 3). Pure. */
import { splitLinks } from './links.ts';

/** What any link counts, however long: each is replaced by a short one. */
const linkLength = 23;

/** Code points that count one; all others count two. */
const lightRanges = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
] as const;

/** A sequence that shows as one emoji, families and flags included. As a literal the flag would need a newer target. */
const flags = 'gv';
const emoji = new RegExp('\\p{RGI_Emoji}', flags);

/** Counted after NFC: a link 23, an emoji 2, Latin and its neighbours 1, other scripts 2. */
export function weightedLength(text: string): number {
  const { links, rest } = splitLinks(text.normalize('NFC'));
  return rest.reduce((sum, piece) => sum + weightOf(piece), links * linkLength);
}

/** Length of a direct message: code points after NFC. X does not say in what it counts its 10,000. */
export function directMessageLength(text: string): number {
  return [...text.normalize('NFC')].length;
}

function weightOf(text: string): number {
  let weight = 0;
  const withoutEmoji = text.replace(emoji, () => {
    weight += 2;
    return '';
  });
  for (const char of withoutEmoji) weight += isLight(char.codePointAt(0) ?? 0) ? 1 : 2;
  return weight;
}

function isLight(point: number): boolean {
  return lightRanges.some(([from, to]) => point >= from && point <= to);
}
