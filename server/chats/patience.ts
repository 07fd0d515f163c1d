/** How long a page waits for the bot before it shows that the bot thinks. */
import type { Thinking } from './converse.ts';

const patienceMs = 20_000;

/** Resolves when the turn is over, and after a while in any case. */
export async function answered({ done }: Thinking): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, patienceMs);
  });
  await Promise.race([done, patience]);
  clearTimeout(timer);
}
