/** Any request on `/webhooks/GUID`: proved, kept with its job, then run or accepted. */
import type { Knex } from 'knex';
import type { EndedRun, RunInput, RunResult } from '../bots/run.ts';
import { findBehavior, findBot } from '../bots/store.ts';
import { findRun } from '../bots/store-runs.ts';
import type { Config } from '../config.ts';
import { inTransaction } from '../db/transaction.ts';
import type { HookCall, HookRoute } from '../http/route.ts';
import { enqueueJob } from '../jobs.ts';
import { hashSecret } from '../people/secret-hash.ts';
import type { Vault } from '../vault.ts';
import { accepted, answerOfRun, type HookAnswer, refusal } from './answer.ts';
import { type Received, writeReceived } from './received.ts';
import { placeOfRequest, requestJob, runRequest } from './run-request.ts';
import { openSecret } from './secret.ts';
import { problemOfRequest } from './signature.ts';
import { findListenerByGuid } from './store.ts';
import { findByReplayKey, insertRequest, noteRequest, type WebhookRequest } from './store-requests.ts';
import { type ListenerRecord, replayHeaderOf } from './webhook-listener.ts';

export interface ReceiveDeps {
  db: Knex;
  vault: Vault;
  config: Pick<Config, 'url'>;
  now(): number;
  newId(): string;
  log: { info(fields: object, message: string): void };
  /** Of each address so many requests a second, and no memory for addresses that do not exist. */
  brake: { take(address: string): boolean; admit(address: string): void };
  /** Has the jobs looked at now. */
  wake(): void;
  /** Waits for the run as long as a remote service waits. */
  runBehavior(input: RunInput): Promise<RunResult | EndedRun>;
}

/** Larger bodies are refused; far larger ones are not even read. */
const maxBodyBytes = 1_048_576;
/** The process that answers runs the behavior itself; the job is for the case that it dies before. */
const jobDelayMs = 15_000;

/** Every method, on the address and below it. Who may send is decided by the guid, and by the listener's check. */
export function webhookRoute(deps: ReceiveDeps): HookRoute {
  return {
    method: 'any',
    path: '/webhooks/:guid{/*rest}',
    maxBodyBytes: 4 * maxBodyBytes,
    async handle(call) {
      const guid = call.params.guid ?? '';
      if (!deps.brake.take(guid)) return refusal(429, 'Too many requests.', 1);
      const listener = await findListenerByGuid(deps.db, guid);
      if (!listener) return refusal(404, 'There is nothing here.');
      deps.brake.admit(guid);
      const answer = await receive(deps, listener, call);
      const fields = { listener: listener.id, ip: call.ip, method: call.method, status: answer.status };
      deps.log.info(fields, 'request on a webhook listener');
      return answer;
    },
  };
}

async function receive(deps: ReceiveDeps, listener: ListenerRecord, call: HookCall): Promise<HookAnswer> {
  if (!(await isOpen(deps.db, listener))) return refusal(503, 'This address is switched off.', 60);
  if (call.body.length > maxBodyBytes) return refusal(413, `The body is larger than ${maxBodyBytes} bytes.`);
  const id = deps.newId();
  const request = {
    id,
    listenerId: listener.id,
    replayKey: null,
    method: call.method,
    address: call.ip,
    size: call.body.length,
    sealedRequest: null,
    fault: null,
    status: null,
    receivedAt: deps.now(),
  };
  const problem = problemOfCall(deps, listener, call);
  if (problem !== undefined) {
    await insertRequest(deps.db, { ...request, state: 'refused', fault: problem, status: 401 });
    return refusal(401, problem);
  }
  const received: Received = { ...call, path: call.params.rest ?? '' };
  const given = call.headers[replayHeaderOf(listener)] ?? '';
  const replayKey = given === '' ? null : hashSecret(given);
  const sealedRequest = deps.vault.seal(writeReceived(received), placeOfRequest(id));
  const kept = { ...request, replayKey, sealedRequest, state: 'new' as const };
  if (!(await keep(deps, listener, kept))) return answerAgain(deps, listener, replayKey ?? '');
  if (listener.answers === 'wait') {
    const run = { requestId: id, listener, received, isAwaited: true };
    return (await runRequest(deps, run)) ?? accepted(id);
  }
  await noteRequest(deps.db, id, { status: 202, answeredAt: deps.now() });
  deps.wake();
  return accepted(id);
}

/** Listener, behavior and bot are all switched on. */
async function isOpen(db: Knex, { isDisabled, behaviorId }: ListenerRecord): Promise<boolean> {
  const behavior = isDisabled || behaviorId === null ? undefined : await findBehavior(db, behaviorId);
  const bot = behavior && !behavior.isDisabled ? await findBot(db, behavior.botId) : undefined;
  return bot !== undefined && !bot.isDisabled;
}

function problemOfCall(
  { vault, config, now }: ReceiveDeps,
  listener: ListenerRecord,
  { headers, body, path, rawQuery }: HookCall,
): string | undefined {
  if (listener.check.kind === 'none') return undefined;
  const secret = openSecret(vault, listener);
  if (secret === undefined) return 'This address has no secret to check signatures with.';
  const url = `${config.url.origin}${path}${rawQuery === '' ? '' : `?${rawQuery}`}`;
  return problemOfRequest(listener.check, secret, { headers, body, url }, now());
}

/** The request and its job are on the disk together, before anything runs; false for one that was kept before. */
function keep(
  { db, newId }: ReceiveDeps,
  { answers }: ListenerRecord,
  request: Omit<WebhookRequest, 'runId' | 'answeredAt'>,
): Promise<boolean> {
  const { id: requestId, receivedAt: now } = request;
  const runAt = answers === 'wait' ? now + jobDelayMs : now;
  return inTransaction(db, async (trx) => {
    if (!(await insertRequest(trx, request))) return false;
    await enqueueJob(trx, { id: newId(), kind: requestJob, payload: { requestId }, runAt, now });
    return true;
  });
}

/** To a request that came before: what it was answered then, or 202 while its run goes on. */
async function answerAgain(
  { db }: ReceiveDeps,
  { id, answers }: ListenerRecord,
  replayKey: string,
): Promise<HookAnswer> {
  const earlier = await findByReplayKey(db, id, replayKey);
  const run = earlier?.runId && answers === 'wait' ? await findRun(db, earlier.runId) : undefined;
  const outcome = run && run.status !== 'running' ? run.outcome : undefined;
  if (!run || !outcome) return accepted(earlier?.id ?? '');
  // Written by the run from its own state.
  const answer = outcome.answer as Parameters<typeof answerOfRun>[0]['answer'];
  return answerOfRun({ status: run.status, answer });
}
