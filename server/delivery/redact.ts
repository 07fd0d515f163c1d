/** What may be kept and shown of a request and its answer. Pure. */
import type { InboundResponse, OutboundRequest } from './delivery.ts';

/** Most that is kept of a body, in bytes. */
export const keptBytes = 65_536;

/** A body as it may be kept: `text`, or base64 where it is none. `truncated`: the rest was left out. */
export interface ShownBody {
  text: string | null;
  base64: string | null;
  truncated: boolean;
}

/** A request as people may see it. */
export interface ShownRequest {
  method: string;
  url: string;
  headers: [string, string][];
  body: ShownBody | null;
}

/** An answer as people may see it. */
export interface ShownAnswer {
  status: number;
  headers: [string, string][];
  body: ShownBody;
}

/** Stands for a value that is not shown. */
export function mask(value: string): string {
  return `[masked, ${value.length} characters]`;
}

/**
 * Every spelling under which a secret may come back: exact, percent-encoded once or twice, in JSON, in base64 also
 * of a longer text. For several calls with the same secrets. Under four characters nothing is a secret.
 */
export function spellSecrets(secrets: readonly string[]): string[] {
  const forms = new Set<string>();
  for (const secret of new Set(secrets)) {
    if (secret.length < 4) continue;
    forms.add(secret);
    const bytes = Buffer.from(secret, 'utf8');
    if (bytes.length >= 6) for (const form of base64Forms(bytes)) forms.add(form);
    // Every encoding but base64 leaves these characters as they are.
    if (/^[\w.-]+$/.test(secret)) continue;
    const json = JSON.stringify(secret).slice(1, -1);
    for (const form of [json, json.replaceAll('/', '\\/')]) forms.add(form);
    // By way of the bytes, because a lone surrogate cannot be percent-encoded.
    const percent = percentEncode(bytes.toString('utf8'));
    for (const form of [percent, percentEncode(percent), percent.replaceAll('%20', '+')]) {
      forms.add(form);
      forms.add(form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()));
    }
    forms.add(encodeURIComponent(bytes.toString('utf8')));
  }
  return [...forms];
}

/** The request with secret headers and parameters masked, and what spellSecrets knows wherever it appears. */
export function redactRequest(request: OutboundRequest, spellings: readonly string[]): ShownRequest {
  const known = [...spellings, ...spellSecrets(secretsOf(request))];
  return {
    method: request.method,
    url: maskForms(showUrl(request.url), known),
    headers: redactHeaders(request.headers, known),
    body: request.body === undefined ? null : redactBody(request.body, known),
  };
}

/** The answer likewise; services echo what they were sent, so that secrets of the request are masked here too. */
export function redactAnswer(
  answer: InboundResponse,
  request: OutboundRequest,
  spellings: readonly string[],
): ShownAnswer {
  const known = [...spellings, ...spellSecrets(secretsOf(request))];
  const body = redactBody(answer.body, known);
  return {
    status: answer.status,
    headers: redactHeaders(answer.headers, known),
    body: { ...body, truncated: body.truncated || answer.truncated },
  };
}

/** Masks what stands behind a secret name, then `secrets` in exact, percent-encoded, JSON and base64 form. */
export function redactText(text: string, secrets: readonly string[]): string {
  return maskForms(maskNamed(text), spellSecrets(secrets));
}

/** Masks the given values alone, in exact, percent-encoded, JSON and base64 form. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return maskForms(text, spellSecrets(secrets));
}

/** Values of the request itself that must not be shown: signatures, tokens, credentials of Authorization. */
export function secretsOf(request: OutboundRequest): string[] {
  const found: string[] = [];
  for (const [name, value] of request.headers) {
    if (name.toLowerCase() !== 'authorization') continue;
    for (const [, key = '', quoted = ''] of value.matchAll(/([\w.-]+)="([^"]*)"/g)) {
      if (isSecretName(key)) found.push(quoted, decode(quoted));
    }
    if (!/^oauth\s/i.test(value)) found.push(value.replace(/^\S+\s+/, ''));
  }
  for (const [key, value] of request.url.searchParams) if (isSecretName(key)) found.push(value);
  return found;
}

const secretNames =
  'oauth_signature|oauth_token|oauth_token_secret|oauth_verifier|oauth_consumer_secret|access_token|refresh_token|id_token|client_secret|client_assertion|consumer_secret|token_secret|code_verifier|x_auth_password|password|passwd|api_key|apikey|api_secret|secret_key|private_key|token|secret|sig|signature';
const secretName = new RegExp(`^(?:${secretNames})$`, 'i');
/** What is masked already keeps the length it tells. */
const masked = '\\[masked, \\d+ characters\\]';
const formValue = new RegExp(
  `(^|[?&;,\\s"'])((?:${secretNames})=)("?)(?!${masked}(?:[&\\s"',;<>\\\\]|$))([^&\\s"',;<>\\\\]+)`,
  'gim',
);
const jsonValue = new RegExp(
  `("(?:${secretNames})"\\s*:\\s*")(?!${masked}")((?:[^"\\\\]|\\\\.)*)("|$)`,
  'gi',
);
const secretHeader = /^(?:proxy-)?authorization$|cookie|token|secret|passw|api-?key|signature/i;

/** Whether values under this name are secret: `oauth_token`, `password`, … */
export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

function maskNamed(text: string): string {
  // Most texts have neither; looking first costs a tenth of running the patterns.
  const json = text.includes('"')
    ? text.replace(jsonValue, (_, before: string, value: string, end: string) => before + mask(value) + end)
    : text;
  if (!json.includes('=')) return json;
  return json.replace(
    formValue,
    (_, edge: string, name: string, quote: string, value: string) => edge + name + quote + mask(value),
  );
}

function maskForms(text: string, forms: readonly string[]): string {
  const found = forms.filter((form) => text.includes(form)).sort((a, b) => b.length - a.length);
  if (found.length === 0) return text;
  const pattern = found.map((form) => form.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|');
  return text.replace(new RegExp(pattern, 'g'), mask);
}

/** The URL with the values of secret parameters masked, names as they were. */
function showUrl({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search && `?${redactForm(search.slice(1))}`}`;
}

/** Names are compared decoded, so that `%6Fauth_token` does not slip through. */
function redactForm(form: string): string {
  return form
    .split('&')
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at < 0 || !isSecretName(decode(pair.slice(0, at).replaceAll('+', ' ')))) return pair;
      return pair.slice(0, at + 1) + mask(pair.slice(at + 1));
    })
    .join('&');
}

function redactHeaders(headers: readonly [string, string][], forms: readonly string[]): [string, string][] {
  return headers.map(([name, value]) => [
    name,
    secretHeader.test(name) ? mask(value) : maskForms(maskNamed(value), forms),
  ]);
}

function redactBody(body: Uint8Array, forms: readonly string[]): ShownBody {
  const longest = Math.max(0, ...forms.map((form) => form.length));
  // As far beyond the limit as a secret reaches that begins before it; UTF-8 needs up to four bytes a character.
  const bytes = Buffer.from(body.subarray(0, keptBytes + longest * 4));
  const text = decodeText(bytes);
  const source = text ?? bytes.toString('latin1');
  const cut = cutOutside(source, keptBytes, forms);
  const redacted = maskForms(maskNamed(source.slice(0, cut)), forms);
  const truncated = cut < source.length || bytes.length < body.length;
  if (text !== undefined) return { text: redacted, base64: null, truncated };
  return { text: null, base64: Buffer.from(redacted, 'latin1').toString('base64'), truncated };
}

/** The limit, or the beginning of the secret that lies across it: half a secret would not be recognised. */
function cutOutside(text: string, limit: number, forms: readonly string[]): number {
  let cut = Math.min(limit, text.length);
  for (const form of forms) {
    const start = text.indexOf(form, Math.max(0, cut - form.length + 1));
    if (start >= 0 && start < cut && start + form.length > cut) cut = start;
  }
  return cut;
}

function decodeText(bytes: Buffer): string | undefined {
  try {
    // As a stream, so that a character cut at the end does not make binary of a text.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** Base64 of the secret within a longer text: at each of three alignments the characters it alone decides. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const tail = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    const sure = text.slice(offset === 0 ? 0 : offset + 1, tail);
    return /[+/]/.test(sure) ? [sure, sure.replaceAll('+', '-').replaceAll('/', '_')] : [sure];
  });
}

function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
