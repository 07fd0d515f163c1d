/** Times contenders in turn within one process, so that what the machine does meanwhile meets all of them alike. */

export interface Contender {
  name: string;
  /** One operation. What it returns is looked at, so that nothing is optimised away. */
  run(): unknown;
}

/** Times of one contender over all rounds, in microseconds an operation. */
export interface Timing {
  name: string;
  median: number;
  /** First and third quartile. */
  spread: readonly [number, number];
  /** One a round, to be compared with those of the same round. */
  rounds: readonly number[];
}

export interface Effort {
  rounds: number;
  /** Operations of each contender in each round. */
  operations: number;
}

/** Two rounds of warming up are not counted; who begins changes from round to round. */
export function race(contenders: readonly Contender[], { rounds, operations }: Effort): Timing[] {
  const times = contenders.map((): number[] => []);
  for (let round = -2; round < rounds; round += 1) {
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const at = (turn + round + 2) % contenders.length;
      const contender = contenders[at];
      if (!contender) continue;
      const took = time(contender, operations);
      if (round >= 0) times[at]?.push(took);
    }
  }
  return contenders.map(({ name }, at) => {
    const taken = times[at] ?? [];
    return {
      name,
      median: quantile(taken, 0.5),
      spread: [quantile(taken, 0.25), quantile(taken, 0.75)],
      rounds: taken,
    };
  });
}

/** How many times as long as `other`: the median of what single rounds say. */
export function ratio(one: Timing, other: Timing): number {
  return quantile(
    one.rounds.map((took, round) => took / (other.rounds[round] ?? Number.NaN)),
    0.5,
  );
}

function time({ run }: Contender, operations: number): number {
  let kept: unknown;
  const start = process.hrtime.bigint();
  for (let done = 0; done < operations; done += 1) kept = run();
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (kept === undefined) throw new Error('A contender returned nothing');
  return nanoseconds / operations / 1000;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN;
}
