/**
 * The keys of the vault. The master key, from the environment or a file, wraps data keys that live in the database;
 * data keys seal. So every process with the right master key has the same keys, and one with a wrong key stops.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Knex } from 'knex';
import type { Config } from './config.ts';
import { isDuplicate } from './db/transaction.ts';
import { createVault, type SealContext, type Vault, type VaultKey } from './vault.ts';

/** Says which key id is missing and where it is looked for; holds no key. */
export class KeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyError';
  }
}

export interface KeyRow {
  id: string;
  wrapped_key: string;
  state: 'active' | 'spare';
  created_at: number;
}

/**
 * Opens the vault over the keys in the database; makes master key and first data key only where no data key
 * exists yet. Throws KeyError naming the key id that is missing or does not fit.
 */
export async function openVault(deps: { db: Knex; config: Config; now(): number }): Promise<Vault> {
  const { db, config, now } = deps;
  const rows = await listKeys(db);
  const master = findMasterKey(config, rows);
  if (rows.length === 0) {
    await insertFirstKey(db, master, now());
    rows.push(...(await listKeys(db)));
  }
  const keys = rows.map((row) => unwrap(row, master, config));
  const active = keys.find((key) => rows.some((row) => row.id === key.id && row.state === 'active'));
  if (!active)
    throw new KeyError('No data key in the database is active; restore table vault_keys from a backup.');
  return createVault([active, ...keys.filter((key) => key !== active)]);
}

/**
 * A vault that notices within seconds when another process added or activated a key. Should the database not
 * answer, the keys at hand go on being used.
 */
export async function keepVaultFresh(deps: {
  db: Knex;
  config: Config;
  now(): number;
}): Promise<{ vault: Vault; refresh(): Promise<void>; stop(): void }> {
  let current = await openVault(deps);
  const refresh = async () => {
    current = await openVault(deps).catch(() => current);
  };
  const timer = setInterval(refresh, 2000).unref();
  const vault: Vault = {
    seal: (text, context) => current.seal(text, context),
    open: (sealed, context) => current.open(sealed, context),
    get activeKeyId() {
      return current.activeKeyId;
    },
  };
  return { vault, refresh, stop: () => clearInterval(timer) };
}

/** Names a master key without telling it. */
export function masterKeyId(secret: Uint8Array): string {
  return `m${createHash('sha256').update('countersign master key id').update(secret).digest('hex').slice(0, 12)}`;
}

/** The master key from settings or file; made only while the database holds no key at all. */
export function findMasterKey(config: Config, rows: readonly KeyRow[]): VaultKey {
  if (config.masterKey) return { id: masterKeyId(config.masterKey), secret: config.masterKey };
  const file = join(config.dataFolder, 'master.key');
  if (!existsSync(file)) {
    if (rows.length > 0) {
      throw new KeyError(
        `The master key ${wrappedBy(rows[0])} is missing: set COUNTERSIGN_MASTER_KEY, or put its file back at ${file}. No new one is made, because the database holds values sealed under it.`,
      );
    }
    mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  }
  const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (secret.length !== 32)
    throw new KeyError(`The file ${file} does not hold 32 bytes in base64; put the right one back.`);
  return { id: masterKeyId(secret), secret };
}

function unwrap(row: KeyRow, master: VaultKey, config: Config): VaultKey {
  try {
    const opened = createVault([master]).open(row.wrapped_key, keyPlace(row.id));
    return { id: row.id, secret: Buffer.from(opened, 'base64') };
  } catch {
    const source = config.masterKey ? 'COUNTERSIGN_MASTER_KEY' : join(config.dataFolder, 'master.key');
    throw new KeyError(
      `The database was sealed under master key ${wrappedBy(row)}, but ${source} holds ${master.id}. Start with the right key; nothing was changed.`,
    );
  }
}

async function insertFirstKey(db: Knex, master: VaultKey, now: number): Promise<void> {
  const wrapped = createVault([master]).seal(randomBytes(32).toString('base64'), keyPlace('k1'));
  try {
    await db('vault_keys').insert({ id: 'k1', wrapped_key: wrapped, state: 'active', created_at: now });
  } catch (error) {
    // Another process that started at the same time was first; its key counts.
    if (!isDuplicate(error)) throw error;
  }
}

export function listKeys(db: Knex): Promise<KeyRow[]> {
  return db('vault_keys').select('id', 'wrapped_key', 'state', 'created_at').orderBy('created_at');
}

/** Id of the master key that wraps a data key. */
export function wrappedBy(row: KeyRow | undefined): string {
  return row?.wrapped_key.split(':')[1] ?? 'unknown';
}

/** Where a wrapped key is kept, as the vault binds it. */
export function keyPlace(id: string): SealContext {
  return { table: 'vault_keys', id, field: 'wrapped_key' };
}
