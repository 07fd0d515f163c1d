/** The text of a message as a person reads it. Pure. */
import { textAt } from './reading.ts';

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };

/**
 * Text without HTML entities, its short links in full, and without the link that the service appends for media.
 * Entities are unescaped once, so that "&amp;lt;" reads "&lt;".
 */
export function plainText(text: string, links: readonly unknown[], media: readonly unknown[]): string {
  const full = new Map<string, string>();
  for (const link of links) {
    const [short, expanded] = [textAt(link, 'url'), textAt(link, 'expanded_url')];
    if (short !== undefined && expanded !== undefined) full.set(short, expanded);
  }
  const ofMedia = new Set(media.map((one) => textAt(one, 'url')));
  const unescaped = text.replace(/&(amp|lt|gt|quot|#39);/g, (all, name: string) => named[name] ?? all);
  return withoutTrailing(unescaped, ofMedia).replace(
    /https?:\/\/t\.co\/[\w-]+/g,
    (url) => full.get(url) ?? url,
  );
}

/** A reply without the handles that the service puts in front of it: "@ana @bob yes" is "yes". */
export function withoutLeadingHandles(text: string): string {
  return text.replace(/^(@\w{1,20}\s+)+/, '');
}

function withoutTrailing(text: string, urls: ReadonlySet<string | undefined>): string {
  const trimmed = text.trimEnd();
  const start = Math.max(trimmed.lastIndexOf(' '), trimmed.lastIndexOf('\n')) + 1;
  return urls.has(trimmed.slice(start)) ? trimmed.slice(0, start).trimEnd() : text;
}
