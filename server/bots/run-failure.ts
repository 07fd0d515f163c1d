/** What stopped a run, in words for people; what nobody expected goes to the log. */
import { HubError, traceOf } from '../errors.ts';
import { TemplateError } from '../templates/template-error.ts';
import { objectOf, textOf } from './json-value.ts';
import type { RunError } from './values.ts';

export interface Deps {
  log: { error(fields: object, message: string): void };
}

/** An action, decision or loop that failed, with its node. */
export class ActionFailure extends Error {
  readonly told: RunError;
  constructor(told: RunError) {
    super(told.message);
    this.name = 'ActionFailure';
    this.told = told;
  }
}

export function explainFailure(deps: Deps, error: unknown, runId: string): Omit<RunError, 'node'> {
  if (error instanceof HubError) return { code: error.code, message: error.message, ...refusedHost(error) };
  if (error instanceof TemplateError) return { code: 'behavior_not_runnable', message: error.message };
  deps.log.error({ ...traceOf(error), run: runId }, 'an action failed');
  return { code: 'internal', message: new HubError('internal').message };
}

/** Requests with an account name host and service in their refusal; others have no list that could grow. */
function refusedHost({ code, extra }: HubError): Pick<RunError, 'refused'> {
  const host = textOf(extra.host);
  const service_id = textOf(objectOf(extra.service)?.id);
  return code === 'host_not_allowed' && host && service_id ? { refused: { host, service_id } } : {};
}
