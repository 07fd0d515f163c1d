/** Where the base string that the remote side made first differs from ours. Pure. */
import { maskSecrets } from '../../delivery/redact.ts';
import {
  decodeOnce,
  isSecret,
  mask,
  type Piece,
  piecesOf,
  readBaseString,
  showPiece,
} from './base-string.ts';
import { guessCauses } from './difference-causes.ts';
import { percentEncode } from './package.ts';
import type { Parameter } from './parameters.ts';

export interface BaseStringDifference {
  same: boolean;
  /** Characters that both begin with; where a secret differs, those before its value. Null when all is the same. */
  index: number | null;
  /** Which of the three parts of our base string it lies in. */
  part: 'method' | 'url' | 'parameters' | null;
  /** The parameter at that place in ours. */
  parameter: { name: string; origin: Parameter['origin'] | null } | null;
  /** What stands there and around it, secrets masked. Null when all is the same. */
  ours: Excerpt | null;
  theirs: Excerpt | null;
  /** What it may come from, likeliest first, in sentences. */
  guesses: string[];
}

export interface Excerpt {
  /** Shortened to begin with an ellipsis, as `after` to end with one. */
  before: string;
  /** The first character that differs, with its escape; a masked value is one. Empty at the end of the text. */
  at: string;
  after: string;
}

/**
 * Both are compared as they are and shown masked. Of a value that is hidden only that it differs is told, never where:
 * otherwise it could be guessed letter by letter. In `theirs`, what we showed as masked stands for our value.
 */
export function compareBaseStrings(
  ours: string,
  theirs: string,
  parameters: readonly Parameter[],
  secrets: readonly string[],
): BaseStringDifference {
  const pasted = unmask(theirs.trim().replace(/^(["'`])(.*)\1$/s, '$2'), parameters);
  if (pasted === ours) return identical;
  const first = firstDifference(ours, pasted);
  const isBetween = endsPair(ours, first) && endsPair(pasted, first);
  const index = isBetween ? first : visibleIndex(ours, first);
  const part = parts[ours.slice(0, index).split('&').length - 1] ?? null;
  const name = part === 'parameters' ? nameAt(ours, index, isBetween) : undefined;
  const origin = parameters.find((parameter) => parameter.name === name)?.origin ?? null;
  const isCut = ours.startsWith(pasted) && (isBetween || visibleIndex(ours, pasted.length) === pasted.length);
  const causes = guessCauses(ours, pasted, {
    parameters,
    endsEarly: isCut && !isBetween,
    endsBetween: isCut && isBetween,
  });
  return {
    same: false,
    index,
    part,
    parameter: name === undefined ? null : { name, origin },
    ours: excerpt(ours, index, secrets),
    theirs: excerpt(pasted, index, secrets),
    guesses: causes.map((cause) => maskSecrets(cause, secrets)),
  };
}

/** Timestamp and nonce of a base string, so that a request made anew can be compared with it. */
export function freshnessIn(baseString: string): { timestamp?: number; nonce?: string } {
  const { pairs } = readBaseString(baseString.trim()) ?? { pairs: [] };
  const read = (name: string) => pairs.find((pair) => pair.name === name)?.value;
  const timestamp = Number(read('oauth_timestamp'));
  const nonce = read('oauth_nonce');
  return {
    ...(Number.isSafeInteger(timestamp) && timestamp > 0 && { timestamp }),
    ...(nonce && { nonce: decodeOnce(nonce) }),
  };
}

const parts = ['method', 'url', 'parameters'] as const;

const identical: BaseStringDifference = {
  same: true,
  index: null,
  part: null,
  parameter: null,
  ours: null,
  theirs: null,
  guesses: [
    'Both sides sign the same text, so the signing key differs: compare consumer secret and token secret letter by letter, and the signature method.',
  ],
};

/** Characters shown on each side of a difference. */
const reach = 60;

function firstDifference(one: string, other: string): number {
  let at = 0;
  while (at < one.length && at < other.length && one[at] === other[at]) at += 1;
  // Back to the beginning of an escape, so that it is shown whole.
  const started = /%(?:25)*[0-9A-Fa-f]?$/.exec(one.slice(Math.max(0, at - 8), at));
  return started ? at - started[0].length : at;
}

/** The index, or the beginning of the hidden value it lies in. */
function visibleIndex(text: string, index: number): number {
  const piece = pieceAt(piecesOf(text), index);
  return piece?.parameter !== undefined && isSecret(piece.parameter) ? piece.start : index;
}

/** The piece that holds the character; at the end of a value that was read to its end, that value. */
function pieceAt(pieces: readonly Piece[], index: number): Piece | undefined {
  return (
    pieces.find(
      ({ start, text, parameter }) =>
        parameter !== undefined && index >= start && index <= start + text.length,
    ) ?? pieces.find(({ start, text }) => index >= start && index < start + text.length)
  );
}

/** Whether the place lies between two parameters, or at the end. */
function endsPair(text: string, index: number): boolean {
  return index === text.length || text.startsWith('%26', index);
}

/** The parameter whose name or value lies at the index, or between two the one that follows. */
function nameAt(text: string, index: number, isBetween: boolean): string | undefined {
  const pieces = piecesOf(text);
  const value = isBetween ? undefined : pieceAt(pieces, index)?.parameter;
  return value ?? pieces.find(({ start, parameter }) => parameter !== undefined && start > index)?.parameter;
}

/** Masked before it is shortened: half a secret would not be recognised. */
function excerpt(text: string, index: number, secrets: readonly string[]): Excerpt {
  const pieces = piecesOf(text);
  const show = (from: number, to: number) =>
    maskSecrets(cut(pieces, from, to).map(showPiece).join(''), secrets);
  const rest = show(index, text.length);
  const at = firstSign.exec(rest)?.[0] ?? '';
  const before = show(0, index);
  const after = rest.slice(at.length);
  return {
    before: before.length > reach ? `…${before.slice(-reach)}` : before,
    at,
    after: after.length > reach ? `${after.slice(0, reach)}…` : after,
  };
}

/** A masked value, an escape (of an escape), or a character. */
const firstSign = /^(?:\[masked, \d+ characters\]|%(?:25)*[0-9A-Fa-f]{0,2}|.)/su;

/** The pieces between two places; a hidden value is never cut, because its place is its beginning or its end. */
function cut(pieces: readonly Piece[], from: number, to: number): Piece[] {
  return pieces.flatMap((piece) => {
    const begin = Math.max(from, piece.start);
    const end = Math.min(to, piece.start + piece.text.length);
    if (begin >= end) return [];
    return [{ ...piece, start: begin, text: piece.text.slice(begin - piece.start, end - piece.start) }];
  });
}

function unmask(text: string, parameters: readonly Parameter[]): string {
  let unmasked = text;
  for (const { name, value } of parameters) {
    if (!isSecret(name)) continue;
    const before = `${percentEncode(percentEncode(name))}%3D`;
    unmasked = unmasked.replaceAll(before + mask(value), () => before + percentEncode(percentEncode(value)));
  }
  return unmasked;
}
