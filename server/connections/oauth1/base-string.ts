/** A signature base string taken apart, and shown with its secrets masked (RFC 5849 §3.4.1.1). Pure. */
import { isSecretName } from '../../delivery/redact.ts';

/** The three parts, percent-decoded once; names and values are as they stand in the parameter string. */
export interface BaseStringParts {
  method: string;
  url: string;
  pairs: EncodedPair[];
  /** The third part does not decode, so `pairs` is of no use. */
  isBroken: boolean;
}

/** One parameter, each half still encoded once. */
export interface EncodedPair {
  name: string;
  value: string;
}

/** A stretch of a base string; `start` counts from the beginning of the whole. */
export interface Piece {
  start: number;
  text: string;
  /** Decoded name of the parameter whose value this is; undefined for all that is no value. */
  parameter?: string;
}

/** How a secret shows wherever a person reads it. */
export function mask(value: string): string {
  return `[masked, ${[...value].length} characters]`;
}

/** Whether a parameter's value is hidden. */
export const isSecret = isSecretName;

/** Undefined where there are not three parts, as a base string has. */
export function readBaseString(text: string): BaseStringParts | undefined {
  const [method, url, parameters, ...others] = text.split('&');
  if (method === undefined || url === undefined || parameters === undefined || others.length > 0) {
    return undefined;
  }
  const normalized = decodeOnce(parameters);
  const pairs = normalized === '' ? [] : normalized.split('&').map(readPair);
  const isBroken = parameters.includes('%') && normalized === parameters;
  return { method: decodeOnce(method), url: decodeOnce(url), pairs, isBroken };
}

/** The whole text in order; joined, the pieces are the text. Works on what is no base string too; none is empty. */
export function piecesOf(text: string): Piece[] {
  const parameters = startOfParameters(text);
  const pieces: Piece[] = [];
  let at = 0;
  const add = (end: number, parameter?: string) => {
    if (end > at)
      pieces.push({ start: at, text: text.slice(at, end), ...(parameter !== undefined && { parameter }) });
    at = end;
  };
  add(parameters);
  while (at < text.length) {
    const separator = text.indexOf('%26', at);
    const end = separator < 0 ? text.length : separator;
    const equals = text.indexOf('%3D', at);
    if (equals >= 0 && equals < end) {
      const name = decodeOnce(decodeOnce(text.slice(at, equals)));
      add(equals + '%3D'.length);
      add(end, name);
    }
    add(separator < 0 ? end : separator + '%26'.length);
  }
  return pieces;
}

/** A piece as it may be shown; the length told is that of the value itself. */
export function showPiece({ text, parameter }: Piece): string {
  return parameter !== undefined && isSecret(parameter) ? mask(decodeOnce(decodeOnce(text))) : text;
}

/** The base string with the values of secret parameters masked. */
export function maskBaseString(text: string): string {
  return piecesOf(text).map(showPiece).join('');
}

/** The parameter string (§3.4.1.3.2) of a base string, likewise masked. */
export function maskNormalized(baseString: string): string {
  return (readBaseString(baseString)?.pairs ?? [])
    .map(({ name, value }) => `${name}=${isSecret(decodeOnce(name)) ? mask(decodeOnce(value)) : value}`)
    .join('&');
}

/** Text that does not decode stays as it is. */
export function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** After the second `&`, or at the end. */
function startOfParameters(text: string): number {
  const second = text.indexOf('&', text.indexOf('&') + 1);
  return second <= 0 ? text.length : second + 1;
}

function readPair(pair: string): EncodedPair {
  const equals = pair.indexOf('=');
  return equals < 0
    ? { name: pair, value: '' }
    : { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}
