/** An account's credentials: try them at the remote service, take pasted ones. */
import { inTransaction } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Remark } from '../packages/record-type.ts';
import type { Actor } from '../people/actor.ts';
import { type ConnectedAccount, identityName } from './account.ts';
import { replaceAccount, withGrant } from './account-changes.ts';
import { type AccountDeps, deliverSigned, getUsableAccount, type SigningDeps } from './accounts.ts';
import { problemOfAnswer } from './delivery-problem.ts';
import { accessLevelOf, identityCallOf, readIdentity } from './identity.ts';
import { obtainGrant } from './obtain.ts';
import type { Credentials, RemoteIdentity, TokenRefusal } from './provider.ts';
import { accountFieldsOf } from './service.ts';
import { acceptDraft, type OpenService, openServiceOf } from './services.ts';
import { endOpenFlows } from './store-flows.ts';

export type CredentialDeps = AccountDeps;

/** What a try at the remote service showed. `isTested` false: the service has no identity call. */
export interface TestResult {
  ok: boolean;
  isTested: boolean;
  httpCode: number | null;
  identity: RemoteIdentity | null;
  accessLevel: string | null;
  /** What the answer says of the token by name. */
  refusal?: TokenRefusal;
  message: string;
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
    const refusal = opened.provider.refusesToken?.(response);
    const { provider, params } = opened;
    const { problem, nextStep } = problemOfAnswer(
      provider,
      call.request,
      response,
      provider.secrets(params, credentials),
    );
    const message = refusal
      ? `${name} ${refusal.sentence}`
      : `${name} answered ${httpCode} and did not accept the account. ${problem} ${nextStep}`;
    const refused = { ok: false, isTested: true, httpCode, identity: null, accessLevel, message };
    return refusal ? { ...refused, refusal } : refused;
  }
  const identity = readIdentity(call, response.body) ?? null;
  const who = identityName(identity);
  const message =
    who === null
      ? `${name} accepted the account. Its answer does not tell who it is, so a change of identity would not be noticed: compare 'identity' of the service with it.`
      : `${name} accepted the account as ${who}.`;
  return { ok: true, isTested: true, httpCode, identity, accessLevel, message };
}

/**
 * Takes credentials that a person pasted, or has the service give out some where its own keys do for that. They are
 * tried first; when the remote service does not accept them the old ones stay (`credentials_refused`), unless `force`.
 */
export async function putCredentials(
  deps: CredentialDeps,
  actor: Actor,
  input: { account: string; credentials: Credentials; force: boolean },
): Promise<{ account: ConnectedAccount; test: TestResult }> {
  const account = await getUsableAccount(deps, actor, input.account);
  const opened = await openServiceOf(deps, account.serviceId);
  const given = Object.fromEntries(Object.entries(input.credentials).filter(([, value]) => value !== ''));
  const { faults } = opened.provider.checkAccount(given, opened.params);
  acceptDraft({ value: undefined, faults: [...faults, ...faultsOfNothing(opened, given)], unsupported: [] });
  const obtained = await obtainGrant(deps, opened, account.id);
  const credentials = obtained?.credentials ?? given;
  const test = await tryCredentials(deps, opened, credentials, account.id);
  if (!test.ok && !input.force) {
    const kept = account.sealedCredentials === null ? 'Nothing was stored' : 'The old ones stay';
    throw new HubError('credentials_refused', `${test.message} ${kept}.`, {
      extra: { test: testJson(test) },
    });
  }
  const identity = test.identity ?? { id: null, name: null };
  const { accessLevel } = test;
  const linked = withGrant(deps, opened, account, { ...obtained, credentials, identity, accessLevel });
  const changed = { ...linked, lastError: test.ok ? null : test.message };
  await inTransaction(deps.db, async (trx) => {
    await endOpenFlows(trx, account.id);
    await replaceAccount(deps, trx, account, changed);
  });
  return { account: changed, test };
}

/** No credentials at all are a whole account only where the service's own keys sign. */
function faultsOfNothing(opened: OpenService, given: Credentials): Remark[] {
  if (Object.keys(given).length > 0) return [];
  const required = accountFieldsOf(opened).filter((field) => field.required);
  return required.map(({ key, label }) => ({ path: `/${key}`, message: `'${label}' is missing` }));
}

/** The result as the API writes it. */
export function testJson({ ok, httpCode, identity, message }: TestResult) {
  return { ok, http_code: httpCode, identity, message };
}
