/** The sandbox's own pages: a Handlebars instance of its own, escaping on. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';
import type { SandboxContext } from './exchange.ts';

export type Views = ReturnType<typeof createViews>;

/** Reads the templates once. */
export function createViews() {
  const folder = findViews(dirname(fileURLToPath(import.meta.url)));
  const handlebars = Handlebars.create();
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const compile = (name: string) => handlebars.compile(read(`${name}.hbs`), { strict: true });
  const layout = compile('layout');
  const pages = {
    home: compile('home'),
    consent: compile('consent'),
    pin: compile('pin'),
    message: compile('message'),
    customer: compile('customer'),
    push: compile('push'),
  };
  return {
    css: read('sandbox.css'),
    script: read('customer.js'),
    /** Answers with a page. A form on it may lead to `formTargets` beside the sandbox itself. */
    answer(
      ctx: SandboxContext,
      page: keyof typeof pages,
      model: { title: string; [name: string]: unknown },
      { status = 200, formTargets = [] as readonly string[] } = {},
    ): void {
      const policy = [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "connect-src 'self'",
        'img-src data:',
        `form-action ${["'self'", ...formTargets].join(' ')}`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ];
      ctx.set('Content-Security-Policy', policy.join('; '));
      // With no-referrer a browser names no Origin for the forms of a page, which tells them from those of others.
      ctx.set('Referrer-Policy', 'same-origin');
      ctx.status = status;
      ctx.type = 'text/html; charset=utf-8';
      ctx.body = layout({ title: model.title, body: new Handlebars.SafeString(pages[page](model)) });
    },
  };
}

// Beside server/ in the checkout, above dist/server/ once built.
function findViews(folder: string): string {
  const views = join(folder, 'views', 'sandbox');
  if (existsSync(views)) return views;
  const parent = dirname(folder);
  if (parent === folder) throw new Error("The sandbox's views were not found above its code.");
  return findViews(parent);
}
