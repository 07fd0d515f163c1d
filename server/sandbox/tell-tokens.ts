/** Answers with tokens, or as the faults want it. */
import type { SandboxContext } from './exchange.ts';
import type { FaultName } from './fault-table.ts';
import { isFaultName } from './faults.ts';
import { answerFaults, pairFaults, type TokenPairs, writeTokenAnswer } from './token-answer.ts';
import type { World } from './world.ts';

/** In the format of the profile. */
export function answerTokens(world: World, ctx: SandboxContext, pairs: TokenPairs): void {
  const { entry } = ctx.state.exchange;
  let told = pairs;
  for (const [name, spoil] of entriesOf(pairFaults)) {
    const value = world.faults.take(name, entry);
    if (value !== undefined) told = spoil(told, String(value));
  }
  let answer = writeTokenAnswer(world.profile.tokenAnswer, told);
  for (const [name, spoil] of entriesOf(answerFaults))
    if (world.faults.take(name, entry) !== undefined) answer = { ...answer, ...spoil(told) };
  ctx.status = 200;
  ctx.type = answer.type;
  ctx.body = answer.body;
}

function entriesOf<Play>(table: Partial<Record<FaultName, Play>>): [FaultName, Play][] {
  return Object.entries(table).flatMap(([name, play]): [FaultName, Play][] =>
    isFaultName(name) && play ? [[name, play]] : [],
  );
}
