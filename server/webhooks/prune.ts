/** Requests of listeners are kept as long as deliveries. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { deleteOldRequests } from './store-requests.ts';

const batchSize = 500;

/** Job: deletes them in batches that hold no lock for long. */
export async function pruneRequests(deps: {
  db: Knex;
  config: Pick<Config, 'keepDeliveriesDays'>;
  now(): number;
}): Promise<void> {
  const before = deps.now() - deps.config.keepDeliveriesDays * 86_400_000;
  while ((await deleteOldRequests(deps.db, before, batchSize)) === batchSize);
}
