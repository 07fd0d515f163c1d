/** SQL of answers kept for Idempotency-Key. */
import type { Knex } from 'knex';
import { isDuplicate } from '../db/transaction.ts';

export interface KeptAnswerRow {
  request_hash: string;
  state: 'running' | 'done';
  status: number | null;
  sealed_answer: string | null;
  expires_at: number;
}

/** Takes the key for a request that begins now; false when it is taken. */
export async function takeKey(
  db: Knex,
  row: { asker: string; idempotency_key: string; request_hash: string; expires_at: number },
): Promise<boolean> {
  try {
    await db('kept_answers').insert({ ...row, state: 'running' });
    return true;
  } catch (error) {
    if (isDuplicate(error)) return false;
    throw error;
  }
}

export function findKeptAnswer(db: Knex, asker: string, key: string): Promise<KeptAnswerRow | undefined> {
  return db('kept_answers').where({ asker, idempotency_key: key }).first();
}

export async function keepAnswer(
  db: Knex,
  asker: string,
  key: string,
  answer: { status: number; sealed_answer: string },
): Promise<void> {
  await db('kept_answers')
    .where({ asker, idempotency_key: key })
    .update({ state: 'done', ...answer });
}

/** Frees the key of a request that was refused before it did anything. */
export async function freeKey(db: Knex, asker: string, key: string): Promise<void> {
  await db('kept_answers').where({ asker, idempotency_key: key }).delete();
}

/** Removes an answer whose time is over, so that its key can be used again. */
export async function dropExpiredAnswers(db: Knex, now: number): Promise<number> {
  return db('kept_answers').where('expires_at', '<=', now).delete();
}
