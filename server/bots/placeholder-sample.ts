/** Trying a template before it is used: what it gives with the values of the last run, or with made-up ones. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { TemplateError } from '../templates/template-error.ts';
import type { BehaviorRecord } from './behavior.ts';
import type { BotRecord } from './bot.ts';
import { sampleScope } from './event.ts';
import type { JsonObject } from './json-value.ts';
import { readOutcome } from './run-outcome.ts';
import { listRuns } from './store-runs.ts';
import { scopeOf } from './tools.ts';
import { readInputs } from './variable.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'runLimits'>;
  templates: {
    render(
      template: string,
      context: JsonObject,
      options: { timeoutMs: number; maxOutputBytes: number },
    ): Promise<string>;
  };
  now(): number;
}

/** What came of trying it. */
export interface Tried {
  output: string;
  /** Why there is none, with the line of the template where it is known. */
  error: string | null;
}

/** Within the limits of a run; nothing is sent or kept. */
export async function tryTemplate(
  deps: Deps,
  { behavior, bot, template }: { behavior: BehaviorRecord; bot: BotRecord; template: string },
): Promise<Tried> {
  const { templateMs: timeoutMs, maxOutputBytes } = deps.config.runLimits;
  const context = { ...scopeOf(bot, behavior), ...(await sampleValues(deps, behavior)) };
  try {
    return {
      output: await deps.templates.render(template, context, { timeoutMs, maxOutputBytes }),
      error: null,
    };
  } catch (error) {
    if (error instanceof TemplateError) {
      return { output: '', error: error.line ? `Line ${error.line}: ${error.message}` : error.message };
    }
    if (error instanceof HubError && error.status < 500) return { output: '', error: error.message };
    throw error;
  }
}

async function sampleValues({ db, now }: Deps, behavior: BehaviorRecord): Promise<JsonObject> {
  const [last] = await listRuns(db, { owners: 'all', behaviorId: behavior.id }, { limit: 1 });
  return {
    ...sampleScope(behavior.event.key),
    ...readInputs(behavior.variables, {}, now()).values,
    ...readOutcome(last?.outcome).told.values,
  };
}
