/** Group commit of small writes that come from many runs at once: what arrives while one commits is committed together. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import { createBatch } from '../delivery/batch.ts';

/**
 * Resolves once the write is durable; rejects with its own fault alone. `work` does database work only, with the
 * `db` it gets, and may be run again.
 */
export type GroupCommit = (work: (db: Knex) => Promise<void>) => Promise<void>;

interface Write {
  work(db: Knex): Promise<void>;
  fault?: unknown;
}

/** Waiting for the disk is most of what a short run costs, and it costs the same for one write as for sixty. */
export function createGroupCommit(db: Knex): GroupCommit {
  const batch = createBatch<Write>((writes) => commit(db, writes), { delayMs: 0, maxItems: 64 });
  return async (work) => {
    const write: Write = { work };
    await batch.add(write);
    if (write.fault !== undefined) throw write.fault;
  };
}

async function commit(db: Knex, writes: readonly Write[]): Promise<void> {
  const [only, ...others] = writes;
  if (only && others.length === 0) return alone(db, only);
  try {
    await inTransaction(db, async (trx) => {
      for (const { work } of writes) await work(trx);
    });
  } catch {
    // One of them cannot be written, and took the others with it: each by itself shows which.
    for (const write of writes) await alone(db, write);
  }
}

async function alone(db: Knex, write: Write): Promise<void> {
  try {
    await write.work(db);
  } catch (error) {
    write.fault = error ?? new Error('The write failed.');
  }
}
