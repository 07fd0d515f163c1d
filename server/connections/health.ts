/** Whether an account still is who it was linked as: asked by a button and by schedule, and what is made of the answer. */
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { type ConnectedAccount, isOtherIdentity, tellApart } from './account.ts';
import { getUsableAccount } from './accounts.ts';
import { type CredentialDeps, type TestResult, tryCredentials } from './credentials.ts';
import { identityCallOf } from './identity.ts';
import { renewIfDue } from './renew.ts';
import { openCredentials } from './sealed.ts';
import { howToLink } from './service.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { findAccount } from './store-accounts.ts';
import { type CheckOutcome, noteAsked, noteCheck, takeFoundIdentity } from './store-health.ts';
import { noteRefusal } from './token-refusal.ts';

/** After a service that did not answer it is asked again by then at the latest. */
const hourMs = 3_600_000;

/**
 * Asks the remote service who the account is, whatever is held against it here, and notes the outcome. Throws
 * `account_unlinked` where there are no credentials to ask with.
 */
export async function testAccount(deps: CredentialDeps, actor: Actor, ref: string): Promise<TestResult> {
  const found = await getUsableAccount(deps, actor, ref);
  const opened = await openServiceOf(deps, found.serviceId);
  const account = await renewIfDue(deps, found, opened);
  const result = await checkAccount(deps, account, opened);
  if (result) return result;
  const message = `The account '${account.name}' is not linked. ${howToLink(opened, opened.service.name)}`;
  throw new HubError('account_unlinked', message);
}

/** The check itself; undefined for an account without credentials. */
export async function checkAccount(
  deps: CredentialDeps,
  account: ConnectedAccount,
  opened: OpenService,
): Promise<TestResult | undefined> {
  const credentials = openCredentials(deps.vault, account);
  if (!credentials) return undefined;
  const result = await tryCredentials(deps, opened, credentials, account.id);
  if (!result.isTested) return result;
  const everyMs = identityCallOf(opened.params)?.everyMs ?? 0;
  const at = { now: deps.now(), next: deps.now() + (everyMs || 24 * hourMs) };
  if (result.ok) return noteAnswered(deps, account, result, at);
  if (result.refusal) {
    await noteRefusal(deps, { account, opened, credentials }, result.refusal);
  } else if (result.httpCode === 401 || result.httpCode === 403) {
    const { identity, accessLevel, life } = account;
    const refused = { status: 'error' as const, lastError: result.message, identity, accessLevel };
    await noteCheck(deps.db, account, { ...refused, found: life.found }, at);
  } else {
    // Trouble over there says nothing of the account.
    await noteAsked(deps.db, account, { ...at, next: Math.min(at.next, at.now + hourMs) });
  }
  return result;
}

/** As whom it answers is compared by id with whom it was linked as; a name may change. */
async function noteAnswered(
  deps: CredentialDeps,
  account: ConnectedAccount,
  result: TestResult,
  at: { now: number; next: number },
): Promise<TestResult> {
  const seen = result.identity;
  const accessLevel = result.accessLevel ?? account.accessLevel;
  if (!seen || !isOtherIdentity(account.identity, seen)) {
    const identity = seen?.id ? seen : account.identity;
    const well = { status: 'linked', lastError: null, identity, accessLevel, found: null } as const;
    await noteCheck(deps.db, account, well, at);
    return result;
  }
  const { was, becomes } = tellApart(account.identity, seen);
  const lastError = `The account was linked as ${was} and answers as ${becomes} now. Nothing is sent with it until somebody accepts ${becomes} on its page, or links it again.`;
  deps.log.error({ account: account.id }, 'an account answers as another identity than it was linked as');
  const { identity } = account;
  const drifted: CheckOutcome = { status: 'error', lastError, identity, accessLevel, found: seen };
  await noteCheck(deps.db, account, drifted, at);
  return { ...result, ok: false, message: lastError };
}

/**
 * A person agrees that the account is who it answers as now, named by the id that the person saw. Throws `conflict`
 * when it is not that one any more.
 */
export async function acceptIdentity(
  deps: CredentialDeps,
  actor: Actor,
  input: { account: string; id: string },
): Promise<ConnectedAccount> {
  const account = await getUsableAccount(deps, actor, input.account);
  const isTaken =
    account.life.found?.id === input.id && (await takeFoundIdentity(deps.db, account, input.id));
  if (!isTaken) {
    throw new HubError(
      'conflict',
      `The account '${account.name}' does not answer as the identity ${input.id} in place of its own. Look at it again, then decide.`,
    );
  }
  return (await findAccount(deps.db, account.id)) ?? account;
}
