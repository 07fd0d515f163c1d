/** Trying a listener: what its behavior would answer to a made-up request. Nothing real happens. */
import type { EndedRun, RunInput, RunResult } from '../bots/run.ts';
import type { Actor } from '../people/actor.ts';
import { accepted, answerOfRun, type HookAnswer } from './answer.ts';
import { getListener } from './listeners.ts';
import { inputOf, type RunRequestDeps } from './run-request.ts';

export interface Trial {
  method: string;
  /** Without the question mark. */
  query: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** Simulates the behavior as whoever asks; the listener's check is left out. Throws what a run throws. */
export async function tryListener(
  deps: Pick<RunRequestDeps, 'db'> & { runBehavior(input: RunInput): Promise<RunResult | EndedRun> },
  { actor, listenerId, trial }: { actor: Actor; listenerId: string; trial: Trial },
): Promise<{ answer: HookAnswer; run: RunResult }> {
  const listener = await getListener(deps.db, listenerId);
  const headers = Object.fromEntries(
    Object.entries(trial.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const input = await inputOf(deps.db, listener, {
    method: trial.method,
    rawQuery: trial.query,
    headers,
    body: Buffer.from(trial.body, 'utf8'),
    ip: '127.0.0.1',
    path: '',
  });
  const run = await deps.runBehavior({ ...input, actor, mode: 'simulate' });
  return { run, answer: 'answer' in run ? answerOfRun(run) : accepted(run.run_id) };
}
