/** What a run was started with, sealed beside it, so that it can be started again. */
import { parseJson, writeJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import { type JsonObject, objectOf } from './json-value.ts';
import type { RunRecord } from './store-runs.ts';

export interface RunInputs {
  variables: JsonObject;
  /** Placeholders of its event. */
  scope: JsonObject;
  /** A received message began it; started again it has no message to answer. */
  answersMessage: boolean;
}

/** Longest JSON that is kept. */
const longest = 256 * 1024;

/** Null for more than is kept. */
export function sealInputs(vault: Vault, runId: string, inputs: RunInputs): string | null {
  const text = writeJson(inputs);
  return text.length > longest ? null : vault.seal(text, placeOf(runId));
}

/** Undefined for a run whose inputs were not kept. */
export function openInputs(vault: Vault, run: RunRecord): RunInputs | undefined {
  if (run.sealedInputs === null) return undefined;
  const { variables, scope, answersMessage } =
    objectOf(parseJson(vault.open(run.sealedInputs, placeOf(run.id)))) ?? {};
  return {
    variables: objectOf(variables) ?? {},
    scope: objectOf(scope) ?? {},
    answersMessage: answersMessage === true,
  };
}

function placeOf(id: string) {
  return { table: 'runs', id, field: 'sealed_inputs' };
}
