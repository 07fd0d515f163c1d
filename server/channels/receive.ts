/** POST on a channel's address: proved by its signature, stored with its job, then answered. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import { type Batch, createBatch } from '../delivery/batch.ts';
import type { HookCall, HookRoute } from '../http/route.ts';
import { enqueueJob } from '../jobs.ts';
import { type Brake, createBrake } from './brake.ts';
import { answerChallenge, type HookAnswer } from './challenge.ts';
import { findHookChannel, type HookChannel, type Deps as HookChannelDeps } from './hook-channel.ts';
import { hookJob } from './process-hook.ts';
import { type HookRequest, shortStream } from './records.ts';
import { noteOnChannel } from './store-channels.ts';
import { countWaitingHooks, insertHook } from './store-hooks.ts';
import { countBadSignature, countOnStream, forgetBadSignatures } from './store-streams.ts';

export interface HookDeps extends HookChannelDeps {
  db: Knex;
  config: Pick<Config, 'url'>;
  now(): number;
  newId(): string;
  log: { info(fields: object, message: string): void };
}

export interface Hooks {
  routes: HookRoute[];
  /** Writes the counters that are still in memory. */
  flush(): Promise<void>;
}

/** Larger bodies are refused and counted; far larger ones are not even read. */
const maxBodyBytes = 1_048_576;
const maxReadBytes = 4 * maxBodyBytes;
/** Of one address; its challenges have as much for themselves, so that a flood of events stops none. */
const allowance = { burst: 500, perSecond: 250 };
/** Of all addresses: so many requests may wait for their job. */
const maxWaiting = 20_000;
const badSignaturesToTell = 5;

type Waiting = Pick<
  HookRequest,
  'id' | 'streamId' | 'channelId' | 'address' | 'outcome' | 'body' | 'receivedAt'
>;

interface Note {
  streamId: string;
  channelId: string;
  outcome: string;
  at: number;
}

interface Parts {
  brakes: Record<'GET' | 'POST', Brake>;
  intake: Batch<Waiting>;
  notes: Batch<Note>;
  isFull(): Promise<boolean>;
}

/** `GET` and `POST /hooks/x/:stream`. Nothing on this path redirects a remote service, or sets a cookie. */
export function createHooks(deps: HookDeps): Hooks {
  const parts: Parts = {
    brakes: { GET: createBrake(deps.now, allowance), POST: createBrake(deps.now, allowance) },
    intake: createBatch((items) => store(deps, items), { delayMs: 0, maxItems: 100 }),
    notes: createBatch((notes) => writeNotes(deps.db, notes), { delayMs: 250, maxItems: 1000 }),
    isFull: rememberFor(
      1000,
      deps.now,
      async () => (await countWaitingHooks(deps.db, maxWaiting)) >= maxWaiting,
    ),
  };
  const route = (
    method: 'GET' | 'POST',
    answer: (found: HookChannel, call: HookCall) => HookAnswer | Promise<HookAnswer>,
  ): HookRoute => ({
    method,
    path: '/hooks/x/:stream',
    maxBodyBytes: maxReadBytes,
    async handle(call) {
      const { outcome, ...answered } = await guarded(deps, parts, method, call, answer);
      const stream = shortStream(call.params.stream ?? '');
      deps.log.info({ stream, ip: call.ip, outcome, method }, 'request on a channel address');
      return answered;
    },
  });
  return {
    routes: [
      route('GET', (found, call) => answerChallenge(deps.config, found, call)),
      route('POST', (found, call) => accept(deps, parts, found, call)),
    ],
    flush: () => parts.notes.flush(),
  };
}

/** Brakes, finds the channel, and notes the outcome for its counters. */
async function guarded(
  deps: HookDeps,
  { brakes, notes }: Parts,
  method: 'GET' | 'POST',
  call: HookCall,
  answer: (found: HookChannel, call: HookCall) => HookAnswer | Promise<HookAnswer>,
): Promise<HookAnswer> {
  const streamId = call.params.stream ?? '';
  const brake = brakes[method];
  if (!brake.take(streamId)) return { status: 503, retryAfterSeconds: 1, outcome: 'braked' };
  const found = await findHookChannel(deps, streamId);
  if (!found) return { status: 404, outcome: 'unknown' };
  brake.admit(streamId);
  const answered = await answer(found, call);
  const note = { streamId, channelId: found.channel.id, outcome: answered.outcome, at: deps.now() };
  notes.add(note).catch((error) => deps.log.info({ err: error }, 'counters could not be written'));
  return answered;
}

async function accept(
  deps: HookDeps,
  { intake, isFull }: Parts,
  { stream, channel, type, secret }: HookChannel,
  { body, headers, ip }: HookCall,
): Promise<HookAnswer> {
  const request: Omit<Waiting, 'outcome'> = {
    id: deps.newId(),
    streamId: stream.id,
    channelId: channel.id,
    address: ip,
    body: null,
    receivedAt: deps.now(),
  };
  if (stream.isPaused) return { status: 503, retryAfterSeconds: 60, outcome: 'paused' };
  if (body.length > maxBodyBytes) return { status: 413, outcome: 'too_large' };
  if (!type.isSigned(body, headers, secret)) {
    await insertHook(deps.db, { ...request, outcome: 'bad_signature' });
    await tellBadSignatures(deps, stream.id, channel.id);
    return { status: 401, outcome: 'bad_signature' };
  }
  if (await isFull()) return { status: 503, retryAfterSeconds: 10, outcome: 'full' };
  const text = new TextDecoder().decode(body);
  const isKept = channel.isEnabled || channel.settings.whenDisabled === 'store';
  const outcome = channel.isEnabled ? 'new' : 'disabled';
  await intake.add({ ...request, outcome, body: isKept ? text : null });
  if (stream.badSignaturesInRow > 0) await forgetBadSignatures(deps.db, stream.id);
  return { status: 200, outcome: channel.isEnabled ? 'accepted' : 'disabled' };
}

/** Group commit: what arrives together is on the disk together, each with its job, before any is answered. */
function store(deps: HookDeps, requests: readonly Waiting[]): Promise<void> {
  return inTransaction(deps.db, async (trx) => {
    for (const request of requests) {
      await insertHook(trx, request);
      if (request.outcome !== 'new') continue;
      const { id, receivedAt } = request;
      const job = { id: deps.newId(), kind: hookJob, payload: { hookId: id } };
      await enqueueJob(trx, { ...job, runAt: receivedAt, now: receivedAt });
    }
  });
}

async function tellBadSignatures({ db, now }: HookDeps, streamId: string, channelId: string): Promise<void> {
  const inRow = await countBadSignature(db, streamId);
  if (inRow % badSignaturesToTell !== 0) return;
  const lastError = `${inRow} requests in a row on the channel's address were not signed with its key. Compare the keys with those of the app; if somebody else calls the address, replace it.`;
  await noteOnChannel(db, channelId, { lastError, lastErrorAt: now() });
}

/** Refusals are counted, `bad_signature` where it is noticed; nobody waits for the counters. */
async function writeNotes(db: Knex, notes: readonly Note[]): Promise<void> {
  for (const streamId of new Set(notes.map((note) => note.streamId))) {
    const own = notes.filter((note) => note.streamId === streamId);
    const count = (outcomes: readonly string[]) =>
      own.filter((note) => outcomes.includes(note.outcome)).length;
    const counts = {
      accepted: count(['accepted', 'disabled']),
      refused: count(['paused', 'too_large', 'full', 'bad_challenge', 'no_challenge']),
    };
    if (counts.accepted + counts.refused > 0) await countOnStream(db, streamId, counts);
    const challenge = own.findLast((note) => note.outcome === 'challenge');
    if (challenge) await noteOnChannel(db, challenge.channelId, { lastCrcAt: challenge.at });
  }
}

function rememberFor<T>(ms: number, now: () => number, read: () => Promise<T>): () => Promise<T> {
  let known: { value: Promise<T>; at: number } | undefined;
  return () => {
    const at = now();
    if (!known || at - known.at >= ms || at < known.at) known = { value: read(), at };
    return known.value;
  };
}
