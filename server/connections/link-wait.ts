/** Waits for the end of a link flow that a person walks in a browser: the command line's `account link --wait`. */
import { hashSecret } from '../people/secret-hash.ts';
import type { LinkDeps } from './link.ts';
import { findFlowByCode } from './store-flows.ts';

export type LinkOutcome = 'linked' | 'denied' | 'expired' | 'failed';

const pollMs = 500;

/** Looks at the flow of a link address until it is over; gives up, as 'failed', when interrupted. */
export async function waitForLink(
  deps: Pick<LinkDeps, 'db' | 'now'>,
  { address, interrupted }: { address: string; interrupted: Promise<void> },
): Promise<LinkOutcome> {
  const codeHash = hashSecret(new URL(address).pathname.split('/').at(-1) ?? '');
  let isInterrupted = false;
  const stop = interrupted.then(() => {
    isInterrupted = true;
  });
  while (!isInterrupted) {
    const flow = await findFlowByCode(deps.db, codeHash);
    if (flow?.state === 'saved') return 'linked';
    if (flow?.state === 'denied') return 'denied';
    if (flow?.state === 'failed' || flow?.state === 'unknown' || flow?.state === 'discarded') return 'failed';
    if (!flow || flow.expiresAt <= deps.now()) return 'expired';
    await Promise.race([stop, new Promise((resolve) => setTimeout(resolve, pollMs))]);
  }
  return 'failed';
}
