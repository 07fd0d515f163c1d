/** Group commit: what arrives while a write runs, or within a few milliseconds, is written together. */

export interface Batch<T> {
  /** Resolves when the item was written; rejects when the write that held it failed. */
  add(item: T): Promise<void>;
  /** Resolves when everything added so far was written or has failed. */
  flush(): Promise<void>;
}

export interface BatchOptions {
  /** How long the first item may wait for others; 0: until the end of this turn of the event loop. */
  delayMs: number;
  /** Most items of one write; when so many wait, nothing is waited for. */
  maxItems: number;
}

interface Waiting<T> {
  item: T;
  done(): void;
  failed(error: unknown): void;
}

/** Writes run one after another, in the order of arrival. */
export function createBatch<T>(
  write: (items: readonly T[]) => Promise<void>,
  { delayMs, maxItems }: BatchOptions,
): Batch<T> {
  let waiting: Waiting<T>[] = [];
  let writing: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let added = 0;
  let ended = 0;

  const start = (): Promise<void> => {
    cancelTimer?.();
    cancelTimer = undefined;
    const taken = waiting.slice(0, maxItems);
    waiting = waiting.slice(maxItems);
    writing = write(taken.map(({ item }) => item))
      .then(
        () => {
          for (const { done } of taken) done();
        },
        (error) => {
          for (const { failed } of taken) failed(error);
        },
      )
      .finally(() => {
        writing = undefined;
        ended += taken.length;
        schedule();
      });
    return writing;
  };
  const schedule = () => {
    if (writing || waiting.length === 0) return;
    if (waiting.length >= maxItems) void start();
    else cancelTimer ??= later(start, delayMs);
  };
  return {
    add(item) {
      return new Promise((done, failed) => {
        added++;
        waiting.push({ item, done, failed });
        schedule();
      });
    },
    async flush() {
      const last = added;
      while (ended < last) await (writing ?? start());
    },
  };
}

function later(run: () => void, delayMs: number): () => void {
  if (delayMs === 0) {
    const immediate = setImmediate(run);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
