/**
 * What a bot says, as the few elements that pages draw: text, lists, code and links. Whatever else is in Markdown
 * or HTML loses its tag and keeps its text, so no markup of a bot, or of whoever it quotes, reaches a page. Pure.
 */
import { readHtml } from './html-text.ts';
import { readMarkdown } from './markdown-text.ts';
import type { RichNode } from './rich-node.ts';

/** Markdown and HTML by their name in Cerb's packages; any other format is plain text. */
export function richText(text: string, format: string): RichNode[] {
  if (format === 'markdown') return readMarkdown(text);
  return format === 'html' ? readHtml(text) : [{ element: 'p', children: [{ text }] }];
}
