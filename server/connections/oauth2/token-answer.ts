/** Reading the answers of OAuth 2.0 token endpoints by their body, not by their label or status. Pure. */
import type { InboundResponse } from '../../delivery/delivery.ts';
import { digitsOf, parseJson } from '../../json.ts';
import { isPlainObject } from '../reading.ts';

/** Larger answers are no token answers; tokens that hold claims take some kilobytes. */
const maxBytes = 64 * 1024;

/**
 * `fields`: every member that is a text, a number, true or false, as text; the scope also where it is a list. `error`:
 * the code that the remote side named, also where it answered 200. `fault`: a clause that repeats nothing of the answer.
 */
export type TokenAnswer =
  | { kind: 'fields'; fields: ReadonlyMap<string, string> }
  | { kind: 'error'; code: string }
  | { kind: 'fault'; fault: string };

/** Reads JSON or a form, whichever the body is; services label either as anything. */
export function readTokenAnswer(answer: InboundResponse): TokenAnswer {
  if (answer.truncated || answer.body.byteLength > maxBytes) return fault('its answer is too long');
  const body = bodyOf(answer);
  const code = body && errorOf(body);
  if (code !== undefined) return { kind: 'error', code };
  if (answer.status < 200 || answer.status > 299) return fault(`it answered with status ${answer.status}`);
  if (!body) return fault('its answer is neither a form nor a JSON object');
  return { kind: 'fields', fields: fieldsOf(body) };
}

function fault(words: string): TokenAnswer {
  return { kind: 'fault', fault: words };
}

function bodyOf({ body }: InboundResponse): Record<string, unknown> | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body).trim();
    if (!text.startsWith('{')) return /^[^\s<>"]+=/.test(text) ? readForm(text) : undefined;
    const value = parseJson(text);
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where a field stands twice: nobody knows which one counts. */
function readForm(text: string): Record<string, unknown> | undefined {
  const pairs = [...new URLSearchParams(text)];
  const fields = new Map(pairs);
  return fields.size === pairs.length ? Object.fromEntries(fields) : undefined;
}

/** `error` as RFC 6749 §5.2 has it, or an object with its kind (Facebook), or `ok: false` without any (Slack). */
function errorOf({ error, ok }: Record<string, unknown>): string | undefined {
  const named = isPlainObject(error) ? (error.type ?? error.code) : error;
  if (error === undefined || error === null || error === '') return ok === false ? 'unnamed' : undefined;
  return typeof named === 'string' && /^[\w.-]{1,64}$/.test(named) ? named : 'unnamed';
}

function fieldsOf(body: Record<string, unknown>): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(body)) {
    const text = name === 'scope' ? joined(value) : textOf(value);
    if (text !== undefined) fields.set(name, text);
  }
  return fields;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : digitsOf(value);
}

function joined(value: unknown): string | undefined {
  return Array.isArray(value) ? value.map(textOf).join(' ') : textOf(value);
}
