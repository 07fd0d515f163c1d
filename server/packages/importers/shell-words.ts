/** Words of a shell's command line (POSIX 2.2: quotes, backslashes, line continuation, `$'…'`). Pure. */

/** Undefined when a quotation mark is not closed. Variables and substitutions stay as they are written. */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; ) {
    const character = line[at] ?? '';
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (character === '\\') {
      if (line[at + 1] === '\n') at += 2;
      else if (line.startsWith('\r\n', at + 1)) at += 3;
      else {
        word = (word ?? '') + (line[at + 1] ?? '');
        at += 2;
      }
    } else {
      const quoted = readQuoted(line, at);
      if (quoted === 'open') return undefined;
      word = (word ?? '') + (quoted?.text ?? character);
      at = quoted?.end ?? at + 1;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** A quoted part that begins here; undefined when none does, 'open' when it does not end. */
function readQuoted(line: string, at: number): { text: string; end: number } | 'open' | undefined {
  const patterns: readonly [opening: string, pattern: RegExp, unquote: (text: string) => string][] = [
    ["$'", /\$'((?:[^'\\]|\\[\s\S])*)'/y, unescapeAnsi],
    ["'", /'([^']*)'/y, (text) => text],
    ['"', /"((?:[^"\\]|\\[\s\S])*)"/y, (text) => text.replace(/\\\r?\n/g, '').replace(/\\([$`"\\])/g, '$1')],
  ];
  for (const [opening, pattern, unquote] of patterns) {
    if (!line.startsWith(opening, at)) continue;
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    return found ? { text: unquote(found[1] ?? ''), end: pattern.lastIndex } : 'open';
  }
  return undefined;
}

const ansi: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  0: '\0',
};

function unescapeAnsi(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{1,4})|x([0-9a-fA-F]{1,2})|([\s\S]))/g,
    (_whole, unicode, hex, one) => {
      if (unicode ?? hex) return String.fromCharCode(Number.parseInt(unicode ?? hex, 16));
      return Object.hasOwn(ansi, one) ? (ansi[one] ?? '') : one;
    },
  );
}
