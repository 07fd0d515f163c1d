/** The address of a request as Cerb's HTTP client writes it. Pure. */

/**
 * Percent-encodes in path and query what RFC 3986 does not allow there, brackets and braces included, and a "%" that
 * begins no escape; what is encoded stays as it is. Blanks around the address go, and its fragment.
 */
export function wireUrl(text: string): string {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#\\]*)([^#]*)/.exec(text.trim());
  if (!match) return text.trim();
  const [, origin = '', rest = ''] = match;
  return origin + rest.replace(/[^\w\-.~!$&'()*+,;=%:@/?]+|%(?![0-9A-Fa-f]{2})/g, encode);
}

function encode(run: string): string {
  return encodeURIComponent(run.replace(/\p{Surrogate}/gu, '\ufffd'));
}
