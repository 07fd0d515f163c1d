/** The templates of packages, `{{{ … }}}`, `{{% … %}}`, `{{# … #}}`; bot templates in them stay untouched. Pure. */
import { placeAnswers } from './answer-literal.ts';
import type { TemplateTools } from './callable.ts';
import { toText } from './php-value.ts';
import { createTemplateCache } from './template-cache.ts';
import { TemplateError } from './template-error.ts';
import {
  lineAt,
  maxTemplateLength,
  packageSyntax,
  scanTemplate,
  type TemplatePart,
} from './template-scan.ts';
import { type TemplateValue, toTemplateContext } from './template-value.ts';
import type { CompiledTemplate } from './twig.ts';
import type { TwigNode } from './twig-node.ts';

export interface PackageText {
  text: string;
  /** Names used that are not in scope, once each; `uid.x` for a uid that is not there. They rendered as "". */
  unknown: string[];
}

const literalPrefix = '__text_';
const uidPrefix = '__uid_';
const packageTags = ['if', 'for', 'set', 'do'];
const maxSteps = 200_000;

/** What stands between tags, and which uid is named, is taken out of a source: one serves many texts of a package. */
const compile = createTemplateCache(500, packageTags);

/** A package is the same whenever it is read: no clock, no chance. */
const tools: TemplateTools = {
  now: () => 0,
  timeZone: 'UTC',
  randomInt: () => {
    throw new TemplateError(
      'Chance is not available in package templates; use a placeholder of type "random".',
    );
  },
};

/**
 * Renders a text of a package over the answers, made-up values and `uid`. What it prints is plain text, or, inside
 * a field that is a bot template, such that bot rendering gives back the same characters. Throws TemplateError.
 */
export function renderPackageText(
  text: string,
  scope: Readonly<Record<string, unknown>>,
  { insideBotTemplate }: { insideBotTemplate: boolean },
): PackageText {
  if (!/\{\{[{%#]/.test(text)) return { text, unknown: [] };
  if (text.length > maxTemplateLength) throw new TemplateError('The template is longer than 64 KiB.');
  const { source, literals, uids } = translate(text.replace(/\r\n?/g, '\n'));
  const { compiled } = compile(source);
  checkCaptures(compiled.tree);

  const { values } = toTemplateContext(scope);
  literals.forEach((literal, i) => {
    values.set(literalPrefix + i, literal);
  });
  const ids = values.get('uid');
  uids.forEach((uid, i) => {
    values.set(uidPrefix + i, (ids instanceof Map ? ids.get(uid) : undefined) ?? null);
  });
  const sign = freeSign(text);
  const answers: string[] = [];
  const print = (value: TemplateValue, node: TwigNode): string => {
    const printed = node.children.expression;
    const written = textOf(value, node);
    if (!insideBotTemplate || !printed || isPackageText(printed)) return written;
    return `${sign}${answers.push(written) - 1}${sign}`;
  };
  const rendered = compiled.render(values, tools, {
    steps: maxSteps,
    maxOutputLength: 4 * maxTemplateLength,
    print,
  });
  return {
    text: insideBotTemplate ? placeAnswers(rendered, sign, answers) : rendered,
    unknown: unknownNames(compiled, scope, uids),
  };
}

/**
 * Rewrites package tags as Twig's own; the text between is taken out, so that braces in it mean nothing, and so are
 * uids that are printed as they are, where no tag could give `uid` another meaning.
 */
function translate(text: string): { source: string; literals: string[]; uids: string[] } {
  const literals: string[] = [];
  const uids: string[] = [];
  let source = '';
  const parts = scanTemplate(text, packageSyntax);
  const hasTags = parts.some(({ kind }) => kind === 'tag');
  parts.forEach((part, i) => {
    const raw = text.slice(part.start, part.end);
    if (!part.isClosed)
      throw new TemplateError(`"${raw.slice(0, 3)}" is not closed.`, lineAt(text, part.start));
    const lines = '\n'.repeat(raw.split('\n').length - 1);
    const uid = hasTags ? undefined : /^\{\{\{ *uid\.([A-Za-z_]\w*) *\}\}\}$/.exec(raw)?.[1];
    if (part.kind === 'text') {
      const literal = trimLiteral(raw, tagBefore(text, parts[i - 1]), tagAfter(text, parts[i + 1]));
      source += `{{${lines} ${literalPrefix}${literals.push(literal) - 1} }}`;
    } else if (part.kind === 'comment') {
      source += `{#${lines}x#}`;
    } else if (uid !== undefined) {
      source += `{{ ${uidPrefix}${uids.push(uid) - 1} }}`;
    } else {
      const [open, close] = part.kind === 'tag' ? ['{% ', ' %}'] : ['{{ ', ' }}'];
      source += open + expressionOf(text, part) + close;
    }
  });
  return { source, literals, uids };
}

function expressionOf(text: string, part: TemplatePart): string {
  let expression = '';
  let at = part.start + 3;
  for (const { start, end, quote } of part.texts) {
    const content = text.slice(start, end);
    if (quote === '"' && text.startsWith('#{{', end))
      throw new TemplateError(
        'Interpolation is not available in package templates; use ~.',
        lineAt(text, start),
      );
    // "#{" is plain text in a package's string, but would be an interpolation in Twig's own.
    expression +=
      text.slice(at, start) + (quote === '"' ? content.replace(/\\[\s\S]|#/g, escapeHash) : content);
    at = end;
  }
  expression += text.slice(at, part.end - 3);
  return expression.replace(/^[-~]/, ' ').replace(/[-~]$/, ' ');
}

function escapeHash(match: string): string {
  return match === '#' ? '\\#' : match;
}

function tagBefore(text: string, part: TemplatePart | undefined): string {
  return part ? text.slice(part.end - 4, part.end) : '';
}

function tagAfter(text: string, part: TemplatePart | undefined): string {
  return part ? text.slice(part.start, part.start + 4) : '';
}

/** Whitespace control, and the newline that Twig eats after tags and comments. */
function trimLiteral(literal: string, before: string, after: string): string {
  let text = literal;
  if (before.startsWith('-')) text = text.trimStart();
  else if (before.startsWith('~')) text = text.replace(/^[ \t]+/, '');
  else if (/[%#]\}\}$/.test(before)) text = text.replace(/^\n/, '');
  if (after.endsWith('-')) return text.trimEnd();
  return after.endsWith('~') ? text.slice(0, text.length - (/[ \t]*$/.exec(text)?.[0].length ?? 0)) : text;
}

function checkCaptures(node: TwigNode): void {
  if (node.type === 'set' && node.attributes.captures)
    throw new TemplateError('In package templates "set" takes "= value" only.', node.line);
  Object.values(node.children).forEach(checkCaptures);
}

/** A character of the private use area that the text does not hold. */
function freeSign(text: string): string {
  for (let code = 0xe000; code < 0xf8ff; code++) {
    const sign = String.fromCharCode(code);
    if (!text.includes(sign)) return sign;
  }
  throw new TemplateError('The text uses every character of the private use area.');
}

/** A list of texts, as a prompt with several answers has it, is printed with commas. */
function textOf(value: TemplateValue, node: TwigNode): string {
  const parts = Array.isArray(value) ? value : [value];
  return parts
    .map((part) => {
      if (part === null || typeof part !== 'object') return toText(part);
      throw new TemplateError('An object cannot be printed; name one of its values.', node.line);
    })
    .join(',');
}

/** Whether what is printed was written by the package's author: literals, also behind a choice. */
function isPackageText(node: TwigNode): boolean {
  const { value, expr2, expr3 } = node.children;
  if (node.type === 'check_to_string') return value !== undefined && isPackageText(value);
  if (node.type === 'conditional')
    return [expr2, expr3].every((side) => side !== undefined && isPackageText(side));
  if (node.type === 'name') return String(node.attributes.name).startsWith(literalPrefix);
  return node.type === 'constant';
}

function unknownNames(
  { tree }: CompiledTemplate,
  scope: Readonly<Record<string, unknown>>,
  printed: readonly string[],
): string[] {
  const uids = typeof scope.uid === 'object' && scope.uid !== null ? scope.uid : {};
  const printedNames = printed.map((_uid, i) => uidPrefix + i);
  const used = new Set<string>();
  const known = new Set(['_context', 'loop', 'uid', 'default', ...Object.keys(scope)]);
  const look = (node: TwigNode): void => {
    const { target, attribute } = node.children;
    const name = String(node.attributes.name);
    if (node.type === 'assignment' || node.attributes.shouldTestExistence) known.add(name);
    else if (node.type === 'name' && !name.startsWith(literalPrefix)) {
      const uid = printed[printedNames.indexOf(name)];
      if (uid === undefined) used.add(name);
      else if (!Object.hasOwn(uids, uid)) used.add(`uid.${uid}`);
    }
    if (node.type === 'attribute_accessor' && target?.type === 'name' && target.attributes.name === 'uid') {
      const uid = String(attribute?.attributes.value);
      if (attribute?.type === 'constant' && !Object.hasOwn(uids, uid)) used.add(`uid.${uid}`);
    }
    Object.values(node.children).forEach(look);
  };
  look(tree);
  return [...used].filter((name) => !known.has(name));
}
