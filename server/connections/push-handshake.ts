/** A one-time address at which a remote site hands over its keys: its words and states. Pure. */
import { HubError } from '../errors.ts';

/** open -> exchanging -> done; it ends as failed, unknown (not answered) or replaced. Each step is one update. */
export type PushState = 'open' | 'exchanging' | 'done' | 'failed' | 'unknown' | 'replaced';

export interface PushHandshake {
  id: string;
  accountId: string;
  /** The admin who made the address. */
  askedBy: string;
  state: PushState;
  /** A sentence on how it ended badly. */
  outcome: string | null;
  createdAt: number;
  expiresAt: number;
}

/** How long the address is good for: the store's side has to be filled in meanwhile. */
export const pushMs = 60 * 60_000;

/** Throws what a store is told that comes to an address which waits for it no longer. */
export function refuseEndedPush({ state, expiresAt }: PushHandshake, now: number): void {
  if (state !== 'open') {
    const message =
      state === 'replaced'
        ? 'A newer address took its place.'
        : 'The address was used already; it is good once.';
    throw new HubError('flow_used', message);
  }
  if (expiresAt <= now)
    throw new HubError('flow_expired', 'The address has expired: it is good for 60 minutes.');
}
