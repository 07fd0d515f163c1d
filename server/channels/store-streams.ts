/** Rows of streams: the addresses of channels. None is ever deleted, so that none is given out twice. */
import type { Knex } from 'knex';
import { inTransaction } from '../db/transaction.ts';
import type { Stream } from './records.ts';

interface StreamRow {
  stream_id: string;
  channel_id: string | null;
  is_paused: number;
  accepted: number;
  refused: number;
  bad_signatures_in_row: number;
  created_at: number;
  ended_at: number | null;
}

export async function insertStream(db: Knex, id: string, channelId: string, now: number): Promise<void> {
  await db('streams').insert({
    stream_id: id,
    channel_id: channelId,
    is_paused: 0,
    accepted: 0,
    refused: 0,
    bad_signatures_in_row: 0,
    created_at: now,
    ended_at: null,
  });
}

/** Also one that has ended. */
export async function findStream(db: Knex, id: string): Promise<Stream | undefined> {
  const row: StreamRow | undefined = await db('streams').where({ stream_id: id }).first();
  return row && fromRow(row);
}

/** The address a channel has now. */
export async function findStreamOf(db: Knex, channelId: string): Promise<Stream | undefined> {
  const row: StreamRow | undefined = await db('streams')
    .where({ channel_id: channelId })
    .whereNull('ended_at')
    .orderBy('created_at', 'desc')
    .first();
  return row && fromRow(row);
}

/** Ends the addresses of a channel for ever, but the one that is kept; tells how many. */
export function endStreams(db: Knex, channelId: string, now: number, keep = ''): Promise<number> {
  return db('streams')
    .where({ channel_id: channelId })
    .whereNot('stream_id', keep)
    .whereNull('ended_at')
    .update({ ended_at: now });
}

/** Hands an address to another channel; false when it is not the first one's any more. */
export async function moveStream(db: Knex, id: string, from: string, to: string): Promise<boolean> {
  const moved = await db('streams')
    .where({ stream_id: id, channel_id: from })
    .whereNull('ended_at')
    .update({ channel_id: to });
  return moved === 1;
}

/** False when it was paused, or not, already. */
export async function setPaused(db: Knex, id: string, isPaused: boolean): Promise<boolean> {
  const changed = await db('streams')
    .where({ stream_id: id, is_paused: isPaused ? 0 : 1 })
    .whereNull('ended_at')
    .update({ is_paused: isPaused ? 1 : 0 });
  return changed === 1;
}

/** Adds to the counters. */
export async function countOnStream(
  db: Knex,
  id: string,
  { accepted, refused }: { accepted: number; refused: number },
): Promise<void> {
  await db('streams')
    .where({ stream_id: id })
    .update({
      accepted: db.raw('accepted + ?', [accepted]),
      refused: db.raw('refused + ?', [refused]),
    });
}

/** Counts a request whose signature was wrong, and tells how many of these came one after another. */
export function countBadSignature(db: Knex, id: string): Promise<number> {
  return inTransaction(db, async (trx) => {
    await trx('streams')
      .where({ stream_id: id })
      .update({
        refused: trx.raw('refused + 1'),
        bad_signatures_in_row: trx.raw('bad_signatures_in_row + 1'),
      });
    return (await trx('streams').where({ stream_id: id }).first('bad_signatures_in_row'))
      ?.bad_signatures_in_row;
  });
}

/** A request was signed as it should be: the row of bad ones is over. */
export async function forgetBadSignatures(db: Knex, id: string): Promise<void> {
  await db('streams')
    .where({ stream_id: id })
    .where('bad_signatures_in_row', '>', 0)
    .update({ bad_signatures_in_row: 0 });
}

function fromRow(row: StreamRow): Stream {
  return {
    id: row.stream_id,
    channelId: row.channel_id,
    isPaused: row.is_paused === 1,
    accepted: row.accepted,
    refused: row.refused,
    badSignaturesInRow: row.bad_signatures_in_row,
    createdAt: Number(row.created_at),
    endedAt: row.ended_at === null ? null : Number(row.ended_at),
  };
}
