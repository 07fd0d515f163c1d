/** Calls to a service's token endpoints: never followed, nothing of the answer kept, signed by the service's clock. */
import type { Deliver } from '../delivery/delivery.ts';
import { type ErrorCode, HubError } from '../errors.ts';
import { refusesFreshness } from './fresh-try.ts';
import type { Freshness, Send } from './provider.ts';
import type { RemoteClocks } from './remote-clocks.ts';
import { ownHostsOf } from './service.ts';
import type { OpenService } from './services.ts';

export interface TokenDeps {
  deliver: Deliver;
  clocks: RemoteClocks;
}

export interface TokenContext {
  accountId: string;
  /** Masked beside the service's own. */
  secrets: readonly string[];
  timeoutMs?: number;
}

/** What came of asking, or why no answer came and whether the remote service may have seen anything. */
export type Asked<T> = { value: T } | { value?: undefined; problem: string; sent: boolean };

/**
 * Lets `ask` send requests to the service's own endpoints, which need no place on its allow-list. As soon as one is
 * not answered that is the outcome, whatever `ask` makes of it. Where the first request's time or nonce is refused,
 * `ask` is called once more, with another.
 */
export async function askForTokens<T>(
  deps: TokenDeps,
  opened: OpenService,
  context: TokenContext,
  ask: (send: Send, fresh: Freshness) => Promise<T>,
): Promise<Asked<T>> {
  await deps.clocks.refresh();
  let clockOf = `https://${ownHostsOf(opened.provider, opened.params)[0] ?? ''}`;
  for (let wasRefused = false; ; ) {
    const { asked, again }: Outcome<T> = await askOnce(deps, opened, context, ask, { clockOf, wasRefused });
    if (!again) return asked;
    clockOf = again.clockOf;
    wasRefused ||= again.isRefused;
  }
}

interface Outcome<T> {
  asked: Asked<T>;
  again?: Again;
}

/** `clockOf`: the origin whose clock is to sign. */
interface Again {
  clockOf: string;
  isRefused: boolean;
}

async function askOnce<T>(
  { deliver, clocks }: TokenDeps,
  { service, provider, params }: OpenService,
  { secrets, ...context }: TokenContext,
  ask: (send: Send, fresh: Freshness) => Promise<T>,
  { clockOf, wasRefused }: { clockOf: string; wasRefused: boolean },
): Promise<Outcome<T>> {
  let unanswered: { problem: string; sent: boolean } | undefined;
  let again: Again | undefined;
  let wasAnswered = false;
  const send: Send = async (request) => {
    const { origin } = request.url;
    if (!wasAnswered && clocks.offsetOf(origin) !== clocks.offsetOf(clockOf)) {
      again = { clockOf: origin, isRefused: false };
      throw new HubError('internal', 'Signed by the clock of another host');
    }
    const { response, fault } = await deliver(request, {
      ...context,
      purpose: 'token',
      allowedHosts: ownHostsOf(provider, params),
      serviceId: service.id,
      serviceName: service.name,
      secrets: [...provider.secrets(params, {}), ...secrets],
    }).catch(refusedAtTheDoor);
    if (!response) {
      const problem = fault?.message ?? 'no answer came';
      unanswered = { problem, sent: wasAnswered || (fault?.sent ?? true) };
      throw new HubError('remote_failed', problem);
    }
    const isStale = !wasAnswered && !wasRefused && refusesFreshness(clocks, provider, request, response);
    if (isStale) again = { clockOf: origin, isRefused: true };
    await clocks.conclude(origin, response);
    wasAnswered = true;
    return response;
  };
  try {
    const value = await ask(send, clocks.freshness(clockOf, service.id));
    return { asked: unanswered ?? { value }, ...(again && { again }) };
  } catch (error) {
    if (again) return { asked: { problem: '', sent: false }, again };
    if (unanswered) return { asked: unanswered };
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
