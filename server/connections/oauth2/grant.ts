/** What a token answer grants an account: which fields are kept sealed, and which may be shown. Pure. */
import { identityText } from '../identity.ts';
import type { Credentials, Grant } from '../provider.ts';
import type { OAuth2Service } from './service.ts';
import type { Tokens } from './tokens.ts';

/** Longest life that is believed; what says more lives until it is refused. */
const maxLifetimeSeconds = 10 * 366 * 24 * 60 * 60;

/**
 * `service`: which fields tell who the account is. `timestamp` is now, in seconds. `held`: credentials that stay where
 * the answer names none, as a refresh token does that is not rotated.
 */
export function grantOf(
  { identityFields }: Pick<OAuth2Service, 'identityFields'>,
  tokens: Tokens,
  timestamp: number,
  held: Credentials = {},
): Grant {
  const told = (field: string) => identityText(tokens.others.get(field) ?? '');
  const lifetime = lifetimeOf(tokens, timestamp);
  const { expires: _expires, ...stays } = held;
  const others = [...tokens.others].filter(([name]) => !ownFields.has(name));
  return {
    credentials: {
      ...stays,
      ...Object.fromEntries(others.filter(([name]) => isSecret(name))),
      access_token: tokens.accessToken,
      token_type: 'Bearer',
      ...(tokens.refreshToken !== undefined && { refresh_token: tokens.refreshToken }),
      ...(lifetime !== null && { expires: String(timestamp + lifetime) }),
    },
    identity: { id: told(identityFields.id), name: told(identityFields.name) },
    accessLevel: null,
    extra: Object.fromEntries(others.filter(([name]) => !isSecret(name))),
    lifetimeMs: lifetime === null ? null : lifetime * 1000,
    consentLifetimeMs: consentLifetimeOf(tokens),
  };
}

const ownFields = new Set(['access_token', 'refresh_token', 'token_type', 'expires_in', 'expires', 'ok']);

function isSecret(name: string): boolean {
  return /token(?!.*expires)|secret|password|assertion|api_?key|signature/i.test(name);
}

/** `expires_in`, else `expires`, which is a span at some services and a point in time at others. */
function lifetimeOf({ expiresInSeconds, others }: Tokens, timestamp: number): number | null {
  const named = Number(others.get('expires') || Number.NaN);
  const seconds = expiresInSeconds ?? (named > timestamp ? named - timestamp : named);
  const isBelieved = Number.isFinite(seconds) && seconds > 0 && seconds < maxLifetimeSeconds;
  return isBelieved ? Math.floor(seconds) : null;
}

/** How long the refresh token is good for, where the service says so in the usual word. */
function consentLifetimeOf({ others }: Tokens): number | null {
  const seconds = Number(others.get('refresh_token_expires_in') || Number.NaN);
  return seconds > 0 && seconds < maxLifetimeSeconds ? seconds * 1000 : null;
}
