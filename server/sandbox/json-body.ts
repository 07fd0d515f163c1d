/** Reads a JSON object from a request. Pure. */
import { Refusal } from './refusal.ts';
import { headerValues, type WireRequest } from './wire-request.ts';

/** Members of the body. Refuses another media type, bad JSON, and JSON that is no object. */
export function readJsonBody(wire: WireRequest): Record<string, unknown> {
  const type = headerValues(wire, 'content-type')[0] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) throw new Refusal('badRequest', 'content type');
  try {
    return readMembers(JSON.parse(Buffer.from(wire.body).toString('utf8')));
  } catch {
    throw new Refusal('badRequest', 'body');
  }
}

/** Members of a value that has to be an object. */
export function readMembers(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal('badRequest', 'body');
  return { ...value };
}
