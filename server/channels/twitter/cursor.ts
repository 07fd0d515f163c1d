/** Where reading a list stands that shows the newest first, a page at a time. Pure. */
import { parseJson } from '../../json.ts';
import { compareIds, textAt } from './reading.ts';

/**
 * `seen`: newest id that was read. While older pages remain to be read, `page` leads to the next, `newest` is what
 * `seen` will be afterwards, and `pages` counts those read, so that a flood ends after some pages.
 */
export interface Cursor {
  seen: string;
  page: string;
  newest: string;
  pages: number;
}

/** More pages than these are not read in one go; what is older then stays unread. */
const mostPages = 20;

export function readCursor(text: string): Cursor {
  const value = parsed(text);
  return {
    seen: textAt(value, 'seen') ?? '',
    page: textAt(value, 'page') ?? '',
    newest: textAt(value, 'newest') ?? '',
    pages: Number(textAt(value, 'pages') ?? 0),
  };
}

export function writeCursor({ seen, page, newest, pages }: Cursor): string {
  return page === ''
    ? JSON.stringify({ seen })
    : JSON.stringify({ seen, page, newest, pages: String(pages) });
}

/** The cursor after a page: on to the next one while the page was not old enough, else a new beginning. */
export function advance(
  cursor: Cursor,
  page: { ids: readonly string[]; next: string | undefined; isOldReached: boolean },
): Cursor {
  const newest = page.ids.reduce(newer, cursor.newest);
  const isSeenReached = cursor.seen !== '' && page.ids.some((id) => compareIds(id, cursor.seen) <= 0);
  const isEnd =
    page.next === undefined || page.isOldReached || isSeenReached || cursor.pages + 1 >= mostPages;
  if (!isEnd && page.next !== undefined) {
    return { seen: cursor.seen, page: page.next, newest, pages: cursor.pages + 1 };
  }
  return { seen: newer(cursor.seen, newest), page: '', newest: '', pages: 0 };
}

function newer(a: string, b: string): string {
  return a === '' || (b !== '' && compareIds(a, b) < 0) ? b : a;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
