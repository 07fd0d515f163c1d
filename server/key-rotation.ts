/** Changing the data key: add a spare, make it active, seal everything anew, retire the old. Each step can be repeated. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Knex } from 'knex';
import { readPages } from './db/pages.ts';
import { inTransaction, isDuplicate } from './db/transaction.ts';
import { HubError } from './errors.ts';
import { type Deps, type KeyRow, listKeys, openVault, wrapNewKey, wrappedBy } from './keys.ts';
import { findMasterKey } from './master-key.ts';
import { countSealed, placeOf, type SealedColumn, sealedColumns } from './sealed-columns.ts';
import type { Vault } from './vault.ts';

/** Within this every serving process has noticed a change of keys. */
const settleMs = 5000;

const batchSize = 200;

export interface KeyStatus {
  id: string;
  state: KeyRow['state'];
  masterKeyId: string | undefined;
  /** How many values are sealed under it now. */
  sealed: number;
}

export async function keyStatus(db: Knex): Promise<KeyStatus[]> {
  const status: KeyStatus[] = [];
  for (const row of await listKeys(db)) {
    const sealed = await countSealed(db, row.id);
    status.push({ id: row.id, state: row.state, masterKeyId: wrappedBy(row), sealed });
  }
  return status;
}

/** Makes a spare key and answers its id. */
export async function addKey({ db, config, now }: Deps): Promise<string> {
  const rows = await listKeys(db);
  const master = findMasterKey(config, wrappedBy(rows[0]));
  const id = `k${Math.max(0, ...rows.map((row) => Number(row.id.slice(1)))) + 1}`;
  try {
    await db('vault_keys').insert({
      id,
      wrapped_key: wrapNewKey(id, master),
      state: 'spare',
      created_at: now(),
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new HubError('conflict', `Somebody else added the key ${id} at this moment. See: key status`);
  }
  return id;
}

/** Makes the key the one that seals from now on; waits until every process had time to load it. */
export async function activateKey(deps: Deps, id: string): Promise<void> {
  const key = (await listKeys(deps.db)).find((row) => row.id === id);
  if (!key) throw new HubError('not_found', `There is no key ${id}.`);
  if (key.state === 'active') return;
  await settled(deps, key.created_at);
  await inTransaction(deps.db, async (trx) => {
    await trx('vault_keys').whereNot({ id }).update({ state: 'spare' });
    await trx('vault_keys').where({ id }).update({ state: 'active', activated_at: deps.now() });
  });
}

/**
 * Seals anew whatever another key than the active one sealed. Stopped at any point it can be called again; a value
 * that changed meanwhile is looked at once more.
 */
export async function reencrypt(deps: Deps): Promise<{ values: number }> {
  await activeKeySettled(deps);
  const vault = await openVault(deps);
  let values = 0;
  for (const column of sealedColumns) {
    let done: number;
    do {
      done = await reencryptColumn(deps.db, column, vault);
      values += done;
    } while (done > 0);
  }
  return { values };
}

/** Forgets a key. Refuses while it is active or anything is sealed under it. */
export async function retireKey(deps: Deps, id: string): Promise<void> {
  await mustBeUnused(deps.db, id);
  await activeKeySettled(deps);
  await inTransaction(deps.db, async (trx) => {
    await mustBeUnused(trx, id);
    if ((await trx('vault_keys').where({ id, state: 'spare' }).delete()) === 0) {
      throw new HubError('conflict', `The key ${id} does not exist, or is the active one.`);
    }
  });
}

async function mustBeUnused(db: Knex, id: string): Promise<void> {
  const sealed = await countSealed(db, id);
  if (sealed === 0) return;
  throw new HubError(
    'in_use',
    `${sealed} values are still sealed under ${id}. Run: countersign key reencrypt`,
  );
}

/** Goes through the column once; answers how many values it sealed anew. */
async function reencryptColumn(db: Knex, column: SealedColumn, vault: Vault): Promise<number> {
  const { table, field, key } = column;
  const narrow = (query: Knex.QueryBuilder) =>
    query
      .select(...key, field)
      .whereNotNull(field)
      .whereNot(field, 'like', `v1:${vault.activeKeyId}:%`);
  let count = 0;
  for await (const rows of readPages(db, column, { size: batchSize, narrow })) {
    for (const row of rows) {
      const place = placeOf(column, row);
      const anew = vault.seal(vault.open(String(row[field]), place), place);
      // Only over what was read: a value that changed meanwhile is newer.
      const unchanged = Object.fromEntries([...key, field].map((name) => [name, String(row[name])]));
      count += await db(table)
        .where(unchanged)
        .update({ [field]: anew });
    }
  }
  return count;
}

/** Until then another process may still seal under the key that was active before. */
async function activeKeySettled(deps: Deps): Promise<void> {
  const active = (await listKeys(deps.db)).find((row) => row.state === 'active');
  await settled(deps, active?.activated_at ?? 0);
}

async function settled({ now }: Pick<Deps, 'now'>, changedAt: number): Promise<void> {
  while (now() < changedAt + settleMs) await pause(100);
}
