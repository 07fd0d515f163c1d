/** Changing the data key: add a spare, make it active, seal everything anew, retire the old. Each step can be repeated. */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Config } from './config.ts';
import { inTransaction } from './db/transaction.ts';
import { HubError } from './errors.ts';
import { findMasterKey, type KeyRow, keyPlace, listKeys, openVault, wrappedBy } from './keys.ts';
import { createVault } from './vault.ts';

export interface Deps {
  db: Knex;
  config: Config;
  now(): number;
}

/** Every sealed column, and how the vault's context names the row. */
const sealedColumns: readonly { table: string; field: string; key: readonly string[] }[] = [
  { table: 'connected_services', field: 'sealed_secrets', key: ['id'] },
  { table: 'connected_accounts', field: 'sealed_credentials', key: ['id'] },
  { table: 'link_flows', field: 'sealed_request', key: ['id'] },
  { table: 'link_flows', field: 'sealed_grant', key: ['id'] },
  { table: 'deliveries', field: 'sealed_request', key: ['id'] },
  { table: 'kept_answers', field: 'sealed_answer', key: ['asker', 'idempotency_key'] },
];

const batchSize = 200;

export interface KeyStatus {
  id: string;
  state: KeyRow['state'];
  masterKeyId: string;
  /** How many values are sealed under it now. */
  sealed: number;
}

export async function keyStatus(db: Knex): Promise<KeyStatus[]> {
  const rows = await listKeys(db);
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      state: row.state,
      masterKeyId: wrappedBy(row),
      sealed: await countSealed(db, row.id),
    })),
  );
}

/** Makes a spare key. Other processes load it within seconds; activate it after that. */
export async function addKey({ db, config, now }: Deps): Promise<string> {
  const rows = await listKeys(db);
  const master = findMasterKey(config, rows);
  const id = `k${Math.max(0, ...rows.map((row) => Number(row.id.slice(1)))) + 1}`;
  const wrapped = createVault([master]).seal(randomBytes(32).toString('base64'), keyPlace(id));
  await db('vault_keys').insert({ id, wrapped_key: wrapped, state: 'spare', created_at: now() });
  return id;
}

/** Makes the key the one that seals from now on. */
export async function activateKey({ db }: Deps, id: string): Promise<void> {
  await inTransaction(db, async (trx) => {
    const found = await trx('vault_keys').where({ id }).first('id');
    if (!found) throw new HubError('not_found', `There is no key ${id}.`);
    await trx('vault_keys').whereNot({ id }).update({ state: 'spare' });
    await trx('vault_keys').where({ id }).update({ state: 'active' });
  });
}

/**
 * Seals anew whatever another key than the active one sealed, in batches. Stopped at any point it can be called
 * again; a value that changed meanwhile is left to the next batch.
 */
export async function reencrypt(deps: Deps): Promise<{ values: number }> {
  const vault = await openVault(deps);
  let values = 0;
  for (const column of sealedColumns) {
    for (;;) {
      const rows = await sealedUnderOthers(deps.db, column, vault.activeKeyId);
      if (rows.length === 0) break;
      for (const row of rows) {
        const sealed = String(row[column.field]);
        const context = {
          table: column.table,
          id: column.key.map((name) => row[name]).join(' '),
          field: column.field,
        };
        const anew = vault.seal(vault.open(sealed, context), context);
        const where = Object.fromEntries([...column.key, column.field].map((name) => [name, row[name]]));
        values += await deps
          .db(column.table)
          .where(where)
          .update({ [column.field]: anew });
      }
    }
  }
  return { values };
}

/** Forgets a key. Refuses while it is active or anything is sealed under it. */
export async function retireKey({ db }: Deps, id: string): Promise<void> {
  const sealed = await countSealed(db, id);
  if (sealed > 0) {
    throw new HubError(
      'in_use',
      `${sealed} values are still sealed under ${id}. Run: countersign key reencrypt`,
    );
  }
  if ((await db('vault_keys').where({ id, state: 'spare' }).delete()) === 0) {
    throw new HubError('conflict', `The key ${id} does not exist, or is the active one.`);
  }
}

function sealedUnderOthers(
  db: Knex,
  { table, field, key }: (typeof sealedColumns)[number],
  activeKeyId: string,
): Promise<Record<string, string>[]> {
  return db(table)
    .select(...key, field)
    .whereNotNull(field)
    .whereNot(field, 'like', `v1:${activeKeyId}:%`)
    .limit(batchSize);
}

async function countSealed(db: Knex, keyId: string): Promise<number> {
  let sum = 0;
  for (const { table, field } of sealedColumns) {
    const [row] = await db(table).where(field, 'like', `v1:${keyId}:%`).count({ count: '*' });
    sum += Number(row?.count ?? 0);
  }
  return sum;
}
