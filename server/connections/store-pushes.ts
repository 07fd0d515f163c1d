/** Rows of push_handshakes. Every step is one conditional update whose count of rows decides who made it. */
import type { Knex } from 'knex';
import type { PushHandshake, PushState } from './push-handshake.ts';

interface PushRow {
  id: string;
  account_id: string;
  code_hash: string;
  asked_by: string;
  state: string;
  outcome: string | null;
  created_at: number;
  expires_at: number;
}

/** Opens an address in place of the account's others. Run it in a transaction. */
export async function replacePushes(trx: Knex, push: PushHandshake, codeHash: string): Promise<void> {
  await trx('connected_accounts').where({ id: push.accountId }).forUpdate().first('id');
  await trx<PushRow>('push_handshakes')
    .where({ account_id: push.accountId, state: 'open' })
    .update({ state: 'replaced' });
  await trx<PushRow>('push_handshakes').insert({
    id: push.id,
    account_id: push.accountId,
    code_hash: codeHash,
    asked_by: push.askedBy,
    state: push.state,
    outcome: push.outcome,
    created_at: push.createdAt,
    expires_at: push.expiresAt,
  });
}

export async function findPush(db: Knex, codeHash: string): Promise<PushHandshake | undefined> {
  const row = await db<PushRow>('push_handshakes').where({ code_hash: codeHash }).first();
  return row && fromRow(row);
}

/** Moves it on; true for exactly one of those who try. With `liveAt` only while it has not expired. */
export async function movePush(
  db: Knex,
  id: string,
  step: { from: PushState; to: PushState; liveAt?: number },
  outcome: string | null = null,
): Promise<boolean> {
  const query = db<PushRow>('push_handshakes').where({ id, state: step.from });
  if (step.liveAt !== undefined) query.where('expires_at', '>', step.liveAt);
  return (await query.update({ state: step.to, outcome })) === 1;
}

/** Ends what a process left that died over it, and forgets what expired before `forgetBefore`. */
export async function sweepPushes(db: Knex, now: number, forgetBefore: number): Promise<void> {
  await db<PushRow>('push_handshakes')
    .where({ state: 'exchanging' })
    .where('expires_at', '<=', now)
    .update({ state: 'unknown', outcome: 'It was interrupted.' });
  await db<PushRow>('push_handshakes').where('expires_at', '<', forgetBefore).delete();
}

function fromRow(row: PushRow): PushHandshake {
  return {
    id: row.id,
    accountId: row.account_id,
    askedBy: row.asked_by,
    // The column holds only states that this file's callers wrote.
    state: row.state as PushState,
    outcome: row.outcome,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}
