/** Looks over an installation: database, keys, sealed values, folder, address, accounts. Changes nothing. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import type { Config } from './config.ts';
import { openVault } from './keys.ts';

export interface Finding {
  what: string;
  ok: boolean;
  /** What was found, and the remedy where something is wrong. */
  text: string;
}

export async function examine(deps: { db: Knex; config: Config; now(): number }): Promise<Finding[]> {
  const { db, config, now } = deps;
  return [
    await finding('database', async () => {
      await db.raw('select 1');
      const [, pending] = await db.migrate.list();
      if (pending.length > 0)
        throw new Error(`${pending.length} migrations are missing: run countersign migrate`);
      return `${config.database.kind}, up to date`;
    }),
    await finding('keys', async () => `the active key is ${(await openVault(deps)).activeKeyId}`),
    await finding('data folder', async () => checkFolder(config)),
    await finding('public address', async () => {
      if (config.url.protocol !== 'https:')
        throw new Error(`${config.url.origin} is for trying only: set COUNTERSIGN_URL to an https address`);
      return config.url.origin;
    }),
    await finding('connect-to', async () => {
      if (config.connectTo.size > 0)
        throw new Error('COUNTERSIGN_CONNECT_TO is set: requests do not reach the real services');
      return 'not set';
    }),
    await finding('accounts', async () => {
      const broken: { name: string; status: string }[] = await db('connected_accounts')
        .whereIn('status', ['expired', 'revoked', 'error'])
        .orWhere((where) =>
          where.whereNotNull('expires_at').andWhere('expires_at', '<', now() + 7 * 86_400_000),
        )
        .select('name', 'status')
        .limit(20);
      if (broken.length > 0)
        throw new Error(
          `to be linked again: ${broken.map(({ name, status }) => `${name} (${status})`).join(', ')}`,
        );
      return 'none is broken or about to expire';
    }),
  ];
}

async function finding(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, ok: true, text: await look() };
  } catch (error) {
    return { what, ok: false, text: error instanceof Error ? error.message : 'failed' };
  }
}

async function checkFolder({ dataFolder }: Config): Promise<string> {
  const file = join(dataFolder, 'master.key');
  if (existsSync(file) && (statSync(file).mode & 0o077) !== 0)
    throw new Error(`${file} can be read by others: chmod 600 it`);
  return dataFolder;
}
