/** Compiled templates, the last used kept. Pure but for what it remembers. */
import { TemplateError } from './template-error.ts';
import { botSyntax, maxTemplateLength, scanTemplate } from './template-scan.ts';
import { botTags, type CompiledTemplate, compileTemplate } from './twig.ts';

export interface CachedTemplate {
  compiled: CompiledTemplate;
  /** Names that stand in its expressions; undefined if it reads its whole scope. */
  names: ReadonlySet<string> | undefined;
  /** Whether nothing in it can repeat work: no loop, range or regular expression. */
  isQuick: boolean;
}

/** Parsed templates are far larger than their text; this many characters of text are kept at most. */
const maxCachedLength = 512 * 1024;

/** A function that compiles templates with these tags, or finds them among its last results. Throws TemplateError. */
export function createTemplateCache(
  maxCached: number,
  tags: readonly string[] = botTags,
): (template: string) => CachedTemplate {
  const cache = new Map<string, CachedTemplate>();
  let length = 0;
  return (template) => {
    const found = cache.get(template) ?? compile(template, tags);
    if (!cache.delete(template)) length += template.length;
    cache.set(template, found);
    for (const oldest of cache.keys()) {
      if (cache.size <= maxCached && length <= maxCachedLength) break;
      cache.delete(oldest);
      length -= oldest.length;
    }
    return found;
  };
}

function compile(template: string, tags: readonly string[]): CachedTemplate {
  if (template.length > maxTemplateLength) throw new TemplateError('The template is longer than 64 KiB.');
  const parts = scanTemplate(template, botSyntax);
  const code = parts
    .filter(({ kind }) => kind === 'print' || kind === 'tag')
    .map(({ start, end }) => template.slice(start, end))
    .join('\n');
  const names = new Set(code.match(/[a-zA-Z_\x7f-\xff][\w\x7f-\xff]*/g));
  return {
    compiled: compileTemplate(template, parts, tags),
    names: names.has('_context') ? undefined : names,
    isQuick: !/\.\.|\b(?:for|range|repeat|matches|regexp|regexp_match_all|indent|batch)\b/.test(code),
  };
}
