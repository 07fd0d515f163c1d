/** Ids of our own records: ULIDs, 26 upper-case characters, sortable by the time they were made. */
import { createHash, randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A maker of ULIDs (github.com/ulid/spec). Ids of one maker rise strictly, also within one millisecond, so that
 * lists sorted by id keep the order in which records were made.
 */
export function createIdMaker(
  now: () => number = Date.now,
  random: (size: number) => Uint8Array = randomBytes,
): () => string {
  let lastTime = -1;
  let tail: number[] = [];
  return () => {
    const time = Math.max(now(), lastTime);
    tail = time === lastTime ? successor(tail) : firstTail(random(16));
    lastTime = time;
    return encodeTime(time) + tail.map((digit) => alphabet.charAt(digit)).join('');
  };
}

/** The id that this time and text always give: for a row that must not come twice. */
export function idOf(time: number, text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  return encodeTime(time) + Array.from(bytes.subarray(0, 16), (byte) => alphabet.charAt(byte & 31)).join('');
}

/** Whether a text has the shape of one of our ids. Uris are lower-case, so no text is both. */
export function isId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text);
}

/** Random, with room above, so that counting up within a millisecond never overflows. */
function firstTail(bytes: Uint8Array): number[] {
  return Array.from(bytes, (byte, i) => byte & (i === 0 ? 15 : 31));
}

function encodeTime(time: number): string {
  let text = '';
  for (let rest = time, i = 0; i < 10; i++, rest = Math.floor(rest / 32))
    text = alphabet.charAt(rest % 32) + text;
  return text;
}

function successor(digits: readonly number[]): number[] {
  const next = [...digits];
  for (let i = next.length - 1; i >= 0; i--) {
    const digit = next[i] ?? 0;
    if (digit < 31) {
      next[i] = digit + 1;
      return next;
    }
    next[i] = 0;
  }
  return next;
}
