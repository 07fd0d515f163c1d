/** The life of an account between consent and its end: its times, renewals and checks, and what is told of them. Pure. */
import { noTimes, readLifetime, type Times, timesOf } from './lifetime.ts';
import type { Credentials, Grant, RemoteIdentity, ServiceParams, ServiceProvider } from './provider.ts';

/** All of it is about the credentials held now: new ones begin a new life. */
export interface AccountLife extends Omit<Times, 'expiresAt'> {
  renewedAt: number | null;
  /** Renewals that failed in a row. */
  renewTries: number;
  /** Lease of the renewal under way. One that ran out: a renewal was begun whose end nobody knows. */
  renewingUntil: number | null;
  /** Changes with the credentials and with each renewal that begins; kept by the store. */
  fence: number;
  /** When the remote service was last asked who the account is. */
  checkedAt: number | null;
  /** Null: not planned yet. */
  nextCheckAt: number | null;
  /** As whom the account answers in place of whom it was linked as; it is not used until a person decides. */
  found: RemoteIdentity | null;
}

export const newLife: AccountLife = {
  renewAt: noTimes.renewAt,
  consentEndsAt: noTimes.consentEndsAt,
  warnAt: noTimes.warnAt,
  renewedAt: null,
  renewTries: 0,
  renewingUntil: null,
  fence: 0,
  checkedAt: null,
  nextCheckAt: null,
  found: null,
};

/** What the times of an account follow from, beside the account. */
export interface Terms {
  provider: ServiceProvider;
  params: ServiceParams;
  now: number;
}

/** The life that begins with a person's consent, or with pasted credentials. */
export function lifeOfGrant(
  { provider, params, now }: Terms,
  grant: Pick<Grant, 'credentials'> & Partial<Pick<Grant, 'lifetimeMs' | 'consentLifetimeMs'>>,
): { expiresAt: number | null; life: AccountLife } {
  const end = provider.endOf?.(grant.credentials) ?? null;
  const { expiresAt, ...times } = timesOf(readLifetime(params), {
    now,
    consentAt: now,
    lifetimeMs: grant.lifetimeMs ?? (end === null ? null : end * 1000 - now),
    consentEndsAt: grant.consentLifetimeMs == null ? null : now + grant.consentLifetimeMs,
    canRenew: canRenew(provider, params, grant.credentials),
  });
  return { expiresAt, life: { ...newLife, ...times } };
}

/** An account as far as its times go. */
export interface Living {
  status: string;
  linkedAt: number | null;
  expiresAt: number | null;
  life: AccountLife;
}

/** The times after a renewal; what the answer does not say anew of the end of consent stays. */
export function timesAfterRenewal({ provider, params, now }: Terms, account: Living, grant: Grant): Times {
  const told = grant.consentLifetimeMs;
  return timesOf(readLifetime(params), {
    now,
    consentAt: account.linkedAt ?? now,
    lifetimeMs: grant.lifetimeMs,
    consentEndsAt: told === null || told === undefined ? account.life.consentEndsAt : now + told,
    canRenew: canRenew(provider, params, grant.credentials),
  });
}

/** A minute's difference is not worth a write. */
const worthWritingMs = 60_000;

/** The times after a use, where idle time counts and they move by more than a minute; else undefined. */
export function timesAfterUse(
  { provider, params, now }: Terms,
  account: Living,
  credentials: Credentials,
): Times | undefined {
  const lifetime = readLifetime(params);
  if (lifetime.idleMs === null || account.status !== 'linked') return undefined;
  const times = timesOf(lifetime, {
    now,
    consentAt: account.linkedAt ?? now,
    lifetimeMs: null,
    consentEndsAt: account.life.consentEndsAt,
    canRenew: canRenew(provider, params, credentials),
  });
  const gained = (times.expiresAt ?? 0) - (account.expiresAt ?? 0);
  return gained > worthWritingMs ? times : undefined;
}

/** Whether the credentials are to be renewed now. An account that answers as somebody else is left alone. */
export function isRenewalDue({ status, life }: Living, now: number): boolean {
  const isHeld = status === 'linked' || status === 'error';
  return isHeld && life.found === null && life.renewAt !== null && life.renewAt <= now;
}

/** Whether a person has to link again soon. */
export function isExpiring({ status, expiresAt, life }: Living, now: number): boolean {
  const isOver = expiresAt !== null && expiresAt <= now;
  return status === 'linked' && !isOver && life.warnAt !== null && life.warnAt <= now;
}

function canRenew(provider: ServiceProvider, params: ServiceParams, credentials: Credentials): boolean {
  return provider.renewal?.canRenew(params, credentials) ?? false;
}
