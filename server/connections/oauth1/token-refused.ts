/** The answers that say by name that a token is good no longer (OAuth Problem Reporting; X's code 89). Pure. */
import type { InboundResponse } from '../../delivery/delivery.ts';
import type { TokenRefusal } from '../provider.ts';
import { readProblem } from './problem.ts';

const ended = 'does not take the token any more: it was revoked there, or has expired.';

/** The remote side's code -> what it says. `token_used` and what concerns request tokens are not among them. */
const refusals: Readonly<Record<string, TokenRefusal>> = {
  token_expired: { status: 'expired', sentence: 'says that the token has expired.' },
  token_revoked: { status: 'revoked', sentence: 'says that the token was revoked.' },
  token_rejected: { status: 'revoked', sentence: ended },
  89: { status: 'revoked', sentence: ended },
};

/** By name alone: a 401 without one may have any reason. */
export function refusesToken(answer: InboundResponse): TokenRefusal | undefined {
  if (![400, 401, 403].includes(answer.status)) return undefined;
  const { remoteCode } = readProblem(answer, []);
  return remoteCode !== undefined && Object.hasOwn(refusals, remoteCode) ? refusals[remoteCode] : undefined;
}
