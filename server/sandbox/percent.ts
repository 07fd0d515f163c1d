/** Percent-encoding as OAuth 1.0a wants it. Pure. Shares nothing with the signing side, so that faults cannot cancel out. */

/** Encodes UTF-8 octets; only letters, digits, `-`, `.`, `_`, `~` stay. Source: RFC 5849 §3.6. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * Decodes what stood on the wire. `undefined` when it is not ASCII without spaces and controls, when a `%` is not
 * followed by two hex digits, or when the octets are not UTF-8: such input has no agreed signature.
 */
export function percentDecode(wire: string): string | undefined {
  if (/[^\x21-\x7e]/.test(wire)) return undefined;
  try {
    return decodeURIComponent(wire);
  } catch {
    return undefined;
  }
}

/**
 * Parameters of a query or form body in order of appearance, repeated names kept, `+` a space.
 * `undefined` when a piece does not decode. Source: RFC 5849 §3.4.1.3.1.
 */
export function parseForm(wire: string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (const piece of wire.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = decodeFormPart(equals < 0 ? piece : piece.slice(0, equals));
    const value = decodeFormPart(equals < 0 ? '' : piece.slice(equals + 1));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

/** Writes parameters as a form: the way Twitter answers with tokens. */
export function writeForm(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&');
}

function decodeFormPart(wire: string): string | undefined {
  return percentDecode(wire.replaceAll('+', '%20'));
}
