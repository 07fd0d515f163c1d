/** Reading the answers of the token endpoints (RFC 5849 §2.1, §2.3) by their body, not by their label. Pure. */
import type { InboundResponse } from '../../delivery/delivery.ts';
import { digitsOf, parseJson } from '../../json.ts';
import { isPlainObject } from '../reading.ts';

/** A token with its secret and all further fields of the answer. */
export interface TokenAnswer {
  token: string;
  tokenSecret: string;
  fields: ReadonlyMap<string, string>;
}

/** Larger answers are no token answers. */
const maxBytes = 16 * 1024;
/** Longest token or secret that is stored. */
const maxLength = 4096;

/**
 * Reads a form, or an object of texts where the body begins with `{`; services label either as anything. The
 * fault is a clause for a person that repeats nothing of the answer.
 */
export function readTokenAnswer(answer: InboundResponse): TokenAnswer | { fault: string } {
  if (answer.status !== 200) return { fault: `it answered with status ${answer.status} instead of 200` };
  if (answer.truncated || answer.body.byteLength > maxBytes) return { fault: 'its answer is too long' };
  const text = decodeUtf8(answer.body)?.trim();
  const pairs = text === undefined ? undefined : text.startsWith('{') ? readJson(text) : readForm(text);
  if (!pairs) return { fault: 'its answer is neither a form nor a JSON object of texts' };
  const token = single(pairs, 'oauth_token');
  const tokenSecret = single(pairs, 'oauth_token_secret');
  if (token === undefined || token === '') return { fault: 'its answer holds no single oauth_token' };
  if (tokenSecret === undefined) return { fault: 'its answer holds no single oauth_token_secret' };
  if (!isTokenText(token) || !isTokenText(tokenSecret))
    return { fault: 'its token holds characters no token has' };
  if (holdsDouble(pairs)) return { fault: 'its answer holds a field twice' };
  return { token, tokenSecret, fields: new Map(pairs) };
}

type Pairs = [name: string, value: string][];

function readForm(text: string): Pairs | undefined {
  if (text === '' || /[<>"\s]/.test(text)) return undefined;
  try {
    return text
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair) => {
        const at = pair.includes('=') ? pair.indexOf('=') : pair.length;
        return [decodeForm(pair.slice(0, at)), decodeForm(pair.slice(at + 1))];
      });
  } catch {
    return undefined;
  }
}

/** Numbers count as their digits, so that ids above 2^53 stay what they are; nested values are left out. */
function readJson(text: string): Pairs | undefined {
  try {
    const value = parseJson(text);
    if (!isPlainObject(value)) return undefined;
    return Object.entries(value).flatMap(([name, member]): Pairs => {
      if (typeof member === 'string' || typeof member === 'boolean') return [[name, String(member)]];
      const digits = name === 'oauth_token' || name === 'oauth_token_secret' ? undefined : digitsOf(member);
      return digits === undefined ? [] : [[name, digits]];
    });
  } catch {
    return undefined;
  }
}

function single(pairs: Pairs, name: string): string | undefined {
  const found = pairs.filter(([key]) => key === name);
  return found.length === 1 ? found[0]?.[1] : undefined;
}

function holdsDouble(pairs: Pairs): boolean {
  return new Set(pairs.map(([name]) => name)).size < pairs.length;
}

function isTokenText(text: string): boolean {
  return text.length <= maxLength && !/\p{Cc}|\p{Surrogate}/u.test(text);
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
