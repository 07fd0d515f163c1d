/** How long an access token is good for. Pure. */

/** Several may hold at once; an empty one means for ever. */
export interface Lifetime {
  /** From its making. */
  fixedMs?: number;
  /** Without a call; the renewal address wakes it again. */
  idleMs?: number;
  /** The time zone whose midnight ends it. */
  dailyEnd?: string;
  /** The parameter of the consent address that says how long (`1hour`, `30days`, `never`), and what holds without it. */
  asked?: { parameter: string; usual: string };
  /** The answer carries a session handle, which is exchanged for another token while it lives itself. */
  session?: { tokenMs: number; handleMs: number };
}

/** The times of one token, in milliseconds; `endsAt` null: no end was fixed at its making. */
export interface TokenTimes {
  issuedAt: number;
  usedAt: number;
  endsAt: number | null;
}

/** `idle` can be renewed, `expired` cannot. */
export function stateOf(token: TokenTimes, lifetime: Lifetime, now: number): 'live' | 'idle' | 'expired' {
  if (token.endsAt !== null && token.endsAt <= now) return 'expired';
  const { dailyEnd, idleMs } = lifetime;
  if (dailyEnd !== undefined && dayIn(dailyEnd, token.issuedAt) !== dayIn(dailyEnd, now)) return 'expired';
  return idleMs !== undefined && token.usedAt + idleMs <= now ? 'idle' : 'live';
}

/** When a token made now ends by itself; `asked` is what the consent address said. */
export function endOf(lifetime: Lifetime, now: number, asked?: string): number | null {
  const spans = [lifetime.fixedMs, lifetime.session?.tokenMs];
  if (lifetime.asked) spans.push(readSpan(asked ?? lifetime.asked.usual));
  const known = spans.filter((span) => span !== undefined);
  return known.length === 0 ? null : now + Math.min(...known);
}

const unitMs: Readonly<Record<string, number>> = { hour: 3_600_000, day: 86_400_000 };

function readSpan(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d+)(hour|day)s?$/.exec(text) ?? [];
  const ms = unitMs[unit];
  return ms === undefined ? undefined : Number(count) * ms;
}

function dayIn(timeZone: string, at: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(at);
}
