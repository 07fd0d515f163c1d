/** How far a remote service's clock is from ours, as the answer that refused a request tells. Pure. */
import type { InboundResponse } from '../delivery/delivery.ts';

/** What is further away is no clock, whatever an answer says. */
const maxOffsetMs = 24 * 3_600_000;

/** Smaller differences do not explain a refusal that did not name the time. */
const unnamedFromMs = 60_000;
/** `Date` has whole seconds, and an answer takes a while. */
const sameWithinMs = 1_500;

export interface ClockQuestion {
  /** Whether the answer named the timestamp as what it refused; else only a 401 tells anything. */
  isNamed: boolean;
  /** What was added to our clock when the refused request was signed. */
  offsetMs: number;
  now: number;
}

/**
 * What is to be added to our clock from now on; undefined where the answer tells nothing new. The range that the
 * service accepts (`oauth_acceptable_timestamps`) is surer than its `Date`; a `Date` with `Age` beside it comes from
 * a cache.
 */
export function readClockOffset(
  answer: InboundResponse,
  { isNamed, offsetMs, now }: ClockQuestion,
): number | undefined {
  if (!isNamed && answer.status !== 401) return undefined;
  const theirs = (isNamed ? acceptedTime(answer) : undefined) ?? dateOf(answer);
  if (theirs === undefined) return undefined;
  const told = theirs - now;
  if (Math.abs(told) > maxOffsetMs) return undefined;
  if (Math.abs(told - offsetMs) <= (isNamed ? sameWithinMs : unnamedFromMs)) return undefined;
  return Math.abs(told) <= sameWithinMs ? 0 : told;
}

/** The middle of the range, in milliseconds (OAuth Problem Reporting: `oauth_acceptable_timestamps=FROM-TO`). */
function acceptedTime({ headers, body }: InboundResponse): number | undefined {
  const text = new TextDecoder().decode(body.subarray(0, 16 * 1024));
  const told = headers.filter(([name]) => name === 'www-authenticate').map(([, value]) => value);
  for (const place of [...told, text]) {
    const found = /oauth_acceptable_timestamps(?:=|%3D)"?(\d{1,12})(?:-|%2D)(\d{1,12})/i.exec(place);
    if (found) return ((Number(found[1]) + Number(found[2])) / 2) * 1000;
  }
  return undefined;
}

function dateOf({ headers }: InboundResponse): number | undefined {
  if (headers.some(([name]) => name === 'age')) return undefined;
  const dates = headers.filter(([name]) => name === 'date');
  const time = dates.length === 1 ? Date.parse(dates[0]?.[1] ?? '') : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
