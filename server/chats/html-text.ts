/** The part of HTML that bots use. What is not in the table loses its tag and keeps its text. Pure. */
import { type RichElement, type RichNode, safeAddress } from './rich-node.ts';

const elements: Readonly<Record<string, RichElement>> = {
  p: 'p',
  div: 'p',
  h1: 'strong',
  h2: 'strong',
  h3: 'strong',
  h4: 'strong',
  h5: 'strong',
  h6: 'strong',
  b: 'strong',
  strong: 'strong',
  i: 'em',
  em: 'em',
  code: 'code',
  pre: 'pre',
  ul: 'ul',
  ol: 'ol',
  li: 'li',
  blockquote: 'blockquote',
  a: 'a',
};

/** Their content is no text. */
const dropped = new Set([
  'script',
  'style',
  'head',
  'title',
  'template',
  'iframe',
  'object',
  'svg',
  'noscript',
]);
/** Deeper nesting is flattened. */
const maxDepth = 20;

interface Open {
  name: string;
  node: { element: RichElement; href?: string; children: RichNode[] };
}

/** Comments go; an element that is not closed is closed at the end of the one around it. */
export function readHtml(html: string): RichNode[] {
  const root: RichNode[] = [];
  const open: Open[] = [];
  const add = (node: RichNode) => (open.at(-1)?.node.children ?? root).push(node);
  let silent: string | undefined;
  for (const [token, text, closing, tag = '', attributes = ''] of html.matchAll(tokens)) {
    if (text !== undefined || tag === '') {
      if (silent === undefined && !token.startsWith('<!')) add({ text: decode(text ?? token) });
      continue;
    }
    const name = tag.toLowerCase();
    if (silent !== undefined) {
      if (closing && name === silent) silent = undefined;
    } else if (dropped.has(name)) {
      if (!closing && !attributes.endsWith('/')) silent = name;
    } else if (name === 'br') add({ element: 'br', children: [] });
    else if (closing) close(open, name);
    else begin(open, add, name, attributes);
  }
  return root;
}

/** A text, or a tag with whether it closes, its name and its attributes; a lone `<` is text. */
const tokens =
  /([^<]+)|<!--[\s\S]*?(?:-->|$)|<!?(\/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>|</g;

function begin(open: Open[], add: (node: RichNode) => void, name: string, attributes: string): void {
  const element = Object.hasOwn(elements, name) ? elements[name] : undefined;
  if (!element || open.length >= maxDepth) return;
  const href = element === 'a' ? safeAddress(addressIn(attributes)) : undefined;
  if (element === 'a' && href === undefined) return;
  const node = { element, ...(href === undefined ? {} : { href }), children: [] };
  add(node);
  open.push({ name, node });
}

function close(open: Open[], name: string): void {
  const at = open.findLastIndex((one) => one.name === name);
  if (at >= 0) open.length = at;
}

function addressIn(attributes: string): string {
  const [, double, single, bare] = /\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/i.exec(attributes) ?? [];
  return decode(double ?? single ?? bare ?? '');
}

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
};

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, digits, hex, name) => {
    if (name) return Object.hasOwn(named, name) ? (named[name] ?? whole) : whole;
    const point = digits ? Number(digits) : Number.parseInt(hex, 16);
    return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
      ? String.fromCodePoint(point)
      : whole;
  });
}
