/** Forgetting an account's credentials, here and, where the service has an address for that, there. */
import { inTransaction } from '../db/transaction.ts';
import type { Actor } from '../people/actor.ts';
import { type ConnectedAccount, unlinked } from './account.ts';
import { replaceAccount } from './account-changes.ts';
import { getUsableAccount } from './accounts.ts';
import type { CredentialDeps, TestResult } from './credentials.ts';
import { openCredentials } from './sealed.ts';
import { type OpenService, openServiceOf } from './services.ts';
import { endOpenFlows } from './store-flows.ts';
import { askForTokens } from './token-call.ts';

/**
 * Forgets the credentials first, so that they are used no more whatever comes of the call. `ok` is false when the
 * remote service has an address for ending a consent and did not take the call; the message says what to do then.
 */
export async function unlinkAccount(deps: CredentialDeps, actor: Actor, ref: string): Promise<TestResult> {
  const account = await getUsableAccount(deps, actor, ref);
  const opened = await openServiceOf(deps, account.serviceId);
  const { identity } = account;
  const answer = { isTested: false, httpCode: null, identity, accessLevel: null };
  if (account.sealedCredentials === null && account.status === 'unlinked') {
    return { ...answer, ok: true, message: 'The account was not linked.' };
  }
  await forget(deps, account);
  const problem = await revoke(deps, account, opened);
  const { name } = opened.service;
  const remedy = `To end the permission itself, revoke the app in your settings at ${name}.`;
  if (problem === undefined) {
    const message = `The tokens were forgotten here, and ${name} was told to end them.`;
    return { ...answer, ok: true, message };
  }
  const message = problem === null ? remedy : `${name} did not end them: ${problem} ${remedy}`;
  return { ...answer, ok: problem === null, message: `The tokens were forgotten here. ${message}` };
}

async function forget(deps: CredentialDeps, account: ConnectedAccount): Promise<void> {
  await inTransaction(deps.db, async (trx) => {
    await endOpenFlows(trx, account.id);
    await replaceAccount(deps, trx, account, {
      ...account,
      ...unlinked,
    });
  });
}

/** Undefined when it was done, null where there is no address for it, else why it was not. */
async function revoke(
  deps: CredentialDeps,
  account: ConnectedAccount,
  opened: OpenService,
): Promise<string | null | undefined> {
  const step = opened.provider.revokes?.(opened.params);
  const credentials = openCredentials(deps.vault, account);
  if (!step || !credentials) return null;
  const context = { accountId: account.id, secrets: Object.values(credentials) };
  const asked = await askForTokens(deps, opened, context, (send, fresh) =>
    step(credentials, { ...fresh, send }),
  );
  if (!asked.value) return `${asked.problem}.`;
  return asked.value.ok ? undefined : asked.value.problem;
}
