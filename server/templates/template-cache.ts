/** Compiled bot templates, the last used kept. Pure but for what it remembers. */
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

/** A function that compiles, or finds among its last `size` results. Throws TemplateError. */
export function createTemplateCache(size: number): (template: string) => CachedTemplate {
  const cache = new Map<string, CachedTemplate>();
  return (template) => {
    const found = cache.get(template) ?? compile(template);
    cache.delete(template);
    cache.set(template, found);
    const [oldest] = cache.keys();
    if (cache.size > size && oldest !== undefined) cache.delete(oldest);
    return found;
  };
}

function compile(template: string): CachedTemplate {
  if (template.length > maxTemplateLength) throw new TemplateError('The template is longer than 64 KiB.');
  const parts = scanTemplate(template, botSyntax);
  const code = parts
    .filter(({ kind }) => kind === 'print' || kind === 'tag')
    .map(({ start, end }) => template.slice(start, end))
    .join('\n');
  const names = new Set(code.match(/[a-zA-Z_\x7f-\xff][\w\x7f-\xff]*/g));
  return {
    compiled: compileTemplate(template, parts, botTags),
    names: names.has('_context') ? undefined : names,
    isQuick: !/\.\.|\b(?:for|range|repeat|matches)\b/.test(code),
  };
}
