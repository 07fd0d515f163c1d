/** Database and settings of an installation for its upkeep, without the rest of the hub. */
import type { Knex } from 'knex';
import { type Config, parseConfig } from '../config.ts';
import { migrate, openDatabase } from '../db/open.ts';
import type { Io } from './command.ts';

export interface Installation {
  db: Knex;
  config: Config;
  now(): number;
}

/** Opens the database, lets `work` look after it, closes it. */
export async function withInstallation<T>(
  io: Pick<Io, 'env'>,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  const config = parseConfig(io.env);
  const db = openDatabase(config.database);
  try {
    return await work({ db, config, now: Date.now });
  } finally {
    await db.destroy();
  }
}

/** As above, with the database brought up to date first. */
export function withUpToDate<T>(
  io: Pick<Io, 'env'>,
  work: (installation: Installation) => Promise<T>,
): Promise<T> {
  return withInstallation(io, async (installation) => {
    await migrate(installation.db);
    return work(installation);
  });
}
