/** An account's credentials: try them at the remote service, take pasted ones, forget them. */
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { type ConnectedAccount, identityName, statusAt } from './account.ts';
import { replaceAccount, withGrant } from './account-changes.ts';
import {
  type AccountDeps,
  deliverSigned,
  getUsableAccount,
  linkedCredentials,
  type SigningDeps,
} from './accounts.ts';
import { accessLevelOf, identityCallOf, readIdentity } from './identity.ts';
import type { Credentials, RemoteIdentity } from './provider.ts';
import { acceptDraft, type OpenService, openServiceOf } from './services.ts';
import { noteAccountHealth } from './store-accounts.ts';
import { endOpenFlows } from './store-flows.ts';

export type CredentialDeps = AccountDeps;

/** What a try at the remote service showed. `isTested` false: the service has no identity call. */
export interface TestResult {
  ok: boolean;
  isTested: boolean;
  httpCode: number | null;
  identity: RemoteIdentity | null;
  accessLevel: string | null;
  message: string;
}

/** Asks the remote service who the account is, and notes the outcome on the account. */
export async function testAccount(deps: CredentialDeps, actor: Actor, ref: string): Promise<TestResult> {
  const account = await getUsableAccount(deps, actor, ref);
  const opened = await openServiceOf(deps, account.serviceId);
  const result = await tryCredentials(deps, opened, linkedCredentials(deps, account, opened), account.id);
  const isRefused = result.httpCode === 401 || result.httpCode === 403;
  if (result.isTested && (result.ok || isRefused)) {
    const lastError = result.ok ? null : result.message;
    await noteAccountHealth(deps.db, account, { status: result.ok ? 'linked' : 'error', lastError });
  }
  return result;
}

/** The service's harmless identity call, signed with these credentials. Only a 2xx answer is a success. */
export async function tryCredentials(
  deps: SigningDeps,
  opened: OpenService,
  credentials: Credentials,
  accountId: string,
): Promise<TestResult> {
  const call = identityCallOf(opened.params);
  const nothing = { httpCode: null, identity: null, accessLevel: null };
  const name = opened.service.name;
  if (!call) {
    const message = `Service '${name}' has no identity address, so the account cannot be tried.`;
    return { ...nothing, ok: true, isTested: false, message };
  }
  const delivery = await deliverSigned(deps, opened, credentials, call.request, { accountId });
  const { response } = delivery;
  if (!response) {
    const message = `${name} did not answer: ${delivery.fault?.message ?? 'no answer came'}.`;
    return { ...nothing, ok: false, isTested: true, message };
  }
  const httpCode = response.status;
  const accessLevel = accessLevelOf(response);
  if (httpCode < 200 || httpCode > 299) {
    const message = `${name} answered ${httpCode} and did not accept the account.`;
    return { ok: false, isTested: true, httpCode, identity: null, accessLevel, message };
  }
  const identity = readIdentity(call, response.body) ?? null;
  const who = identityName(identity);
  const message = who === null ? `${name} accepted the account.` : `${name} accepted the account as ${who}.`;
  return { ok: true, isTested: true, httpCode, identity, accessLevel, message };
}

/**
 * Takes credentials that a person pasted. They are tried first; when the remote service does not accept them the
 * old ones stay (`credentials_refused`), unless `force`.
 */
export async function putCredentials(
  deps: CredentialDeps,
  actor: Actor,
  input: { account: string; credentials: Credentials; force: boolean },
): Promise<{ account: ConnectedAccount; test: TestResult }> {
  const account = await getUsableAccount(deps, actor, input.account);
  const opened = await openServiceOf(deps, account.serviceId);
  const { faults } = opened.provider.checkAccount(input.credentials);
  acceptDraft({ value: undefined, faults, unsupported: [] });
  const test = await tryCredentials(deps, opened, input.credentials, account.id);
  if (!test.ok && !input.force) {
    const kept = account.sealedCredentials === null ? 'Nothing was stored' : 'The old ones stay';
    throw new HubError('credentials_refused', `${test.message} ${kept}.`, {
      extra: { test: testJson(test) },
    });
  }
  const identity = test.identity ?? { id: null, name: null };
  const { accessLevel } = test;
  const linked = withGrant(deps, account, { credentials: input.credentials, identity, accessLevel });
  const changed = { ...linked, lastError: test.ok ? null : test.message };
  await inTransaction(deps.db, async (trx) => {
    await endOpenFlows(trx, account.id);
    await replaceAccount(deps, trx, account, changed);
  });
  return { account: changed, test };
}

/** Forgets the account's credentials here; what the remote service granted stays until it is revoked there. */
export async function unlinkAccount(deps: CredentialDeps, actor: Actor, ref: string): Promise<TestResult> {
  const account = await getUsableAccount(deps, actor, ref);
  const { service } = await openServiceOf(deps, account.serviceId);
  await inTransaction(deps.db, async (trx) => {
    await endOpenFlows(trx, account.id);
    await replaceAccount(deps, trx, account, {
      ...account,
      status: 'unlinked',
      sealedCredentials: null,
      identity: null,
      accessLevel: null,
      lastError: null,
      linkedAt: null,
      expiresAt: null,
    });
  });
  const wasLinked = statusAt(account, deps.now()) !== 'unlinked';
  const message = wasLinked
    ? `The tokens were forgotten here. To end the permission itself, revoke the app in your settings at ${service.name}.`
    : 'The account was not linked.';
  return {
    ok: true,
    isTested: false,
    httpCode: null,
    identity: account.identity,
    accessLevel: null,
    message,
  };
}

/** The result as the API writes it. */
export function testJson({ ok, httpCode, identity, message }: TestResult) {
  return { ok, http_code: httpCode, identity, message };
}
