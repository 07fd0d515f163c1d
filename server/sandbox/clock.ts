/** The sandbox's clock: the caller's, and what was advanced beyond it; it also does what is due at a time. */

interface Task {
  at: number;
  run: () => Promise<void>;
}

export type Clock = ReturnType<typeof createClock>;

const longestTimerMs = 2 ** 31 - 1;

/** `isRunning`: `base` moves by itself, so that what is due happens without anybody advancing. */
export function createClock(base: () => number, isRunning: boolean) {
  const tasks: Task[] = [];
  let offset = 0;
  let timer: NodeJS.Timeout | undefined;
  const now = () => base() + offset;

  function takeDue(until: number): Task | undefined {
    const [first] = tasks.toSorted((a, b) => a.at - b.at);
    if (!first || first.at > until) return undefined;
    tasks.splice(tasks.indexOf(first), 1);
    return first;
  }
  function moveTo(time: number): void {
    offset += Math.max(0, time - now());
  }
  function arm(): void {
    clearTimeout(timer);
    if (!isRunning || tasks.length === 0) return;
    const wait = Math.min(...tasks.map((task) => task.at)) - now();
    timer = setTimeout(() => void advance(0), Math.max(0, Math.min(wait, longestTimerMs)));
    timer.unref();
  }
  async function advance(ms: number): Promise<void> {
    const until = now() + ms;
    for (let task = takeDue(until); task; task = takeDue(until)) {
      moveTo(task.at);
      await task.run();
    }
    moveTo(until);
    arm();
  }

  return {
    now,
    /** Does something at a time of this clock. */
    at(time: number, run: () => Promise<void>): void {
      tasks.push({ at: time, run });
      arm();
    },
    /** Moves on and does, one after the other and each at its own time, what becomes due. Awaits all of it. */
    advance,
    /** How many things are still to be done. */
    pending: (): number => tasks.length,
    stop(): void {
      clearTimeout(timer);
      tasks.length = 0;
    },
  };
}
