/** Opens a delivery for people: request redacted, signature explained. */
import type { Vault } from '../vault.ts';
import type { OutboundRequest } from './delivery.ts';
import { redactText, type ShownRequest, secretsOf } from './redact.ts';
import { type LoggedDetail, openRequest } from './store.ts';

/** One line of an explanation, such as the base string. */
export interface ExplainedValue {
  label: string;
  value: string;
}

/** What was wrong, in words. `cause` is one of a closed set. */
export interface ExplainedProblem {
  cause: string;
  message: string;
  nextStep: string;
}

export interface Deps {
  vault: Vault;
  /** Computed from the request as it was sent; null where the account's way of authenticating has nothing to tell. */
  explainSignature(request: OutboundRequest, accountId: string): Promise<ExplainedValue[] | null>;
  /** By the answer that was kept; null where nothing was wrong or nobody can tell. */
  explainProblem(delivery: LoggedDetail): Promise<ExplainedProblem | null>;
}

export interface OpenedDelivery {
  /** Null once the account was deleted. */
  request: ShownRequest | null;
  signature: ExplainedValue[] | null;
  problem: ExplainedProblem | null;
}

/** For those who may use the account only; the caller has made sure of it. Secrets are masked in every value. */
export async function openDelivery(deps: Deps, delivery: LoggedDetail): Promise<OpenedDelivery> {
  const problem = await deps.explainProblem(delivery);
  if (delivery.sealedRequest === null) return { request: null, signature: null, problem };
  const { sent, shown, isCut } = openRequest(deps.vault, delivery.id, delivery.sealedRequest);
  const explained =
    delivery.accountId === null ? null : await deps.explainSignature(sent, delivery.accountId);
  const secrets = secretsOf(sent);
  const lacksForm = isCut && isForm(sent);
  const told = lacksForm ? explained?.filter(({ label }) => !ofWholeForm.has(label)) : explained;
  const signature = told?.map(({ label, value }) => ({ label, value: redactText(value, secrets) })) ?? null;
  if (signature && lacksForm) signature.push({ label: 'Base string', value: cutNote });
  return { request: shown, signature, problem };
}

/** What is computed from the whole of a form, and so cannot be told of one that was kept in part. */
const ofWholeForm = new Set(['Base string', 'Normalised parameters']);
const cutNote = 'cannot be told: only the first 64 KiB of the form are kept';

/** Of bodies only forms are signed (RFC 5849 §3.4.1.3.1). */
function isForm({ headers }: OutboundRequest): boolean {
  return headers.some(
    ([name, value]) =>
      name.toLowerCase() === 'content-type' && /^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(value),
  );
}
