/** Renders bot templates: quick ones at once, those that may loop in worker threads (DESIGN decision 1). */
import { randomInt } from 'node:crypto';
import { createRenderPool } from './render-pool.ts';
import { createTemplateCache } from './template-cache.ts';
import { TemplateError } from './template-error.ts';
import { toTemplateContext } from './template-value.ts';
import { StepsSpent } from './twig-node.ts';

export interface BotStageOptions {
  /** Epoch milliseconds, for dates in quick templates; threads read the clock themselves. */
  now?: () => number;
  /** Zone of dates without one of their own, an IANA name. */
  timeZone?: string;
  workers?: number;
}

export interface RenderOptions {
  timeoutMs?: number;
  maxOutputBytes?: number;
}

export interface BotStage {
  /** Throws TemplateError for a fault of the template or a limit, HubError `busy` when too many wait. */
  render(
    template: string,
    context: Readonly<Record<string, unknown>>,
    options?: RenderOptions,
  ): Promise<string>;
  /** What keeps the template from being rendered at all, as far as it can be told without data. */
  check(template: string): { message: string; line: number | undefined } | undefined;
  close(): Promise<void>;
}

/** Scope beyond this size, and work beyond these steps, is left to the threads. */
const quickContextSize = 256 * 1024;
const quickSteps = 50_000;

/** A stage with its cache and threads; `close` ends the threads. */
export function createBotStage(options: BotStageOptions = {}): BotStage {
  const { now = Date.now, timeZone = 'UTC', workers = 2 } = options;
  const pool = createRenderPool(workers, timeZone);
  const compile = createTemplateCache(500);
  const tools = { now, timeZone, randomInt: (below: number) => randomInt(below) };

  return {
    async render(template, context, { timeoutMs = 1000, maxOutputBytes = 256 * 1024 } = {}) {
      const { compiled, names, isQuick } = compile(template);
      const { values, size } = toTemplateContext(context, names);
      if (isQuick && size <= quickContextSize) {
        try {
          return compiled.render(values, tools, { steps: quickSteps, maxOutputLength: maxOutputBytes });
        } catch (error) {
          if (!(error instanceof StepsSpent)) throw error;
        }
      }
      return pool.render({ template, values, maxOutputLength: maxOutputBytes }, timeoutMs);
    },
    check(template) {
      try {
        compile(template);
        return undefined;
      } catch (error) {
        if (error instanceof TemplateError) return { message: error.message, line: error.line };
        throw error;
      }
    },
    close: () => pool.close(),
  };
}
