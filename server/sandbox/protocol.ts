/** Finds the protocol parameters of a request and everything else that is signed. Pure. */
import { parseForm, percentDecode } from './percent.ts';
import { headerValues, type WireRequest, wireForm, wireQuery } from './wire-request.ts';

/** Where protocol parameters may stand. */
export type Place = 'header' | 'query' | 'body';

/** What a request says about itself. `parameters`: the caller's own, query first, then form body. */
export interface Protocol {
  place: Place;
  /** As the header names it; undefined where it names none. */
  realm: string | undefined;
  /** Without `realm`. Every name occurs once; names that are no `oauth_*` can only come from the header. */
  values: ReadonlyMap<string, string>;
  parameters: readonly (readonly [string, string])[];
  /** All that goes into the base string. */
  signed: readonly (readonly [string, string])[];
}

/** Why a request's protocol parameters cannot be read; `missing` means that there are none at all. */
export type ProtocolFault = { fault: 'missing' | 'malformed' | 'duplicate' | 'several places' | 'version' };

/**
 * Reads header, query and form body. Protocol parameters may stand in one of the three only, each once; oauth_version
 * is absent or `1.0`; timestamp and nonce may be left out with PLAINTEXT alone. Source: RFC 5849 §3.1, §3.2, §3.5.
 */
export function readProtocol(request: WireRequest): Protocol | ProtocolFault {
  const authorization = headerValues(request, 'authorization');
  if (authorization.length > 1) return { fault: 'duplicate' };
  const read = authorization[0] === undefined ? { pairs: [] } : readAuthorization(authorization[0]);
  const query = parseForm(wireQuery(request));
  const body = parseForm(wireForm(request));
  if (!read || !query || !body) return { fault: 'malformed' };

  const all = [...query, ...body];
  const found = Object.entries({ header: read.pairs, query, body }).filter(([, pairs]) =>
    pairs.some(([name]) => isProtocolName(name)),
  );
  const [first] = found;
  if (first === undefined) return { fault: 'missing' };
  if (found.length > 1) return { fault: 'several places' };
  const [place, pairs] = first;

  const own = place === 'header' ? pairs : pairs.filter(([name]) => isProtocolName(name));
  const values = new Map(own);
  if (values.size !== own.length) return { fault: 'duplicate' };
  if ((values.get('oauth_version') ?? '1.0') !== '1.0') return { fault: 'version' };
  if (!isComplete(values)) return { fault: 'malformed' };
  return {
    // The keys of the object above.
    place: place as Place,
    realm: read.realm,
    values,
    parameters: all.filter(([name]) => !isProtocolName(name)),
    signed: (place === 'header' ? [...pairs, ...all] : all).filter(([name]) => name !== 'oauth_signature'),
  };
}

/**
 * Parameters of an `Authorization: OAuth ...` header, its realm apart; none for another scheme, `undefined` when it
 * cannot be read. Source: RFC 5849 §3.5.1.
 */
function readAuthorization(header: string): { pairs: [string, string][]; realm?: string } | undefined {
  const scheme = /^\s*OAuth(?:\s+|$)/i.exec(header);
  if (!scheme) return { pairs: [] };
  const pairs: [string, string][] = [];
  let realm: string | undefined;
  for (let at = scheme[0].length; at < header.length; ) {
    const parameter = /\s*([^\s=,"]+)="((?:[^"\\]|\\.)*)"\s*(,|$)/y;
    parameter.lastIndex = at;
    const match = parameter.exec(header);
    if (!match) return undefined;
    at = parameter.lastIndex;
    const [, rawName = '', rawValue = ''] = match;
    if (rawName.toLowerCase() === 'realm') {
      if (realm !== undefined) return undefined;
      realm = rawValue.replace(/\\(.)/g, '$1');
      continue;
    }
    const name = percentDecode(rawName);
    const value = percentDecode(rawValue);
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return { pairs, ...(realm !== undefined && { realm }) };
}

function isProtocolName(name: string): boolean {
  return name.startsWith('oauth_');
}

function isComplete(values: ReadonlyMap<string, string>): boolean {
  const needed = ['oauth_consumer_key', 'oauth_signature_method', 'oauth_signature'];
  if (values.get('oauth_signature_method') !== 'PLAINTEXT') needed.push('oauth_timestamp', 'oauth_nonce');
  return needed.every((name) => values.get(name));
}
