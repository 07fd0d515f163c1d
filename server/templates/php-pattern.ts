/** Regular expressions as PHP writes them, `/^a(b+)/i`. A pattern may run long: only the render threads use these. Pure. */
import { TemplateError } from './template-error.ts';

const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** What PHP's classes mean within brackets. */
const namedClasses: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

/**
 * Reads pattern, delimiters and flags (`imsuxAD`). Throws TemplateError for what is no pattern, and for what only
 * PCRE knows (recursion, atomic groups, possessive counts), rather than match something else.
 */
export function readPattern(text: string, extraFlags = ''): RegExp {
  const trimmed = text.trimStart();
  const open = trimmed.charAt(0);
  const end = trimmed.lastIndexOf(closing[open] ?? open);
  const flags = trimmed.slice(end + 1).trim();
  if (end < 1 || /[\w\s\\]/.test(open)) throw refused(text, 'it needs delimiters, as in /a/');
  if (!/^[imsuxAD]*$/.test(flags))
    throw refused(text, `its flags "${flags}" are not all of i, m, s, u, x, A, D`);
  const source = translate(trimmed.slice(1, end), flags);
  const own = [...'ims'].filter((flag) => flags.includes(flag)).join('') + extraFlags;
  // A pattern that is too strict for Unicode mode means the same without it, surrogates aside.
  for (const unicode of ['u', '']) {
    try {
      return new RegExp(source, own + unicode);
    } catch {
      // The refusal below names the pattern; the engine's words would not.
    }
  }
  throw refused(text, 'it cannot be read');
}

/** Rewrites what PCRE and JavaScript write differently, sign by sign. */
function translate(source: string, flags: string): string {
  const isExtended = flags.includes('x');
  let result = flags.includes('A') ? '^' : '';
  let isInClass = false;
  for (let at = 0; at < source.length; at++) {
    const char = source.charAt(at);
    const rest = source.slice(at, at + 40);
    if (char === '\\') {
      result += translateEscape(source.charAt(at + 1), isInClass);
      at++;
    } else if (isInClass) {
      const named = /^\[:(\w+):\]/.exec(rest);
      const members = named && namedClasses[named[1] ?? ''];
      if (named && members === undefined) throw refused(rest, `the class ${named[0]} is not known`);
      result += named ? members : char === '[' ? '\\[' : char;
      if (named) at += named[0].length - 1;
      else if (char === ']') isInClass = false;
    } else if (char === '[') {
      isInClass = true;
      const head = /^\[\^?\]/.exec(rest);
      result += head ? `${head[0].slice(0, -1)}\\]` : char;
      if (head) at += head[0].length - 1;
    } else if (char === '$' && !flags.includes('m')) {
      result += flags.includes('D') ? '$' : '(?=\\n?$)';
    } else if (isExtended && /\s/.test(char)) {
    } else if (isExtended && char === '#') {
      const line = source.indexOf('\n', at);
      at = line < 0 ? source.length : line;
    } else if (rest.startsWith('(?P<')) {
      result += '(?<';
      at += 3;
    } else if (/^\(\?(?![:=!<])|^\(\*/.test(rest) || /^[*+?}]\+/.test(rest)) {
      throw refused(rest, 'it uses what only PCRE knows');
    } else result += char;
  }
  return result;
}

function translateEscape(letter: string, isInClass: boolean): string {
  if (letter === 'h') return isInClass ? ' \\t' : '[ \\t]';
  if (letter === 'R' && !isInClass) return '(?:\\r\\n|\\n|\\r)';
  if (letter === 'A') return '(?<![\\s\\S])';
  if (letter === 'z') return '(?![\\s\\S])';
  if (letter === 'Z') return '(?=\\n?(?![\\s\\S]))';
  if (letter === 'e') return '\\x1b';
  if (letter === 'a') return '\\x07';
  // Signs that need no backslash are fine with one in PCRE, but not in JavaScript's Unicode mode.
  return /[\w^$.*+?()[\]{}|/\\-]/.test(letter) && (letter !== '-' || isInClass) ? `\\${letter}` : letter;
}

function refused(text: string, why: string): TemplateError {
  return new TemplateError(`"${text.slice(0, 60)}" is no regular expression that can be used here: ${why}.`);
}
