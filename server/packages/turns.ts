/** Long work in slices, between which everybody else has a turn: a large package holds up no other request. */
import { setImmediate as othersRan } from 'node:timers/promises';

/** Steps between two pauses; a step is one record. */
const stepsOfTurn = 20;

/** A function to call after each step: every so often its promise waits until what came in meanwhile has run. */
export function takeTurns(): () => Promise<void> {
  let steps = 0;
  return async () => {
    steps += 1;
    if (steps % stepsOfTurn === 0) await othersRan();
  };
}

/** Runs work that yields after each step to its end, with pauses. */
export async function runInTurns<T>(work: Generator<void, T>): Promise<T> {
  const turn = takeTurns();
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await turn();
  }
}

/** Runs work that yields after each step to its end at once, for whoever keeps nobody waiting. */
export function runAtOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
