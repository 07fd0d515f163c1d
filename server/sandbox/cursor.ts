/** The mark of the next page, which says nothing to the caller. Pure. */
import { Refusal } from './refusal.ts';

/** Everything older than this id comes next. */
export function writeCursor(lastId: bigint): string {
  return Buffer.from(`before ${lastId}`).toString('base64url');
}

/** `undefined` for the first page; refuses what was not given out. */
export function readCursor(cursor: string | undefined): bigint | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  const [, id] = /^before (\d{1,19})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (id === undefined) throw new Refusal('badRequest', 'cursor');
  return BigInt(id);
}
