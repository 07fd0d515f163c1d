/** Reading an `Authorization: OAuth` or `WWW-Authenticate: OAuth` header (RFC 5849 §3.5.1). Pure. */
import type { Pair } from './parameters.ts';

/**
 * The header's parameters, decoded, in order; undefined where the scheme is not OAuth. The realm is a quoted
 * string and may hold commas; all else is percent-encoded.
 */
export function parseOAuthHeader(header: string): Pair[] | undefined {
  const scheme = /^\s*OAuth(?:\s+|$)/i.exec(header);
  if (!scheme) return undefined;
  const pairs: Pair[] = [];
  for (const [, name = '', quoted = ''] of header.slice(scheme[0].length).matchAll(parameter)) {
    pairs.push([decode(name), name === 'realm' ? quoted.replace(/\\(.)/g, '$1') : decode(quoted)]);
  }
  return pairs;
}

const parameter = /([^\s=,"]+)\s*=\s*"((?:[^"\\]|\\.)*)"/g;

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
