/** What a refused request says of the account's token: expired, revoked, or nothing; and what is made of it. */
import type { Knex } from 'knex';
import type { Delivery } from '../delivery/delivery.ts';
import type { ConnectedAccount } from './account.ts';
import { timesAfterUse } from './account-life.ts';
import { identityCallOf } from './identity.ts';
import type { Credentials, TokenRefusal } from './provider.ts';
import type { OpenService } from './services.ts';
import { makeCheckDue, noteTimes, noteTokenState } from './store-health.ts';
import { makeRenewalDue } from './store-renewals.ts';

export interface NoteDeps {
  db: Knex;
  now(): number;
  log: { error(fields: object, message: string): void };
}

/** An account in use. */
export interface Used {
  account: ConnectedAccount;
  opened: OpenService;
  credentials: Credentials;
}

/** A token that was renewed within this time and is called expired is not renewed again. */
const justRenewedMs = 60_000;

/**
 * Notes on the account what the answer to one of its requests shows. A refusal counts by its name alone; a 401 that
 * names nothing has the account looked at by the next check. Nothing here fails the request that was answered.
 */
export async function noteAnswer(deps: NoteDeps, used: Used, { response }: Delivery): Promise<void> {
  if (!response) return;
  try {
    const refusal = used.opened.provider.refusesToken?.(response);
    if (refusal) return await noteRefusal(deps, used, refusal);
    if (response.status === 401) return await askWhoSoon(deps, used);
    if (response.status < 400) await noteUse(deps, used);
  } catch (error) {
    const cause = error instanceof Error ? error.name : 'unknown';
    deps.log.error({ account: used.account.id, cause }, 'what an answer shows of an account was not noted');
  }
}

/** What has expired and can be renewed is renewed at its next use; else a person has to link again. */
export async function noteRefusal(
  deps: NoteDeps,
  { account, opened, credentials }: Used,
  refusal: TokenRefusal,
): Promise<void> {
  const now = deps.now();
  const { provider, params, service } = opened;
  const isJustRenewed = account.life.renewedAt !== null && account.life.renewedAt > now - justRenewedMs;
  const isRenewable = refusal.status === 'expired' && provider.renewal?.canRenew(params, credentials);
  if (isRenewable && !isJustRenewed) return makeRenewalDue(deps.db, account, now);
  const lastError = `${service.name} ${refusal.sentence} Open the account and link it to ${service.name} again.`;
  deps.log.error({ account: account.id, status: refusal.status }, 'the remote service refused a token');
  await noteTokenState(deps.db, account, { status: refusal.status, lastError, at: now });
}

async function askWhoSoon(deps: NoteDeps, { account, opened }: Used): Promise<void> {
  if (!identityCallOf(opened.params) || account.status !== 'linked') return;
  await makeCheckDue(deps.db, account, deps.now());
}

async function noteUse(deps: NoteDeps, { account, opened, credentials }: Used): Promise<void> {
  const times = timesAfterUse({ ...opened, now: deps.now() }, account, credentials);
  if (times) await noteTimes(deps.db, account, times);
}
