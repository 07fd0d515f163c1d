/** Renders pages: views/<feature>/<page>.hbs inside views/layout.hbs. Escaping is always on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import Handlebars from 'handlebars';

export interface Views {
  /** A whole HTML document. Throws when the view does not exist. */
  render(view: string, model: Record<string, unknown>): string;
  /** A view that is a document of its own, or a part of one. */
  renderBare(view: string, model: Record<string, unknown>): string;
}

/**
 * `preventIndent`: the lines of a textarea must not grow with the indent of its partial. `explicitPartialContext`: a
 * partial sees what it is given, not what the page happens to call by the same name.
 */
const compileOptions: CompileOptions = { preventIndent: true, explicitPartialContext: true };

/** Compiles every view below the folder once; a template with a fault stops the start. */
export function createViews(folder: string): Views {
  const handlebars = Handlebars.create();
  registerHelpers(handlebars);
  const pages = new Map<string, Handlebars.TemplateDelegate>();
  for (const [name, source] of sources(folder)) {
    // Compiling reads the text at the first rendering only; parsed here, a fault shows at the start.
    Handlebars.parse(source);
    if (name.startsWith('partials/')) handlebars.registerPartial(name.slice('partials/'.length), source);
    else pages.set(name, handlebars.compile(source, compileOptions));
  }
  const page = (name: string): Handlebars.TemplateDelegate => {
    const template = pages.get(name);
    if (!template) throw new Error(`There is no view ${name}.hbs`);
    return template;
  };
  return {
    render(view, model) {
      // What a template of ours rendered is already escaped.
      const body = new Handlebars.SafeString(page(view)(model));
      return page('layout')({ ...model, body });
    },
    renderBare: (view, model) => page(view)(model),
  };
}

function* sources(folder: string): Generator<[name: string, source: string]> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.hbs')) continue;
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file).split(sep).join('/').slice(0, -'.hbs'.length);
    if (!name.startsWith('sandbox/')) yield [name, readFileSync(file, 'utf8')];
  }
}

function registerHelpers(handlebars: typeof Handlebars): void {
  handlebars.registerHelper({
    eq: (a: unknown, b: unknown) => a === b,
    not: (value: unknown) => !value,
    or: (...values: unknown[]) => values.slice(0, -1).find(Boolean),
    join: (list: unknown, separator: unknown) => (Array.isArray(list) ? list.join(String(separator)) : ''),
    json: (value: unknown) => JSON.stringify(value, null, 2),
    time: (at: unknown) => {
      if (typeof at !== 'number' && typeof at !== 'string') return '';
      const iso = new Date(at).toISOString();
      const shown = `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
      return new Handlebars.SafeString(`<time datetime="${iso}">${shown}</time>`);
    },
  });
}
