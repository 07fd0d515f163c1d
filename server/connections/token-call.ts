/** Calls to a service's token endpoints: never retried, never followed, nothing of the answer kept. */
import type { Deliver, InboundResponse, OutboundRequest } from '../delivery/delivery.ts';
import { type ErrorCode, HubError } from '../errors.ts';
import { ownHostsOf } from './service.ts';
import type { OpenService } from './services.ts';

/** The answer, or why none came and whether the remote service may have seen the request. */
export type TokenAnswer =
  | { answer: InboundResponse }
  | { answer?: undefined; problem: string; sent: boolean };

/** Sends a signed request to one of the service's own endpoints, which need no place on its allow-list. */
export async function askForTokens(
  deps: { deliver: Deliver },
  { service, provider, params }: OpenService,
  request: OutboundRequest,
  context: { accountId: string; secrets: readonly string[] },
): Promise<TokenAnswer> {
  try {
    const { response, fault } = await deps.deliver(request, {
      purpose: 'token',
      allowedHosts: ownHostsOf(provider, params),
      serviceId: service.id,
      serviceName: service.name,
      accountId: context.accountId,
      secrets: [...provider.secrets(params, {}), ...context.secrets],
    });
    if (response) return { answer: response };
    return { problem: fault?.message ?? 'no answer came', sent: fault?.sent ?? true };
  } catch (error) {
    // Refused at the door: certain that nothing was sent.
    if (error instanceof HubError) return { problem: error.message, sent: false };
    throw error;
  }
}

/** A refusal of the link flow; `next_step` stands below it on the page. */
export function startAgain(code: ErrorCode, message: string, nextStep?: string): HubError {
  const next = nextStep ?? 'Open the account and press the Link button again.';
  return new HubError(code, message, { extra: { next_step: next } });
}
