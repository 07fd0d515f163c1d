/** Rows of notice_addresses and notice_kinds. */
import type { Knex } from 'knex';
import type { HappeningKind } from '../happenings.ts';
import { afterCursor, type PageOf, type Paging, pageOf } from '../paging.ts';
import type { AddressState, NoticeAddress } from './notice.ts';

interface AddressRow {
  id: string;
  name: string;
  url: string;
  sealed_secret: string;
  state: string;
  problem: string | null;
  last_success_at: number | null;
  created_at: number;
  updated_at: number;
}

export async function findAddress(db: Knex, id: string): Promise<NoticeAddress | undefined> {
  const rows = await db<AddressRow>('notice_addresses').where({ id });
  return (await withKinds(db, rows))[0];
}

/** By name then id. */
export async function listAddresses(db: Knex, paging: Paging): Promise<PageOf<NoticeAddress>> {
  const query = db<AddressRow>('notice_addresses')
    .orderBy(['name', 'id'])
    .limit(paging.limit + 1);
  if (paging.after) query.where(afterCursor(paging.after));
  return pageOf(await withKinds(db, await query), paging.limit);
}

/** With its kinds: in a transaction. */
export async function insertAddress(trx: Knex, address: NoticeAddress): Promise<void> {
  const { id, createdAt, updatedAt, lastSuccessAt } = address;
  const times = { last_success_at: lastSuccessAt, created_at: createdAt, updated_at: updatedAt };
  await trx<AddressRow>('notice_addresses').insert({ id, ...columns(address), ...times });
  await insertKinds(trx, id, address.kinds);
}

/** With its kinds, in a transaction; false when it was changed since `before` was read. */
export async function replaceAddress(
  trx: Knex,
  before: Pick<NoticeAddress, 'id' | 'updatedAt'>,
  changed: NoticeAddress,
  now: number,
): Promise<boolean> {
  const updated = await trx<AddressRow>('notice_addresses')
    .where({ id: before.id, updated_at: before.updatedAt })
    .update({ ...columns(changed), updated_at: Math.max(now, before.updatedAt + 1) });
  if (updated !== 1) return false;
  await trx('notice_kinds').where({ address_id: before.id }).delete();
  await insertKinds(trx, before.id, changed.kinds);
  return true;
}

export async function deleteAddress(db: Knex, id: string): Promise<boolean> {
  return (await db<AddressRow>('notice_addresses').where({ id }).delete()) === 1;
}

export async function noteSuccess(db: Knex, id: string, now: number): Promise<void> {
  await db<AddressRow>('notice_addresses').where({ id }).update({ last_success_at: now });
}

/** Stops an address that has taken nothing since then; false when it has, or is not on. */
export async function stopAddress(
  db: Knex,
  id: string,
  { since, problem }: { since: number; problem: string },
): Promise<boolean> {
  const stopped = await db<AddressRow>('notice_addresses')
    .where({ id, state: 'on' })
    .where((where) => where.whereNull('last_success_at').orWhere('last_success_at', '<', since))
    .update({ state: 'stopped', problem });
  return stopped === 1;
}

async function insertKinds(trx: Knex, addressId: string, kinds: readonly HappeningKind[]): Promise<void> {
  for (const kind of new Set(kinds)) await trx('notice_kinds').insert({ address_id: addressId, kind });
}

async function withKinds(db: Knex, rows: readonly AddressRow[]): Promise<NoticeAddress[]> {
  const ids = rows.map(({ id }) => id);
  const kinds: { address_id: string; kind: HappeningKind }[] =
    ids.length === 0 ? [] : await db('notice_kinds').whereIn('address_id', ids).orderBy('kind');
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    url: row.url,
    kinds: kinds.filter((one) => one.address_id === row.id).map(({ kind }) => kind),
    // The column holds only what is written here.
    state: row.state as AddressState,
    problem: row.problem,
    sealedSecret: row.sealed_secret,
    lastSuccessAt: row.last_success_at === null ? null : Number(row.last_success_at),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  }));
}

function columns({ name, url, sealedSecret, state, problem }: NoticeAddress) {
  return { name, url, sealed_secret: sealedSecret, state, problem };
}
