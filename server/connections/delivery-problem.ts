/** What was wrong with a delivery, by its answer as it was kept. */
import type { InboundResponse } from '../delivery/delivery.ts';
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
  const asked = { method, url: new URL(url) };
  const cause = redirectCause(asked, shown);
  if (cause) return toExplained(describeProblem(shown, cause));
  if (shown.status < 400) return null;
  const account = accountId === null ? undefined : await findAccount(deps.db, accountId);
  if (!account) return null;
  const { provider } = await openServiceOf(deps, account.serviceId);
  return toExplained(problemOfAnswer(provider, asked, toAnswer(shown), []));
}

/** What is wrong with an answer that is no success: by the words of the service, else by its status. */
export function problemOfAnswer(
  provider: Pick<ServiceProvider, 'readProblem'>,
  request: { method: string; url: URL },
  answer: InboundResponse,
  secrets: readonly string[],
): RemoteProblem {
  const cause = redirectCause(request, answer);
  if (cause) return describeProblem(answer, cause);
  return provider.readProblem?.(answer, secrets) ?? readRefusal(answer, secrets);
}

/** What is kept of an answer is redacted already. */
function toAnswer({ status, headers, body }: ShownAnswer): InboundResponse {
  const bytes = body.base64 === null ? Buffer.from(body.text ?? '') : Buffer.from(body.base64, 'base64');
  return { status, headers, body: bytes, truncated: body.truncated };
}

function toExplained({ cause, problem, nextStep }: RemoteProblem): ExplainedProblem {
  return { cause, message: problem, nextStep };
}
