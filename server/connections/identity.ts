/** Who an account is at the remote site: reading a service's `identity` parameter and the answer to its call. Pure. */
import type { InboundResponse, OutboundRequest } from '../delivery/delivery.ts';
import { digitsOf, parseJson } from '../json.ts';
import type { RemoteIdentity, ServiceParams } from './provider.ts';
import { isPlainObject } from './reading.ts';

/** The service's harmless "who am I" call, and where its JSON answer may hold id and name (`data.id`); the first counts. */
export interface IdentityCall {
  request: OutboundRequest;
  idPaths: readonly string[];
  namePaths: readonly string[];
  /** How often it is asked without being told to; 0: never. */
  everyMs: number;
}

const hourMs = 3_600_000;
const dailyMs = 24 * hourMs;

/** Where services' answers about a resource owner hold what a record says nothing of; OpenID Connect's words first. */
const usualPaths = {
  id: ['sub', 'id', 'user_id', 'account_id', 'id_str', 'data.id', 'user.id'],
  name: [
    'preferred_username',
    'login',
    'username',
    'screen_name',
    'email',
    'name',
    'data.username',
    'user.name',
  ],
};

/** The `identity` parameter of a service, or Cerb's `resource_owner_url`; undefined when it has neither. */
export function identityCallOf(params: ServiceParams): IdentityCall | undefined {
  const { identity, resource_owner_url: ownerUrl } = params;
  const hasCall = isPlainObject(identity) && typeof identity.url === 'string';
  const spec = hasCall ? { id: 'id', name: 'name', ...identity } : { url: ownerUrl };
  return callOf(spec);
}

function callOf(spec: Readonly<Record<string, unknown>>): IdentityCall | undefined {
  if (typeof spec.url !== 'string' || !URL.canParse(spec.url)) return undefined;
  return {
    request: {
      method: typeof spec.method === 'string' ? spec.method.toUpperCase() : 'GET',
      url: new URL(spec.url),
      headers: [['Accept', 'application/json']],
    },
    idPaths: typeof spec.id === 'string' ? [spec.id] : usualPaths.id,
    namePaths: typeof spec.name === 'string' ? [spec.name] : usualPaths.name,
    everyMs: typeof spec.every_hours === 'number' ? spec.every_hours * hourMs : dailyMs,
  };
}

/** Id and name in the answer; undefined when it is no JSON. Ids stay text, whatever their size. */
export function readIdentity(call: IdentityCall, body: Uint8Array): RemoteIdentity | undefined {
  try {
    const answer = parseJson(new TextDecoder().decode(body));
    return { id: firstText(answer, call.idPaths), name: firstText(answer, call.namePaths) };
  } catch {
    return undefined;
  }
}

/** What the remote side says the token may do (`x-access-level`); null where it does not say. */
export function accessLevelOf(answer: InboundResponse): string | null {
  const level = answer.headers.find(([name]) => name.toLowerCase() === 'x-access-level')?.[1].trim();
  return level && /^[\w-]{1,64}$/.test(level) ? level : null;
}

const maxIdentityBytes = 255;

/**
 * A remote id or name as it is kept and compared: whole characters, as many as fit; an empty one is none. Half a
 * surrogate pair, which no database stores, becomes U+FFFD.
 */
export function identityText(text: string): string | null {
  const bytes = Buffer.from(text).subarray(0, maxIdentityBytes);
  // As a stream, so that a character that was cut is left out.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true }) || null;
}

function firstText(value: unknown, paths: readonly string[]): string | null {
  for (const path of paths) {
    const text = textAt(value, path);
    if (text !== null) return text;
  }
  return null;
}

function textAt(value: unknown, path: string): string | null {
  let at = value;
  for (const key of path.split('.')) {
    if (Array.isArray(at) && /^\d+$/.test(key)) at = at[Number(key)];
    else if (isPlainObject(at) && Object.hasOwn(at, key)) at = at[key];
    else return null;
  }
  const text = typeof at === 'string' ? at : (digitsOf(at) ?? '');
  return identityText(text);
}
