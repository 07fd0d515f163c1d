/**
 * The keys of the vault. The master key wraps data keys that live in the database; data keys seal. So every process
 * with the right master key has the same keys, and one with a wrong key stops.
 */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Config } from './config.ts';
import { isDuplicate } from './db/transaction.ts';
import { findMasterKey, KeyError, masterKeySource } from './master-key.ts';
import { countSealed } from './sealed-columns.ts';
import { createVault, type SealContext, type Vault, type VaultKey } from './vault.ts';

export interface Deps {
  db: Knex;
  config: Pick<Config, 'masterKey' | 'dataFolder'>;
  now(): number;
}

export interface KeyRow {
  id: string;
  wrapped_key: string;
  state: 'active' | 'spare';
  created_at: number;
  /** When it last became the active one. */
  activated_at: number | null;
}

/** How often a process looks for keys that another one added, activated or retired. */
const refreshMs = 2000;

/**
 * Opens the vault over the keys in the database; makes master key and first data key only where nothing is sealed
 * yet. Throws KeyError naming the key id that is missing or does not fit.
 */
export async function openVault(deps: Deps): Promise<Vault> {
  const { db, config, now } = deps;
  let rows = await listKeys(db);
  if (rows.length === 0) {
    if ((await countSealed(db)) > 0) {
      throw new KeyError(
        'The database holds sealed values, but its table vault_keys is empty. Restore that table from a backup; no new key is made.',
      );
    }
    await insertFirstKey(db, findMasterKey(config, undefined), now());
    rows = await listKeys(db);
  }
  return vaultOver(rows, config);
}

/**
 * A vault that notices within seconds when another process added or activated a key. Should the database not
 * answer, the keys at hand go on being used.
 */
export async function keepVaultFresh(
  deps: Deps,
): Promise<{ vault: Vault; refresh(): Promise<void>; stop(): void }> {
  let current = await openVault(deps);
  let timer: NodeJS.Timeout | undefined;
  const refresh = async () => {
    try {
      current = vaultOver(await listKeys(deps.db), deps.config);
    } catch {
      // The next look will tell.
    }
  };
  const lookAgain = () => {
    timer = setTimeout(() => void refresh().then(() => timer && lookAgain()), refreshMs).unref();
  };
  lookAgain();
  const vault: Vault = {
    seal: (text, context) => current.seal(text, context),
    open: (sealed, context) => current.open(sealed, context),
    get activeKeyId() {
      return current.activeKeyId;
    },
  };
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return { vault, refresh, stop };
}

export async function listKeys(db: Knex): Promise<KeyRow[]> {
  return db('vault_keys')
    .select('id', 'wrapped_key', 'state', 'created_at', 'activated_at')
    .orderBy(['created_at', 'id']);
}

/** A new random data key, wrapped. */
export function wrapNewKey(id: string, master: VaultKey): string {
  return createVault([master]).seal(randomBytes(32).toString('base64'), keyPlace(id));
}

/** Id of the master key that wraps a data key. */
export function wrappedBy(row: KeyRow | undefined): string | undefined {
  return row?.wrapped_key.split(':')[1];
}

function vaultOver(rows: readonly KeyRow[], config: Deps['config']): Vault {
  const [first] = rows;
  if (!first) throw new KeyError('The database holds no data key; restore table vault_keys from a backup.');
  const master = findMasterKey(config, wrappedBy(first));
  const keys = rows.map((row) => unwrap(row, master, config));
  const active = keys.find((key) => rows.some((row) => row.id === key.id && row.state === 'active'));
  if (!active)
    throw new KeyError('No data key in the database is active; restore table vault_keys from a backup.');
  return createVault([active, ...keys.filter((key) => key !== active)]);
}

function unwrap(row: KeyRow, master: VaultKey, config: Deps['config']): VaultKey {
  try {
    const opened = createVault([master]).open(row.wrapped_key, keyPlace(row.id));
    return { id: row.id, secret: Buffer.from(opened, 'base64') };
  } catch {
    throw new KeyError(
      `The database was sealed under master key ${wrappedBy(row)}, but ${masterKeySource(config)} holds ${master.id}. Start with the right key; nothing was changed.`,
    );
  }
}

async function insertFirstKey(db: Knex, master: VaultKey, now: number): Promise<void> {
  const id = 'k1';
  const row = {
    id,
    wrapped_key: wrapNewKey(id, master),
    state: 'active',
    created_at: now,
    activated_at: now,
  };
  try {
    await db('vault_keys').insert(row);
  } catch (error) {
    // Another process that started at the same time was first; its key counts.
    if (!isDuplicate(error)) throw error;
  }
}

function keyPlace(id: string): SealContext {
  return { table: 'vault_keys', id, field: 'wrapped_key' };
}
