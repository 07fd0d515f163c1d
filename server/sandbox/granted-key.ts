/** Calls that carry what a person granted as a key in a header, where the service takes no signature. */
import type { Exchange } from './exchange.ts';
import { parseForm } from './percent.ts';
import type { Profile } from './profile.ts';
import { Refusal } from './refusal.ts';
import type { AccessToken } from './tokens.ts';
import type { SignedRequest } from './verify.ts';
import { headerValues, wireForm, wireQuery } from './wire-request.ts';
import type { World } from './world.ts';

/** Like a call that was signed with the key's token, without protocol parameters. The header stands there once. */
export function authenticateKey(
  world: World,
  { wire, entry }: Exchange,
  { name, holds }: NonNullable<Profile['keyHeader']>,
): SignedRequest<AccessToken> {
  const [key = '', ...others] = headerValues(wire, name.toLowerCase());
  const token = others.length === 0 ? world.tokens.findByKey(holds, key) : undefined;
  const parameters = [parseForm(wireQuery(wire)), parseForm(wireForm(wire))].flatMap((pairs) => pairs ?? []);
  const isSignedToo = headerValues(wire, 'authorization').some((text) => /^OAuth\b/i.test(text));
  if (!token || isSignedToo) throw new Refusal('badToken', 'granted key');
  entry.verified.push('granted key');
  return {
    consumer: token.consumer,
    token,
    protocol: new Map(),
    parameters,
    place: 'header',
    realm: undefined,
    baseString: '',
  };
}
