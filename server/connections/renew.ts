/** Renewing an account's credentials without a person: one renewal at a time, whatever the number of processes. */
import type { Knex } from 'knex';
import { isUnavailable } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Vault } from '../vault.ts';
import type { ConnectedAccount } from './account.ts';
import { isRenewalDue, timesAfterRenewal } from './account-life.ts';
import { renewPauseMs } from './lifetime.ts';
import type { Credentials, Grant, RenewalSteps } from './provider.ts';
import { openCredentials, sealCredentials } from './sealed.ts';
import type { OpenService } from './services.ts';
import { findAccount } from './store-accounts.ts';
import { claimRenewal, noteFailedRenewal, storeRenewal } from './store-renewals.ts';
import { askForTokens, type TokenDeps } from './token-call.ts';

export interface RenewDeps extends TokenDeps {
  db: Knex;
  vault: Vault;
  now(): number;
  log: { error(fields: object, message: string): void };
}

/** Longest time of one call, and of the lease that covers it and its one repetition. */
const callMs = 60_000;
const leaseMs = 3 * callMs;
/** How often and how long another's renewal is waited for. */
const pollMs = 100;
const maxPolls = 150;
/** How often a new token is tried to be stored while the database does not answer. */
const maxStores = 5;

/**
 * The account with credentials that are good now, as far as renewing can bring that about; the account as it was when
 * nothing is due, or when the renewal failed. New credentials are stored before anybody gets them. Throws `busy` when
 * another process renews an expired token and does not come to an end.
 */
export async function renewIfDue(
  deps: RenewDeps,
  account: ConnectedAccount,
  opened: OpenService,
): Promise<ConnectedAccount> {
  const now = deps.now();
  if (!isRenewalDue(account, now)) return account;
  const credentials = openCredentials(deps.vault, account);
  const steps = opened.provider.renewal;
  if (!credentials || !steps?.canRenew(opened.params, credentials)) return account;
  const fence = await claimRenewal(deps.db, account, { now, until: now + leaseMs });
  if (fence === undefined) return waitForOther(deps, account);
  await renew(deps, { account, opened, steps, credentials, fence });
  return reread(deps.db, account);
}

interface Renewal {
  account: ConnectedAccount;
  opened: OpenService;
  steps: RenewalSteps;
  credentials: Credentials;
  /** By which the lease is held. */
  fence: number;
}

async function renew(deps: RenewDeps, renewal: Renewal): Promise<void> {
  const { account, opened, steps, credentials } = renewal;
  const { service, params } = opened;
  const context = { accountId: account.id, secrets: Object.values(credentials), timeoutMs: callMs };
  const asked = await askForTokens(deps, opened, context, (send, fresh) =>
    steps.renew(params, credentials, { ...fresh, send }),
  );
  if (!asked.value) {
    const problem = asked.sent
      ? `did not answer, so nobody knows whether it renewed the token: ${asked.problem}`
      : `could not be reached: ${asked.problem}`;
    return fail(deps, renewal, {
      isFinal: false,
      isUnknown: asked.sent,
      problem: `${service.name} ${problem}`,
    });
  }
  const outcome = asked.value;
  if (outcome.ok) return store(deps, renewal, outcome.value);
  const problem = `${service.name} did not renew the token. ${outcome.problem} ${outcome.nextStep}`;
  return fail(deps, renewal, { isFinal: outcome.isFinal, isUnknown: false, problem });
}

/** Tokens that a service gave out are not lost to a database that is away for a moment. */
async function store(deps: RenewDeps, { account, opened, fence }: Renewal, grant: Grant): Promise<void> {
  const now = deps.now();
  const renewed = {
    sealedCredentials: sealCredentials(deps.vault, account.id, grant.credentials),
    times: timesAfterRenewal({ ...opened, now }, account, grant),
    accessLevel: grant.accessLevel,
  };
  for (let tries = 1; ; tries++) {
    try {
      await storeRenewal(deps.db, { id: account.id, fence }, renewed, now);
      return;
    } catch (error) {
      if (tries >= maxStores || !isUnavailable(error)) throw error;
      deps.log.error({ account: account.id, tries }, 'a renewed token could not be stored yet');
      await pause(pollMs * 2 ** tries);
    }
  }
}

/** A final refusal ends the account when its token ends; any other is tried again, later each time. */
async function fail(
  deps: RenewDeps,
  { account, opened, fence }: Renewal,
  failure: { isFinal: boolean; isUnknown: boolean; problem: string },
): Promise<void> {
  const now = deps.now();
  const { expiresAt, life } = account;
  const wasUnknown = life.renewingUntil !== null;
  const isOver = failure.isFinal && (expiresAt === null || expiresAt <= now);
  const lost =
    failure.isFinal && wasUnknown
      ? ' An earlier renewal was not answered, and may have used up the old token.'
      : '';
  const remedy = failure.isFinal ? ` Open the account and link it to ${opened.service.name} again.` : '';
  deps.log.error({ account: account.id, isFinal: failure.isFinal }, 'a token could not be renewed');
  const failed = {
    status: isOver ? ('expired' as const) : account.status,
    lastError: `${failure.problem.trim()}${lost}${remedy}`,
    renewAt: failure.isFinal ? null : now + renewPauseMs(life.renewTries),
    warnAt: failure.isFinal ? now : life.warnAt,
    tries: life.renewTries + 1,
    isUnknown: failure.isUnknown || (wasUnknown && !failure.isFinal),
  };
  await noteFailedRenewal(deps.db, { id: account.id, fence }, failed, now);
}

/** What another renews is used as it is while it is good; else its renewal is waited for. */
async function waitForOther(deps: RenewDeps, account: ConnectedAccount): Promise<ConnectedAccount> {
  for (let polls = 0; polls < maxPolls; polls++) {
    const latest = await reread(deps.db, account);
    const isGood = latest.expiresAt === null || latest.expiresAt > deps.now();
    if (isGood || !isRenewalDue(latest, deps.now())) return latest;
    await pause(pollMs);
  }
  const message = `The token of '${account.name}' is being renewed, which takes long. Try again in a moment.`;
  throw new HubError('busy', message);
}

async function reread(db: Knex, account: ConnectedAccount): Promise<ConnectedAccount> {
  const found = await findAccount(db, account.id);
  if (!found) throw new HubError('not_found', `The account '${account.name}' was deleted meanwhile.`);
  return found;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
