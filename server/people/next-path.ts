/** Where a person goes after signing in. Pure. */

/**
 * The path, query and fragment of `next` when it leads to a page of ours, else '/'. Read as a browser reads it, so
 * that `//evil`, `/\evil`, `/./\/evil` and control characters, which browsers drop, lead nowhere else.
 */
export function localPath(next: string | null): string {
  if (next === null || next.length > 2000 || !/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next)) return '/';
  const base = 'http://countersign.invalid';
  if (!URL.canParse(next, base)) return '/';
  const url = new URL(next, base);
  if (url.origin !== base || url.pathname.startsWith('//')) return '/';
  if (url.pathname === '/sign-in' || url.pathname === '/sign-out') return '/';
  return url.pathname + url.search + url.hash;
}
