/** How an account is, in words for pages: its badge, what is wrong with it, what a person can do. Pure. */
import { type ConnectedAccount, identityName, statusAt, tellApart } from './account.ts';
import { isExpiring } from './account-life.ts';

export interface AccountState {
  text: string;
  badge: 'ok' | 'warn' | 'bad';
  /** The account works, and a person has to link it again before this time. */
  endsAt: number | null;
}

const words = {
  unlinked: { text: 'Not linked', badge: 'warn' },
  linked: { text: 'Linked', badge: 'ok' },
  expired: { text: 'Expired', badge: 'bad' },
  revoked: { text: 'Revoked', badge: 'bad' },
  error: { text: 'Refused by the remote site', badge: 'bad' },
} as const;

export function stateOf(account: ConnectedAccount, now: number): AccountState {
  if (account.life.found !== null) return { text: 'Answers as another', badge: 'bad', endsAt: null };
  if (!isExpiring(account, now)) return { ...words[statusAt(account, now)], endsAt: null };
  // What is not renewed by itself ends with its credentials, the rest with consent.
  const endsAt = account.life.renewAt === null ? account.expiresAt : account.life.consentEndsAt;
  return { text: 'Linked, ends soon', badge: 'warn', endsAt };
}

/** The other identity that an account answers as, to be accepted; null where it answers as it should. */
export function foundIdentity(account: ConnectedAccount): { id: string; name: string; was: string } | null {
  const { found } = account.life;
  if (found?.id === null || found === null) return null;
  return { id: found.id, name: identityName(found) ?? found.id, was: tellApart(account.identity, found).was };
}
