/** Deletes deliveries older than COUNTERSIGN_KEEP_DELIVERIES_DAYS, in batches that hold no lock for long. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { deleteOldDeliveries } from './store.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'keepDeliveriesDays'>;
  now(): number;
}

const batchSize = 500;

/** Resolves to how many were deleted. Two processes may run it at once. */
export async function pruneDeliveries({ db, config, now }: Deps): Promise<number> {
  const before = now() - config.keepDeliveriesDays * 24 * 60 * 60 * 1000;
  for (let deleted = 0; ; ) {
    const count = await deleteOldDeliveries(db, before, batchSize);
    deleted += count;
    if (count < batchSize) return deleted;
  }
}
