/** The time and nonce of signatures: our clock, corrected by what was learned of each remote service's. */
import type { Knex } from 'knex';
import type { InboundResponse } from '../delivery/delivery.ts';
import { traceOf } from '../errors.ts';
import { readClockOffset } from './clock-offset.ts';
import type { Freshness } from './provider.ts';
import { type KnownOffset, listOffsets, putOffset } from './store-clocks.ts';

export interface ClockDeps {
  db: Knex;
  now(): number;
  randomBytes(size: number): Uint8Array;
  log: { error(fields: object, message: string): void };
}

/** An origin is the signed one; where connect-to dials instead does not matter. */
export interface RemoteClocks {
  /** Takes over what other processes learned; asks the database every few seconds at most. */
  refresh(): Promise<void>;
  /** Milliseconds to be added to our clock. */
  offsetOf(origin: string): number;
  /**
   * A nonce of 128 random bits and the time at the origin. Times of one consumer never go back, as some services
   * demand (NetSuite, FatSecret), unless the clock was set or learned anew.
   */
  freshness(origin: string, consumer: string): Freshness;
  /** What a refusal teaches; true when requests are signed with another time from now on. Only for verified answers. */
  learn(origin: string, answer: InboundResponse, isNamed: boolean): boolean;
  /** What came of it in the end: a time that was accepted is proven. Writes what was learned, for other processes. */
  conclude(origin: string, answer: InboundResponse | undefined): Promise<void>;
}

const staleMs = 5_000;
/** After it our own clock counts again, and a refusal teaches anew: clocks are set right, services move. */
const provenMs = 12 * 3_600_000;
/** A 401 that did not name the time may have had another reason. */
const guessedMs = 10 * 60_000;
/** A clock that was set back by more is followed. */
const heldSeconds = 60;

export function createRemoteClocks(deps: ClockDeps): RemoteClocks {
  let known = new Map<string, KnownOffset>();
  let readAt: number | undefined;
  let reading: Promise<void> | undefined;
  const unsaved = new Set<string>();
  const latest = new Map<string, Map<string, number>>();

  const live = (origin: string): KnownOffset | undefined => {
    const found = known.get(origin);
    return found && found.expiresAt > deps.now() ? found : undefined;
  };
  const offsetOf = (origin: string) => live(origin)?.offsetMs ?? 0;
  const note = (origin: string, offsetMs: number, isProven: boolean) => {
    const expiresAt = deps.now() + (isProven ? provenMs : guessedMs);
    known.set(origin, { origin, offsetMs, isProven, expiresAt });
    unsaved.add(origin);
  };
  const read = async (at: number) => {
    const offsets = await listOffsets(deps.db, at);
    const ours = [...unsaved].flatMap((origin) => known.get(origin) ?? []);
    known = new Map([...offsets, ...ours].map((offset) => [offset.origin, offset]));
    readAt = at;
  };
  const save = async (origin: string) => {
    const offset = known.get(origin);
    if (!offset || !unsaved.delete(origin)) return;
    // The request was made and answered: that it could not be noted must not hide the answer.
    await putOffset(deps.db, offset).catch((error) => {
      deps.log.error(
        { origin, ...traceOf(error) },
        'What was learned of a remote clock could not be written',
      );
    });
  };

  return {
    async refresh() {
      const at = deps.now();
      if (readAt !== undefined && at >= readAt && at - readAt < staleMs) return;
      reading ??= read(at).finally(() => {
        reading = undefined;
      });
      await reading;
    },
    offsetOf,
    freshness(origin, consumer) {
      const seconds = Math.floor((deps.now() + offsetOf(origin)) / 1000);
      const times = latest.get(origin) ?? new Map<string, number>();
      const last = times.get(consumer) ?? 0;
      const timestamp = last > seconds && last - seconds <= heldSeconds ? last : seconds;
      latest.set(origin, times.set(consumer, timestamp));
      return { nonce: Buffer.from(deps.randomBytes(16)).toString('hex'), timestamp };
    },
    learn(origin, answer, isNamed) {
      const question = { isNamed, offsetMs: offsetOf(origin), now: deps.now() };
      const offsetMs = readClockOffset(answer, question);
      if (offsetMs === undefined) return false;
      note(origin, offsetMs, isNamed);
      latest.delete(origin);
      return true;
    },
    async conclude(origin, answer) {
      const current = live(origin);
      const isAccepted = answer !== undefined && answer.status < 400;
      if (current && !current.isProven && isAccepted) note(origin, current.offsetMs, true);
      await save(origin);
    },
  };
}
