/** A delivery as Cerb's bots and our API see it. Pure. Source: CONTRACT `.../request`, Cerb's http_request action. */
import { parseJsonVerbatim } from '../json.ts';
import type { Delivery, InboundResponse } from './delivery.ts';

export interface CerbResponse {
  /** Lower-case, without parameters; null when no answer came or it names none. */
  content_type: string | null;
  /** Names in lower case, repeated ones joined with ", ". */
  headers: Record<string, string>;
  /** Text, a JSON value, base64 for binary types; null after a fault. */
  body: unknown;
  info: { url: string; http_code: number | null };
  /** Empty when an answer came, whatever its status. */
  error: string;
  delivery_id: string;
}

/** How a body is handed out: converted by its type, as text whatever it is, or as text and `data:` URIs for binary types. */
export type RawBody = boolean | 'data-uri';

/** `raw` leaves the body as text whatever its type. Numbers keep their digits (LosslessNumber where a double would not). */
export function toCerbResponse(delivery: Delivery, { raw }: { raw: RawBody }): CerbResponse {
  const { response, fault } = delivery;
  const headers = joinHeaders(response?.headers ?? []);
  const declared = headers['content-type'] ?? '';
  const type = (declared.split(';')[0] ?? '').trim().toLowerCase();
  return {
    content_type: type === '' ? null : type,
    headers,
    body: response && !fault ? bodyOf(response, declared, type, raw) : null,
    info: { url: (delivery.askedUrl ?? delivery.request.url).href, http_code: response?.status ?? null },
    error: fault?.message ?? '',
    delivery_id: delivery.id,
  };
}

/** Exactly Cerb's lists: behaviors decode other JSON types themselves. */
const jsonTypes = new Set(['application/json', 'text/javascript']);
const binaryTypes = new Set([
  'application/octet-stream',
  'application/pdf',
  'application/zip',
  'audio/mpeg',
  'audio/ogg',
  'image/gif',
  'image/jpeg',
  'image/jpg',
  'image/png',
]);

function joinHeaders(headers: readonly [string, string][]): Record<string, string> {
  const joined = new Map<string, string>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (key === 'set-cookie') continue;
    const before = joined.get(key);
    joined.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(joined);
}

function bodyOf(response: InboundResponse, declared: string, type: string, raw: RawBody): unknown {
  if (raw === 'data-uri' && binaryTypes.has(type)) {
    return `data:${type};base64,${Buffer.from(response.body).toString('base64')}`;
  }
  return readBody(response, declared, raw === false ? type : '');
}

function readBody({ body }: InboundResponse, declared: string, type: string): unknown {
  if (binaryTypes.has(type)) return Buffer.from(body).toString('base64');
  const text = decode(body, declared);
  if (!jsonTypes.has(type)) return text;
  try {
    return parseJsonVerbatim(text);
  } catch {
    return null;
  }
}

function decode(body: Uint8Array, declared: string): string {
  const [, charset = 'utf-8'] = /;\s*charset="?([^\s;"]+)/i.exec(declared) ?? [];
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
