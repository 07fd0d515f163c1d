/** What a service wants of a signed request beyond the RFC. Pure. */
import { isBodyHashRight } from './body-hash.ts';
import { first } from './parameters.ts';
import type { Profile, Wanted } from './profile.ts';
import { Refusal } from './refusal.ts';
import type { SignedRequest } from './verify.ts';
import { headerValues, type WireRequest } from './wire-request.ts';

/** Each demand: whether it concerns this service, and whether the request meets it. */
const demands: Readonly<Record<string, (profile: Profile, call: DemandedCall) => boolean | null>> = {
  'signature allowed': ({ signatureMethods }, { signed }) =>
    signatureMethods.includes(signed.protocol.get('oauth_signature_method') ?? ''),
  transport: ({ transports }, { signed, wire }) =>
    transports.includes(signed.place) ||
    (transports.includes('body') && signed.place === 'header' && !couldBeForm(wire)),
  realm: ({ realm }, { signed }) => (realm === null ? null : signed.realm === realm),
  version: ({ version }, { signed }) =>
    version === 'optional' ? null : signed.protocol.has('oauth_version') === (version === 'required'),
  'body hash': ({ bodyHash }, { signed, wire }) =>
    bodyHash && isBodyHashRight(wire, signed.protocol.get('oauth_body_hash'), bodyHash),
  'user agent': ({ userAgent }, { wire }) =>
    userAgent === 'optional' ? null : (headerValues(wire, 'user-agent')[0] ?? '').trim() !== '',
};

interface DemandedCall {
  wire: WireRequest;
  signed: Pick<SignedRequest<unknown>, 'place' | 'realm' | 'protocol'>;
}

/** Notes in `verified` what a service asked for and got. Throws a Refusal that names what is missing or wrong. */
export function checkDemands(profile: Profile, call: DemandedCall, verified: string[]): void {
  for (const [name, isMet] of Object.entries(demands)) {
    const met = isMet(profile, call);
    if (met === false) throw new Refusal('badAuthentication', name);
    if (met && isTold(profile, name)) verified.push(name);
  }
}

/** The form of a request without token: oauth_token left out, or there and empty. */
export function checkNoToken(profile: Profile, protocol: ReadonlyMap<string, string>): void {
  const isEmpty = protocol.get('oauth_token') === '';
  if (profile.noToken === (isEmpty ? 'absent' : 'empty'))
    throw new Refusal('badAuthentication', 'empty token');
}

/** Parameters that a step has to carry. */
export function checkWanted(
  wanted: Wanted,
  parameters: readonly (readonly [string, string])[],
  verified: string[],
): void {
  for (const [name, value] of Object.entries(wanted)) {
    const given = first(parameters, name) ?? '';
    if (value === null ? given === '' : given !== value)
      throw new Refusal('missingParameters', `parameter ${name}`);
    verified.push(`parameter ${name}`);
  }
}

/** Where parameters stand in the body, a request that has none, or one of another type, names them in its header. */
function couldBeForm(wire: WireRequest): boolean {
  const type = headerValues(wire, 'content-type')[0];
  if (type !== undefined) return /^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type);
  return !['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(wire.method.toUpperCase());
}

// What every service accepts is no news.
function isTold({ signatureMethods, transports }: Profile, name: string): boolean {
  if (name === 'signature allowed') return signatureMethods.length === 1;
  return name !== 'transport' || transports.length === 1;
}
