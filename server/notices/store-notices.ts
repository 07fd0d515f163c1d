/** Rows of notices: what addresses are told, and how far that is. */
import type { Knex } from 'knex';
import type { Notice, NoticeState } from './notice.ts';

interface NoticeRow {
  id: string;
  address_id: string;
  kind: string;
  body: string;
  state: string;
  tries: number;
  next_at: number | null;
  last_status: number | null;
  last_fault: string | null;
  delivery_id: string | null;
  created_at: number;
  ended_at: number | null;
}

export async function findNotice(db: Knex, id: string): Promise<Notice | undefined> {
  const row = await db<NoticeRow>('notices').where({ id }).first();
  return row && fromRow(row);
}

/** Of an address, newest first, behind the one with the id `after`. */
export async function listNotices(
  db: Knex,
  addressId: string,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<Notice[]> {
  const query = db<NoticeRow>('notices').where({ address_id: addressId });
  if (after !== undefined) query.where('id', '<', after);
  return (await query.orderBy('id', 'desc').limit(limit)).map(fromRow);
}

/** Addresses that are on and have something due. */
export async function listDueAddresses(db: Knex, now: number): Promise<string[]> {
  const rows: { address_id: string }[] = await due(db, now).distinct('notices.address_id');
  return rows.map((row) => row.address_id);
}

/** Of one address what is due, those that wait longest first. */
export async function listDueNotices(
  db: Knex,
  addressId: string,
  now: number,
  limit: number,
): Promise<Notice[]> {
  const rows: NoticeRow[] = await due(db, now)
    .where('notices.address_id', addressId)
    .orderBy(['notices.next_at', 'notices.id'])
    .limit(limit)
    .select('notices.*');
  return rows.map(fromRow);
}

/** Begins a try; whoever dies over it leaves the notice due again at `until`. False: another has begun it. */
export async function beginTry(db: Knex, { id, tries }: Notice, until: number): Promise<boolean> {
  const begun = await db<NoticeRow>('notices')
    .where({ id, state: 'waiting', tries })
    .update({ tries: tries + 1, next_at: until });
  return begun === 1;
}

/** What came of the try with this number. */
export async function endTry(
  db: Knex,
  { id, tries }: Pick<Notice, 'id' | 'tries'>,
  outcome: Pick<Notice, 'state' | 'nextAt' | 'lastStatus' | 'lastFault' | 'deliveryId' | 'endedAt'>,
): Promise<void> {
  const { state, nextAt, lastStatus, lastFault, deliveryId, endedAt } = outcome;
  await db<NoticeRow>('notices').where({ id, state: 'waiting', tries }).update({
    state,
    next_at: nextAt,
    last_status: lastStatus,
    last_fault: lastFault,
    delivery_id: deliveryId,
    ended_at: endedAt,
  });
}

/** Has a notice that ended sent once more, under its id; false for one that waits. */
export async function sendAgain(db: Knex, id: string, now: number): Promise<boolean> {
  const renewed = await db<NoticeRow>('notices')
    .where({ id })
    .whereNot('state', 'waiting')
    .update({ state: 'waiting', tries: 0, next_at: now, ended_at: null });
  return renewed === 1;
}

/** Has what waits for an address sent soon: it was just put right. */
export async function hasten(db: Knex, addressId: string, now: number): Promise<void> {
  await db<NoticeRow>('notices')
    .where({ address_id: addressId, state: 'waiting' })
    .update({ tries: 0, next_at: now });
}

/** Deletes at most so many notices from before a time; says how many. */
export async function deleteOldNotices(db: Knex, before: number, limit: number): Promise<number> {
  const old = await db<NoticeRow>('notices').where('created_at', '<', before).limit(limit).select('id');
  const ids = old.map(({ id }) => id);
  return ids.length === 0 ? 0 : db('notices').whereIn('id', ids).delete();
}

function due(db: Knex, now: number): Knex.QueryBuilder {
  return db('notices')
    .join('notice_addresses', 'notice_addresses.id', 'notices.address_id')
    .where({ 'notices.state': 'waiting', 'notice_addresses.state': 'on' })
    .where('notices.next_at', '<=', now);
}

function fromRow(row: NoticeRow): Notice {
  const time = (value: number | null) => (value === null ? null : Number(value));
  return {
    id: row.id,
    addressId: row.address_id,
    kind: row.kind,
    body: row.body,
    // The column holds only what is written here and by insertNotice.
    state: row.state as NoticeState,
    tries: row.tries,
    nextAt: time(row.next_at),
    lastStatus: row.last_status,
    lastFault: row.last_fault,
    deliveryId: row.delivery_id,
    createdAt: Number(row.created_at),
    endedAt: time(row.ended_at),
  };
}
