/** How a listener knows that a request came from whom it should: what services differ in is data. Pure. */
import { createHmac } from 'node:crypto';
import { isSameText, keyOfSecret, problemOfMessage } from './standard-webhook.ts';

/** `none`: who knows the address may send. `standard`: Standard Webhooks. `hmac`: a header with an HMAC. */
export type SignatureCheck =
  | { kind: 'none' }
  | { kind: 'standard'; toleranceSeconds: number }
  | {
      kind: 'hmac';
      /** Header of the signature. */
      header: string;
      algorithm: 'sha1' | 'sha256' | 'sha512';
      encoding: 'hex' | 'base64';
      /** Before the signature: `sha256=`, `v1=`; of several values in the header those with it count. */
      prefix: string;
      /** What is signed; see `signedParts`. */
      signs: string;
      /** Where the time stands, as in `signs` (`{header:NAME}`, `{field:NAME}`); '' where nothing says it. */
      timestamp: string;
      toleranceSeconds: number;
    };

export interface SignedRequest {
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  /** The listener's address as remote services call it, with the query. */
  url: string;
}

export const noCheck: SignatureCheck = { kind: 'none' };
export const defaultTolerance = 300;
export const algorithms = ['sha256', 'sha1', 'sha512'] as const;
export const encodings = ['hex', 'base64'] as const;

/** What `signs` may name beside plain text. */
export const signedParts: readonly { part: string; title: string }[] = [
  { part: '{body}', title: 'the body, byte for byte' },
  { part: '{url}', title: "the listener's address with its query" },
  { part: '{form}', title: 'the fields of a form by name, each name followed by its value' },
  { part: '{header:NAME}', title: 'a header' },
  { part: '{field:NAME}', title: 'a field of the signature header, such as t of t=1,v1=2' },
];

const partPattern = /\{(body|url|form|(?:header|field):[A-Za-z0-9_-]+)\}/g;

/** Why the settings of a check cannot be used, by name of the field; empty when they can. */
export function faultsOfCheck(
  check: SignatureCheck,
  secret: string | undefined,
): { field: string; message: string }[] {
  if (check.kind === 'none') return [];
  const faults: { field: string; message: string }[] = [];
  const fault = (field: string, message: string) => faults.push({ field, message });
  const { toleranceSeconds } = check;
  if (!Number.isInteger(toleranceSeconds) || toleranceSeconds < 1 || toleranceSeconds > 86_400) {
    fault('tolerance_seconds', 'The tolerance is a whole number of seconds, 1 to 86400.');
  }
  if (secret !== undefined && check.kind === 'standard' && !keyOfSecret(secret)) {
    fault('secret', 'A secret of Standard Webhooks is whsec_ and 24 to 64 bytes in base64.');
  }
  if (secret !== undefined && (secret.length < 8 || secret.length > 1024)) {
    fault('secret', 'A secret has 8 to 1024 characters.');
  }
  if (check.kind !== 'hmac') return faults;
  if (!isHeaderName(check.header)) {
    fault('header', 'Name the header that carries the signature, such as X-Hub-Signature-256.');
  }
  if (check.prefix.length > 64) fault('prefix', 'The prefix has at most 64 characters.');
  const named = check.signs.match(partPattern) ?? [];
  if (check.signs.length > 255 || /[{}]/.test(check.signs.replace(partPattern, ''))) {
    const known = signedParts.map(({ part }) => part).join(', ');
    fault('signs', `What is signed is at most 255 characters, with ${known} in braces.`);
  } else if (!named.some((part) => part === '{body}' || part === '{form}')) {
    fault('signs', 'The signature must cover {body} or {form}: else anything could be sent with it.');
  }
  if (check.timestamp !== '' && !check.signs.includes(check.timestamp)) {
    fault('timestamp', 'The time must be part of what is signed; write it the same way there.');
  }
  if (check.timestamp !== '' && !/^\{(header|field):[A-Za-z0-9_-]+\}$/.test(check.timestamp)) {
    fault('timestamp', 'The time stands in {header:NAME} or {field:NAME}.');
  }
  return faults;
}

export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/.test(text);
}

/** Why a request is not taken; undefined when its signature is right. Says nothing of the secret. */
export function problemOfRequest(
  check: SignatureCheck,
  secret: string,
  request: SignedRequest,
  now: number,
): string | undefined {
  switch (check.kind) {
    case 'none':
      return undefined;
    case 'standard': {
      const { toleranceSeconds } = check;
      return problemOfMessage(secret, request.headers, request.body, { now, toleranceSeconds });
    }
    case 'hmac':
      return problemOfHmac(check, secret, request, now);
  }
}

function problemOfHmac(
  check: Extract<SignatureCheck, { kind: 'hmac' }>,
  secret: string,
  request: SignedRequest,
  now: number,
): string | undefined {
  const given = request.headers[check.header.toLowerCase()] ?? '';
  if (given === '') return `The header ${check.header} is missing.`;
  const fields = fieldsOf(given);
  if (check.timestamp !== '') {
    const text = Buffer.concat(partsOf(check.timestamp, request, fields)).toString();
    if (!/^\d{1,15}$/.test(text)) return 'The time of the signature is missing.';
    if (Math.abs(now / 1000 - Number(text)) > check.toleranceSeconds)
      return 'The time of the signature is too far from now.';
  }
  const mac = createHmac(check.algorithm, secret);
  for (const part of partsOf(check.signs, request, fields)) mac.update(part);
  const expected = check.prefix + mac.digest(check.encoding);
  const candidates = [given, ...fields.map(({ text }) => text)].slice(0, 20);
  // Hexadecimal digits are the same number in capitals.
  const spelt = (text: string) => (check.encoding === 'hex' ? text.toLowerCase() : text);
  const isRight = candidates.some((one) => isSameText(spelt(one), spelt(expected)));
  return isRight ? undefined : `The header ${check.header} is not signed with the secret.`;
}

/** The bytes that `pattern` stands for, in order. */
function partsOf(
  pattern: string,
  { headers, body, url }: SignedRequest,
  fields: ReturnType<typeof fieldsOf>,
): Uint8Array[] {
  const text = (value: string) => Buffer.from(value, 'utf8');
  return pattern.split(partPattern).map((piece, index) => {
    if (index % 2 === 0) return text(piece);
    const [kind = '', name = ''] = piece.split(':');
    switch (kind) {
      case 'body':
        return body;
      case 'url':
        return text(url);
      case 'form':
        return text(formText(body));
      case 'header':
        return text(headers[name.toLowerCase()] ?? '');
      default:
        return text(fields.find((field) => field.name === name)?.value ?? '');
    }
  });
}

/** `t=1,v1=2` as fields. */
function fieldsOf(header: string): { text: string; name: string; value: string }[] {
  return header.split(',').map((piece) => {
    const text = piece.trim();
    const at = text.indexOf('=');
    return { text, name: text.slice(0, Math.max(at, 0)), value: text.slice(at + 1) };
  });
}

/** Twilio's way: names in order, each with its value behind it and nothing between. */
function formText(body: Uint8Array): string {
  const form = [...new URLSearchParams(Buffer.from(body).toString('utf8'))];
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return form
    .sort(([a, x], [b, y]) => order(a, b) || order(x, y))
    .map(([name, value]) => name + value)
    .join('');
}
