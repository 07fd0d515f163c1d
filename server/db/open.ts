/** Opens the database and brings it up to date. With `transaction.ts` the only place that runs knex itself. */
import knex, { type Knex } from 'knex';
import type { DatabaseConfig } from '../config.ts';
import { HubError } from '../errors.ts';
import { type DatabaseOptions, knexSettings } from './settings.ts';

/** A pool on the database; nothing is connected until the first query. */
export function openDatabase(database: DatabaseConfig, options: DatabaseOptions = {}): Knex {
  return knex(knexSettings(database, options));
}

/** Runs what is missing of the migrations. Several processes may start at once: knex's lock lets one work. */
export async function migrate(db: Knex): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await db.migrate.latest();
      return;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'MigrationLocked') || tries >= 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Throws `database_unavailable` unless the database answers. */
export async function ping(db: Knex): Promise<void> {
  try {
    await db.raw('select 1');
  } catch (cause) {
    throw new HubError('database_unavailable', undefined, { cause });
  }
}
