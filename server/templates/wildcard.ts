/** Wildcards as Cerb's `is pattern` reads them: `*` stands for anything, case does not count. Pure. */

/** Whether the whole text fits one of the patterns. Without backtracking, whatever the pattern. */
export function likeAny(text: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => isLike(text.toLowerCase(), pattern.toLowerCase()));
}

function isLike(text: string, pattern: string): boolean {
  const [head = '', ...parts] = pattern.split('*');
  const tail = parts.pop();
  if (tail === undefined) return text === head;
  if (!text.startsWith(head)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - tail.length >= at && text.endsWith(tail);
}
