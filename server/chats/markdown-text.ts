/** The part of Markdown that bots use: paragraphs, headings, lists, quotes, code, emphasis and links. Pure. */
import { type RichNode, safeAddress } from './rich-node.ts';

/** Every line belongs to one block; HTML in it is text. */
export function readMarkdown(text: string): RichNode[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const blocks: RichNode[] = [];
  for (let at = 0; at < lines.length; ) {
    const [block, next] = readBlock(lines, at);
    if (block) blocks.push(block);
    at = next;
  }
  return blocks;
}

const bullet = /^\s{0,3}[-*+]\s+/;
const number = /^\s{0,3}\d{1,9}[.)]\s+/;
const quote = /^\s{0,3}>\s?/;
const heading = /^#{1,6}\s+/;
const fence = /^\s{0,3}```/;

function readBlock(lines: readonly string[], at: number): [block: RichNode | undefined, next: number] {
  const line = lines[at] ?? '';
  if (line.trim() === '') return [undefined, at + 1];
  if (fence.test(line)) return readFence(lines, at);
  if (heading.test(line)) {
    const title: RichNode = { element: 'strong', children: readInline(line.replace(heading, '')) };
    return [{ element: 'p', children: [title] }, at + 1];
  }
  for (const [pattern, element] of [[bullet, 'ul'] as const, [number, 'ol'] as const]) {
    if (!pattern.test(line)) continue;
    const items = takeWhile(lines, at, (one) => pattern.test(one));
    const children = items.map(
      (item): RichNode => ({ element: 'li', children: readInline(item.replace(pattern, '')) }),
    );
    return [{ element, children }, at + items.length];
  }
  if (quote.test(line)) {
    const quoted = takeWhile(lines, at, (one) => quote.test(one));
    const inner = quoted.map((one) => one.replace(quote, ''));
    return [{ element: 'blockquote', children: paragraphs(inner) }, at + quoted.length];
  }
  const words = takeWhile(
    lines,
    at,
    (one, index) =>
      index === at ||
      (one.trim() !== '' && ![bullet, number, quote, heading, fence].some((start) => start.test(one))),
  );
  return [{ element: 'p', children: broken(words) }, at + words.length];
}

function readFence(lines: readonly string[], at: number): [block: RichNode, next: number] {
  const code = takeWhile(lines, at + 1, (one) => !fence.test(one));
  const block: RichNode = { element: 'pre', children: [{ text: code.join('\n') }] };
  return [block, at + code.length + 2];
}

function paragraphs(lines: readonly string[]): RichNode[] {
  const texts = lines.join('\n').split(/\n{2,}/);
  return texts.flatMap((text) =>
    text.trim() === '' ? [] : { element: 'p' as const, children: broken(text.split('\n')) },
  );
}

/** Lines of one paragraph stay lines: what a bot writes is short, and means its breaks. */
function broken(lines: readonly string[]): RichNode[] {
  return lines.flatMap((line, index) => [
    ...(index > 0 ? [{ element: 'br' as const, children: [] }] : []),
    ...readInline(line.trim()),
  ]);
}

/** Code, links, strong and emphasis; each pattern looks over one line once. */
const inline =
  /`([^`]+)`|\[([^[\]]*)\]\(([^()\s]+)\)|\*\*([^*]+)\*\*|__([^_]+)__|\*([^*\s][^*]*)\*|(?<!\w)_([^_\s][^_]*)_(?!\w)|(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)])/g;

function readInline(line: string): RichNode[] {
  const nodes: RichNode[] = [];
  let end = 0;
  for (const match of line.matchAll(inline)) {
    if (match.index > end) nodes.push({ text: line.slice(end, match.index) });
    nodes.push(inlineNode(match));
    end = match.index + match[0].length;
  }
  if (end < line.length) nodes.push({ text: line.slice(end) });
  return nodes;
}

function inlineNode([
  whole,
  code,
  label,
  address,
  strong,
  strong2,
  em,
  em2,
  bare,
]: RegExpMatchArray): RichNode {
  if (code !== undefined) return { element: 'code', children: [{ text: code }] };
  const href = safeAddress(address ?? bare ?? '');
  if (href !== undefined)
    return { element: 'a', href, children: [{ text: label || (address ?? bare ?? '') }] };
  if (label !== undefined) return { text: whole };
  const bold = strong ?? strong2;
  if (bold !== undefined) return { element: 'strong', children: readInline(bold) };
  const slanted = em ?? em2;
  return slanted === undefined ? { text: whole } : { element: 'em', children: readInline(slanted) };
}

function takeWhile(
  lines: readonly string[],
  from: number,
  holds: (line: string, index: number) => boolean,
): string[] {
  let end = from;
  while (end < lines.length && holds(lines[end] ?? '', end)) end++;
  return lines.slice(from, end);
}
