/** The columns of connected_accounts that hold an account's life, to and from values. */
import { type AccountLife, newLife } from './account-life.ts';
import type { Times } from './lifetime.ts';

export interface LifeRow {
  renew_at: number | null;
  consent_ends_at: number | null;
  warn_at: number | null;
  renewed_at: number | null;
  renew_tries: number | null;
  renewing_until: number | null;
  credentials_fence: number | null;
  checked_at: number | null;
  next_check_at: number | null;
  found_id: string | null;
  found_name: string | null;
}

/** Times as columns, the account's own end among them. */
export function timeColumns({ expiresAt, ...life }: Times) {
  return {
    expires_at: expiresAt,
    renew_at: life.renewAt,
    consent_ends_at: life.consentEndsAt,
    warn_at: life.warnAt,
  };
}

/** A new life as columns, all but the fence, which only ever rises. */
export function lifeColumns(life: AccountLife): Omit<LifeRow, 'credentials_fence'> {
  return {
    renew_at: life.renewAt,
    consent_ends_at: life.consentEndsAt,
    warn_at: life.warnAt,
    renewed_at: life.renewedAt,
    renew_tries: life.renewTries,
    renewing_until: life.renewingUntil,
    checked_at: life.checkedAt,
    next_check_at: life.nextCheckAt,
    found_id: life.found?.id ?? null,
    found_name: life.found?.name ?? null,
  };
}

export function lifeFrom(row: LifeRow): AccountLife {
  return {
    ...newLife,
    renewAt: timeOf(row.renew_at),
    consentEndsAt: timeOf(row.consent_ends_at),
    warnAt: timeOf(row.warn_at),
    renewedAt: timeOf(row.renewed_at),
    renewTries: row.renew_tries ?? 0,
    renewingUntil: timeOf(row.renewing_until),
    fence: row.credentials_fence ?? 0,
    checkedAt: timeOf(row.checked_at),
    nextCheckAt: timeOf(row.next_check_at),
    found: row.found_id === null ? null : { id: row.found_id, name: row.found_name },
  };
}

/** A column of time; bigints come as text from some drivers. */
export function timeOf(value: number | null): number | null {
  return value === null ? null : Number(value);
}
