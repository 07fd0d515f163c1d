/** What happened, told to whoever asked to be told: a row for each of their addresses, in the transaction itself. */
import type { Knex } from 'knex';
import { isDuplicate } from './db/transaction.ts';
import { idOf } from './id.ts';

/** Kinds, and what people read of them. */
export const happeningKinds = {
  'run.done': 'A run of a behavior ended well',
  'run.failed': 'A run of a behavior failed',
  'account.linked': 'An account was linked',
  'account.unlinked': 'An account was unlinked here',
  'account.expiring': "An account's link ends soon",
  'account.expired': "An account's link has ended",
  'account.revoked': "The remote service ended an account's link",
  'account.refused': 'The remote service refused an account',
  'account.drifted': 'An account answers as another identity',
  'package.imported': 'A package was imported or updated',
  'channel.stopped': 'A channel stopped and needs a person',
} as const;

export type HappeningKind = keyof typeof happeningKinds;

export interface Happening {
  kind: HappeningKind;
  at: number;
  /** The record it happened to. */
  subject: { id: string; label: string };
  /** More about it. Never secrets. */
  data?: Readonly<Record<string, string | null>>;
}

/** Whether anybody asked to be told. */
export async function isHeard(db: Knex, kind: HappeningKind): Promise<boolean> {
  return (await listeners(db, kind).first()) !== undefined;
}

/**
 * Tells it: notices are stored, and sent by a job once the transaction is over. The same thing of the same record at
 * the same time is told once.
 */
export async function tellHappening(trx: Knex, happening: Happening): Promise<void> {
  const { kind, at, subject } = happening;
  for (const { address_id: addressId } of await listeners(trx, kind)) {
    const id = idOf(at, `${kind} ${subject.id} ${addressId}`);
    await insertNotice(trx, { id, addressId, kind, body: writeNotice(happening), now: at });
  }
}

/** A notice that waits to be sent at once; one of this id that there is already is left alone. */
export async function insertNotice(
  trx: Knex,
  notice: { id: string; addressId: string; kind: string; body: string; now: number },
): Promise<void> {
  try {
    await trx('notices').insert({
      id: notice.id,
      address_id: notice.addressId,
      kind: notice.kind,
      body: notice.body,
      state: 'waiting',
      tries: 0,
      next_at: notice.now,
      created_at: notice.now,
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
  }
}

/** What is sent, the same bytes in every try. */
export function writeNotice({ kind, at, subject, data }: Omit<Happening, 'kind'> & { kind: string }): string {
  const timestamp = new Date(at).toISOString();
  return JSON.stringify({ type: kind, timestamp, data: { id: subject.id, name: subject.label, ...data } });
}

function listeners(
  db: Knex,
  kind: string,
): Knex.QueryBuilder<{ address_id: string }, { address_id: string }[]> {
  return db('notice_kinds')
    .join('notice_addresses', 'notice_addresses.id', 'notice_kinds.address_id')
    .where({ 'notice_kinds.kind': kind, 'notice_addresses.state': 'on' })
    .select('notice_kinds.address_id');
}
