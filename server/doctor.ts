/** Looks over an installation: database, keys, sealed values, folder, address, accounts. Changes no record. */
import { statSync } from 'node:fs';
import type { Knex } from 'knex';
import type { Config } from './config.ts';
import { migrate } from './db/open.ts';
import { readPages } from './db/pages.ts';
import { openVault } from './keys.ts';
import { placeOf, sealedColumns } from './sealed-columns.ts';
import type { Vault } from './vault.ts';

export interface Finding {
  what: string;
  /** 'note': fine for trying, to be looked at before it is for keeps. */
  state: 'ok' | 'note' | 'wrong';
  /** What was found, and the remedy where something is wrong. */
  text: string;
}

export interface Deps {
  db: Knex;
  config: Config;
  now(): number;
}

const weekMs = 7 * 86_400_000;

/** Each look stands for itself; without a database only the settings are looked at. */
export async function examine(deps: Deps): Promise<Finding[]> {
  const { db, config } = deps;
  const settings = [checkFolder(config), checkAddress(config), checkConnectTo(config)];
  const database = await finding('database', async () => {
    await migrate(db);
    return `${config.database.kind}, up to date`;
  });
  if (database.state === 'wrong') return [database, ...settings];
  let vault: Vault | undefined;
  const keys = await finding('keys', async () => {
    vault = await openVault(deps);
    return `the active key is ${vault.activeKeyId}`;
  });
  const opened = vault;
  return [
    database,
    keys,
    ...(opened ? [await finding('sealed values', () => openAll(db, opened))] : []),
    ...settings,
    await finding('accounts', () => checkAccounts(deps)),
  ];
}

async function finding(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, state: 'ok', text: await look() };
  } catch (error) {
    return { what, state: 'wrong', text: error instanceof Error ? error.message : 'failed' };
  }
}

/** Opens every sealed value once, as a restored database or a new key is best proved. */
async function openAll(db: Knex, vault: Vault): Promise<string> {
  let count = 0;
  for (const column of sealedColumns) {
    const { key, field } = column;
    const narrow = (query: Knex.QueryBuilder) => query.select(...key, field).whereNotNull(field);
    for await (const rows of readPages(db, column, { size: 100, narrow })) {
      for (const row of rows) vault.open(String(row[field]), placeOf(column, row));
      count += rows.length;
    }
  }
  return `${count}, all of them open`;
}

function checkFolder({ dataFolder }: Config): Finding {
  const what = 'data folder';
  const found = statSync(dataFolder, { throwIfNoEntry: false });
  if (found && process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    const text = `${dataFolder} is open to other users of this machine. Run: chmod 700 ${dataFolder}`;
    return { what, state: 'note', text };
  }
  return { what, state: 'ok', text: dataFolder };
}

function checkAddress({ url }: Config): Finding {
  const isPublic = url.protocol === 'https:';
  const text = isPublic
    ? url.origin
    : `${url.origin}, for trying only: COUNTERSIGN_URL names an https address`;
  return { what: 'public address', state: isPublic ? 'ok' : 'note', text };
}

function checkConnectTo({ connectTo }: Config): Finding {
  const names = [...connectTo.keys()].join(', ');
  if (names === '') return { what: 'connect-to', state: 'ok', text: 'not set' };
  const text = `COUNTERSIGN_CONNECT_TO is set: requests do not reach the real ${names}`;
  return { what: 'connect-to', state: 'note', text };
}

async function checkAccounts({ db, now }: Deps): Promise<string> {
  const soon = now() + weekMs;
  const broken: { name: string; status: string }[] = await db('connected_accounts')
    .whereIn('status', ['expired', 'revoked', 'error'])
    .orWhere('expires_at', '<', soon)
    .orderBy(['name', 'id'])
    .limit(20)
    .select('name', 'status');
  if (broken.length === 0) return 'none is broken or expires within a week';
  const names = broken.map(
    ({ name, status }) => `${name} (${status === 'linked' ? 'expires soon' : status})`,
  );
  throw new Error(`to be linked again: ${names.join(', ')}`);
}
