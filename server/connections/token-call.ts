/** Calls to a service's token endpoints: never retried, never followed, nothing of the answer kept. */
import type { Deliver } from '../delivery/delivery.ts';
import { type ErrorCode, HubError } from '../errors.ts';
import type { Send } from './provider.ts';
import { ownHostsOf } from './service.ts';
import type { OpenService } from './services.ts';

/** What came of asking, or why no answer came and whether the remote service may have seen anything. */
export type Asked<T> = { value: T } | { value?: undefined; problem: string; sent: boolean };

/**
 * Lets `ask` send requests to the service's own endpoints, which need no place on its allow-list. As soon as one is
 * not answered that is the outcome, whatever `ask` makes of it. `secrets` are masked beside the service's own.
 */
export async function askForTokens<T>(
  deps: { deliver: Deliver },
  { service, provider, params }: OpenService,
  context: { accountId: string; secrets: readonly string[] },
  ask: (send: Send) => Promise<T>,
): Promise<Asked<T>> {
  let unanswered: { problem: string; sent: boolean } | undefined;
  let wasAnswered = false;
  const send: Send = async (request) => {
    const { response, fault } = await deps
      .deliver(request, {
        purpose: 'token',
        allowedHosts: ownHostsOf(provider, params),
        serviceId: service.id,
        serviceName: service.name,
        accountId: context.accountId,
        secrets: [...provider.secrets(params, {}), ...context.secrets],
      })
      .catch(refusedAtTheDoor);
    if (!response) {
      const problem = fault?.message ?? 'no answer came';
      unanswered = { problem, sent: wasAnswered || (fault?.sent ?? true) };
      throw new HubError('remote_failed', problem);
    }
    wasAnswered = true;
    return response;
  };
  try {
    const value = await ask(send);
    return unanswered ?? { value };
  } catch (error) {
    if (unanswered) return unanswered;
    throw error;
  }
}

/** Certain that nothing was sent. */
function refusedAtTheDoor(error: unknown): { response?: undefined; fault: { message: string; sent: false } } {
  if (error instanceof HubError) return { fault: { message: error.message, sent: false } };
  throw error;
}

/** A refusal of the link flow; `next_step` stands below it on the page. */
export function startAgain(code: ErrorCode, message: string, nextStep?: string): HubError {
  const next = nextStep ?? 'Open the account and press the Link button again.';
  return new HubError(code, message, { extra: { next_step: next } });
}
