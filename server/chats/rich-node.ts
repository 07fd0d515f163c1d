/** What pages draw of a bot's message: a handful of elements, and links that lead somewhere harmless. Pure. */

/** A text, or an element with what is in it. `href` is of links alone, and never of a scheme that runs. */
export type RichNode =
  | { text: string }
  | { element: RichElement; href?: string; children: readonly RichNode[] };

export type RichElement =
  | 'p'
  | 'strong'
  | 'em'
  | 'code'
  | 'pre'
  | 'ul'
  | 'ol'
  | 'li'
  | 'blockquote'
  | 'a'
  | 'br';

/** The address as a link may have it; undefined for any other scheme than the web's and mail's. */
export function safeAddress(address: string): string | undefined {
  const trimmed = address.trim();
  if (!URL.canParse(trimmed)) return undefined;
  return ['https:', 'http:', 'mailto:'].includes(new URL(trimmed).protocol) ? trimmed : undefined;
}
