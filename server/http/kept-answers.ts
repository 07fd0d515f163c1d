/** Idempotency-Key: the first answer is kept for 24 hours per asker and given again. */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import type { ApiAnswer } from './route.ts';
import { dropExpiredAnswers, findKeptAnswer, freeKey, keepAnswer, takeKey } from './store.ts';

const keepMs = 24 * 60 * 60 * 1000;

export interface Deps {
  db: Knex;
  vault: Vault;
  now(): number;
}

/** An answer in the form it is sent in. */
export interface WrittenAnswer {
  status: number;
  text: string;
}

/**
 * Runs `work` unless this asker used the key before: then gives the kept answer, or throws
 * `idempotency_mismatch` for another request and `in_progress` while the first still runs. A request that `work`
 * refuses by throwing a HubError did nothing, so its key is free again; after any other error the key stays taken,
 * because nobody knows how far the work came.
 */
export async function answerOnce(
  deps: Deps,
  input: { asker: string; key: string; request: string },
  work: () => Promise<ApiAnswer>,
): Promise<WrittenAnswer> {
  const { asker, key } = input;
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new HubError('bad_request', 'Idempotency-Key must be 1 to 255 visible characters.');
  }
  const requestHash = createHash('sha256').update(input.request).digest('base64url');
  const row = { asker, idempotency_key: key, request_hash: requestHash, expires_at: deps.now() + keepMs };
  if (!(await takeKey(deps.db, row))) {
    const expired = await dropExpiredAnswers(deps.db, deps.now());
    if (expired === 0 || !(await takeKey(deps.db, row))) return earlierAnswer(deps, asker, key, requestHash);
  }
  try {
    const answer = write(await work());
    const sealed = deps.vault.seal(answer.text, place(asker, key));
    await keepAnswer(deps.db, asker, key, { status: answer.status, sealed_answer: sealed });
    return answer;
  } catch (error) {
    if (error instanceof HubError) await freeKey(deps.db, asker, key);
    throw error;
  }
}

/** An answer as bytes of JSON. */
export function write(answer: ApiAnswer): WrittenAnswer {
  return { status: answer.status ?? 200, text: answer.body === undefined ? '' : writeJson(answer.body) };
}

async function earlierAnswer(
  deps: Deps,
  asker: string,
  key: string,
  requestHash: string,
): Promise<WrittenAnswer> {
  const kept = await findKeptAnswer(deps.db, asker, key);
  if (!kept) throw new HubError('in_progress');
  if (kept.request_hash !== requestHash) throw new HubError('idempotency_mismatch');
  if (kept.state !== 'done' || kept.sealed_answer === null) throw new HubError('in_progress');
  return { status: kept.status ?? 200, text: deps.vault.open(kept.sealed_answer, place(asker, key)) };
}

function place(asker: string, key: string) {
  return { table: 'kept_answers', id: `${asker} ${key}`, field: 'sealed_answer' };
}
