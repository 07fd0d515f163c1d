/** Notices: who is told of what happened here, by signed webhooks. Pure. */
import type { HappeningKind } from '../happenings.ts';

/** `off`: by a person. `stopped`: by the hub, after a notice was refused for a day. */
export type AddressState = 'on' | 'off' | 'stopped';

export interface NoticeAddress {
  id: string;
  name: string;
  url: string;
  kinds: readonly HappeningKind[];
  state: AddressState;
  /** Why it was stopped. */
  problem: string | null;
  sealedSecret: string;
  lastSuccessAt: number | null;
  createdAt: number;
  updatedAt: number;
}

/** `waiting`: to be sent, or sent again. */
export type NoticeState = 'waiting' | 'sent' | 'failed';

export interface Notice {
  id: string;
  addressId: string;
  kind: string;
  body: string;
  state: NoticeState;
  /** Begun so far. */
  tries: number;
  nextAt: number | null;
  lastStatus: number | null;
  lastFault: string | null;
  deliveryId: string | null;
  createdAt: number;
  endedAt: number | null;
}

const minute = 60_000;
const hour = 60 * minute;

/** Between one try and the next: eight tries over about a day. */
const pauses = [minute / 2, 2 * minute, 10 * minute, hour / 2, 2 * hour, 6 * hour, 14 * hour];

export const mostTries = pauses.length + 1;

/** When a notice that was tried so often is tried again; undefined: not any more. */
export function nextTry(tries: number, now: number, retryAfter: string | undefined): number | undefined {
  const pause = pauses[tries - 1];
  if (pause === undefined) return undefined;
  const asked = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 0;
  return now + Math.max(pause, Math.min(asked, 24 * hour));
}
