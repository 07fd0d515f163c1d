/** What was wrong with a delivery, by its answer as it was kept. */
import type { ExplainedProblem } from '../delivery/explain.ts';
import type { ShownAnswer } from '../delivery/redact.ts';
import type { LoggedDetail } from '../delivery/store.ts';
import type { AccountDeps } from './accounts.ts';
import { describeProblem, type RemoteProblem, readRefusal, redirectCause } from './problem.ts';
import type { ServiceProvider } from './provider.ts';
import { openServiceOf } from './services.ts';
import { findAccount } from './store-accounts.ts';

/** Null where nothing was wrong, where no answer is kept, and for refusals to requests without an account. */
export async function explainProblem(
  deps: Pick<AccountDeps, 'db' | 'vault' | 'providers'>,
  { method, url, accountId, answer: shown }: LoggedDetail,
): Promise<ExplainedProblem | null> {
  if (!shown || shown.status < 300) return null;
  const cause = redirectCause({ method, url }, shown);
  if (cause) return toExplained(describeProblem(shown, cause));
  if (shown.status < 400) return null;
  const account = accountId === null ? undefined : await findAccount(deps.db, accountId);
  if (!account) return null;
  const { provider } = await openServiceOf(deps, account.serviceId);
  return toExplained(problemOfAnswer(provider, toAnswer(shown), []));
}

/** By what the provider knows of the service's words, else by the status. `secrets` never show in it. */
export function problemOfAnswer(
  provider: Pick<ServiceProvider, 'readProblem'>,
  answer: Parameters<typeof readRefusal>[0],
  secrets: readonly string[],
): RemoteProblem {
  return provider.readProblem?.(answer, secrets) ?? readRefusal(answer, secrets);
}

/** What is kept of an answer is redacted already. */
function toAnswer({ status, headers, body }: ShownAnswer): Parameters<typeof readRefusal>[0] {
  const bytes = body.base64 === null ? Buffer.from(body.text ?? '') : Buffer.from(body.base64, 'base64');
  return { status, headers, body: bytes, truncated: body.truncated };
}

function toExplained({ cause, problem, nextStep }: RemoteProblem): ExplainedProblem {
  return { cause, message: problem, nextStep };
}
