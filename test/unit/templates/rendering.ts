/** Renders a bot template at once, with a fixed clock and fixed chance, for tests of pure code. */
import type { TemplateTools } from '../../../server/templates/callable.ts';
import { createTemplateCache } from '../../../server/templates/template-cache.ts';
import { toTemplateContext } from '../../../server/templates/template-value.ts';

export const tools: TemplateTools = {
  now: () => Date.UTC(2026, 0, 15, 12, 0, 0),
  randomInt: (below) => below - 1,
  timeZone: 'UTC',
};

const compile = createTemplateCache(50);

export function renderBot(template: string, context: Record<string, unknown> = {}): string {
  const { values } = toTemplateContext(context);
  return compile(template).compiled.render(values, tools, { steps: 1_000_000, maxOutputLength: 262_144 });
}
