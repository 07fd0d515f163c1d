/** What is kept of a run: what the API answers, and beside it what only its page shows; masked and cut. Pure. */
import { maskSecrets, redactText } from '../delivery/redact.ts';
import { isObject, type JsonObject, objectOf, textOf } from './json-value.ts';
import type { Prompt, RunState } from './run-state.ts';
import type { RunStep } from './run-step.ts';
import { limitTranscript, limitValues, maskTexts, type RunError, type TranscriptEntry } from './values.ts';
import type { Walk } from './walk.ts';

/** As the API answers it. */
export interface Told {
  values: JsonObject;
  transcript: TranscriptEntry[];
  error: RunError | null;
}

/** Beside it, for the run's page. Plain JSON. */
export interface Shown {
  /** One for each entry of the transcript. */
  steps: RunStep[];
  /** Pointers of the nodes that were entered, with the behavior's id before each. */
  path: string[];
  /** What was done against the limits of a run. */
  usage: { nodes: number; turns: number; ms: number };
  /** What it waits for, and at which node. */
  waits: { type: string; node: string } | null;
}

/** Longest path that is kept of a run. */
const mostPath = 2_000;

export const nothingTold: Told = { values: {}, transcript: [], error: null };

/** `earlier` is the outcome of the same run when it last waited; its transcript goes before. */
export function outcomeOf(ended: Walk, earlier: JsonObject | undefined): { told: Told; kept: JsonObject } {
  const mask = (text: string) => maskSecrets(text, ended.secrets);
  const redact = (text: string) => redactText(text, ended.secrets);
  const before = readOutcome(earlier);
  const transcript = ended.transcript.map((entry) => ({ ...entry, text: redact(entry.text) }));
  const steps = ended.steps.map((step) => ({
    ...step,
    input: step.input.map(({ label, text }) => ({ label, text: redact(text) })),
  }));
  const told = {
    values: limitValues(objectOf(maskTexts(ended.values, mask)) ?? {}),
    transcript: limitTranscript([...before.told.transcript, ...transcript]),
    error: ended.error && { ...ended.error, message: redact(ended.error.message) },
  };
  const { path, nodes, turns, prompt, answer } = ended.state;
  const shown: Shown = {
    steps: [...before.shown.steps, ...steps].slice(0, told.transcript.length),
    path: path.slice(0, mostPath),
    usage: { nodes, turns, ms: before.shown.usage.ms + ended.tookMs },
    waits: prompt && !told.error ? { type: prompt.type, node: prompt.node } : null,
  };
  return { told, kept: { ...told, ...shown, answer } };
}

/** What people are shown and asked, masked as everything that leaves: it may quote an account's secret. */
export function saidIn({ state, secrets }: Walk): Pick<RunState, 'shown' | 'prompt'> {
  const { shown, prompt } = state;
  // The same shape with other texts.
  return maskTexts({ shown, prompt }, (text) => maskSecrets(text, secrets)) as {
    shown: JsonObject[];
    prompt: Prompt | null;
  };
}

/** Reads what outcomeOf or settling wrote; a run without an outcome told nothing yet. */
export function readOutcome(outcome: JsonObject | undefined): { told: Told; shown: Shown } {
  const { values, transcript, error, steps, path, usage, waits } = outcome ?? {};
  const told = { values, transcript: transcript ?? [], error: error ?? null } as Told;
  const used = objectOf(usage) ?? {};
  const count = (value: unknown) => Number(textOf(value) ?? 0);
  return {
    // The column holds only what this file wrote.
    told: { ...told, values: objectOf(values) ?? {} },
    shown: {
      steps: Array.isArray(steps) ? (steps as RunStep[]) : [],
      path: Array.isArray(path) ? path.map((one) => textOf(one) ?? '') : [],
      usage: { nodes: count(used.nodes), turns: count(used.turns), ms: count(used.ms) },
      waits: isObject(waits) ? { type: textOf(waits.type) ?? '', node: textOf(waits.node) ?? '' } : null,
    },
  };
}
