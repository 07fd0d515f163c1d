/** Finds the parts of a template in one pass from left to right, before any parser sees it. Pure. */
import { TemplateError } from './template-error.ts';

/** How tags are written: bot templates use Twig's own signs, packages add one brace (cerb-contract 1.6). */
export interface TemplateSyntax {
  print: readonly [string, string];
  tag: readonly [string, string];
  comment: readonly [string, string];
  interpolation: readonly [string, string];
}

export const botSyntax: TemplateSyntax = {
  print: ['{{', '}}'],
  tag: ['{%', '%}'],
  comment: ['{#', '#}'],
  interpolation: ['#{', '}'],
};

export const packageSyntax: TemplateSyntax = {
  print: ['{{{', '}}}'],
  tag: ['{{%', '%}}'],
  comment: ['{{#', '#}}'],
  interpolation: ['#{{', '}}'],
};

/** Offsets into the template. `texts` are the contents of string literals, without their quotes. */
export interface TemplatePart {
  kind: 'text' | 'print' | 'tag' | 'comment' | 'verbatim';
  start: number;
  end: number;
  isClosed: boolean;
  texts: { start: number; end: number; quote: "'" | '"' }[];
  /** Deepest nesting of brackets and interpolations; number of commas; number of words and signs. */
  depth: number;
  commas: number;
  tokens: number;
}

/** The parts of a template, in order and without gaps. Never fails: what is not closed ends with the template. */
export function scanTemplate(template: string, syntax: TemplateSyntax): TemplatePart[] {
  const parts: TemplatePart[] = [];
  const opening = new RegExp(
    [syntax.print, syntax.tag, syntax.comment].map(([open]) => quote(open)).join('|'),
    'g',
  );
  let at = 0;
  while (at < template.length) {
    opening.lastIndex = at;
    const found = opening.exec(template);
    const start = found?.index ?? template.length;
    if (start > at) parts.push(plainPart('text', at, start, true));
    if (!found) break;
    const part = scanPart(template, start, found[0], syntax);
    parts.push(part);
    at = part.end;
    const verbatim = /^\{%[-~]?\s{0,99}verbatim\s{0,99}[-~]?%\}$/.test(
      template.slice(start, Math.min(at, start + 220)),
    );
    if (syntax === botSyntax && verbatim) {
      const end = /\{%[-~]?\s{0,99}endverbatim/.exec(template.slice(at));
      const stop = end ? at + end.index : template.length;
      parts.push(plainPart('verbatim', at, stop, end !== null));
      at = stop;
    }
  }
  return parts;
}

function scanPart(template: string, start: number, open: string, syntax: TemplateSyntax): TemplatePart {
  if (open === syntax.comment[0]) {
    const close = template.indexOf(syntax.comment[1], start + open.length);
    const end = close < 0 ? template.length : close + syntax.comment[1].length;
    return plainPart('comment', start, end, close >= 0);
  }
  const isTag = open === syntax.tag[0];
  return scanCode(
    template,
    start,
    open,
    isTag ? syntax.tag[1] : syntax.print[1],
    isTag ? 'tag' : 'print',
    syntax,
  );
}

/** Walks over one expression; `open` brackets decide which closing signs count, as in Twig's own lexer. */
function scanCode(
  template: string,
  start: number,
  opening: string,
  closing: string,
  kind: 'print' | 'tag',
  syntax: TemplateSyntax,
): TemplatePart {
  const part = plainPart(kind, start, template.length, false);
  const open: string[] = [];
  let isInWord = false;
  let at = start + opening.length;
  while (at < template.length) {
    const char = template.charAt(at);
    const top = open.at(-1);
    if (top === undefined && template.startsWith(closing, at)) {
      part.end = at + closing.length;
      part.isClosed = true;
      return part;
    }
    const isWord = /[\w\x7f-\uffff]/.test(char);
    if (!/\s/.test(char) && !(isWord && isInWord)) part.tokens++;
    isInWord = isWord;
    if (char === ',') part.commas++;
    if (top === '#' && template.startsWith(syntax.interpolation[1], at)) {
      open.pop();
      at = scanText(template, at + syntax.interpolation[1].length, '"', part, syntax, open);
    } else if (char === '"' || char === "'") {
      at = scanText(template, at + 1, char, part, syntax, open);
    } else {
      if (/[([{]/.test(char)) open.push(char);
      else if (/[)\]}]/.test(char) && top !== '#') open.pop();
      at++;
    }
    part.depth = Math.max(part.depth, open.length);
  }
  return part;
}

/** Goes to the end of a string literal, or to an interpolation in it; returns where code goes on. */
function scanText(
  template: string,
  start: number,
  quoteSign: "'" | '"',
  part: TemplatePart,
  syntax: TemplateSyntax,
  open: string[],
): number {
  let at = start;
  while (at < template.length) {
    const char = template.charAt(at);
    if (char === '\\') at++;
    else if (char === quoteSign) break;
    else if (quoteSign === '"' && template.startsWith(syntax.interpolation[0], at)) {
      open.push('#');
      part.texts.push({ start, end: at, quote: quoteSign });
      return at + syntax.interpolation[0].length;
    }
    at++;
  }
  part.texts.push({ start, end: Math.min(at, template.length), quote: quoteSign });
  return at + 1;
}

function plainPart(kind: TemplatePart['kind'], start: number, end: number, isClosed: boolean): TemplatePart {
  return { kind, start, end, isClosed, texts: [], depth: 0, commas: 0, tokens: 0 };
}

/** Largest template in UTF-16 units, and what a parser is asked to read: parsing time rises with the square. */
export const maxTemplateLength = 65_536;
const limits = { depth: 24, tags: 24, parts: 2_000, tokensInPart: 1_000, tokens: 10_000, commas: 400 };

/** Refuses a template that is too large or too deeply nested to be parsed quickly. Takes linear time. */
export function checkTemplateShape(template: string, parts: readonly TemplatePart[]): void {
  if (template.length > maxTemplateLength) throw new TemplateError('The template is longer than 64 KiB.');
  let [tags, tokens, commas] = [0, 0, 0];
  if (parts.length > limits.parts * 2) throw new TemplateError('The template has too many tags.');
  for (const part of parts) {
    tokens += part.tokens;
    commas += part.commas;
    if (part.kind === 'tag') tags += tagStep(template.slice(part.start, part.end));
    const isLarge = part.tokens > limits.tokensInPart || tokens > limits.tokens || commas > limits.commas;
    if (part.depth > limits.depth || tags > limits.tags)
      throw new TemplateError('The template is nested too deeply.', lineAt(template, part.start));
    if (isLarge) throw new TemplateError('An expression is too long.', lineAt(template, part.start));
    if (part.kind === 'comment' && / {200}|\s{200}/.test(template.slice(part.start, part.end)))
      throw new TemplateError('A comment holds too many blanks in a row.', lineAt(template, part.start));
  }
}

function tagStep(tag: string): number {
  const name = /^\{%[-~]?\s{0,200}(\w+)/.exec(tag)?.[1] ?? '';
  if (/^end/.test(name)) return -1;
  return /^(if|for|set|apply|filter|with|sandbox)$/.test(name) && !(name === 'set' && tag.includes('='))
    ? 1
    : 0;
}

/** The line, from 1, on which an offset lies. */
export function lineAt(template: string, offset: number): number {
  return template.slice(0, offset).split('\n').length;
}

function quote(text: string): string {
  return text.replace(/[{}#%]/g, '\\$&');
}
