/** Whether a refusal is about the time or the nonce of a signature, so that signing afresh helps. */
import type { InboundResponse } from '../delivery/delivery.ts';
import { isSafeMethod } from '../delivery/headers.ts';
import type { ServiceProvider } from './provider.ts';
import type { RemoteClocks } from './remote-clocks.ts';

/**
 * True: worth one more try, signed afresh. Learns the remote clock on the way. A 401 that names neither may have
 * another reason: it teaches the clock, but only what changes nothing over there is sent again for it.
 */
export function refusesFreshness(
  clocks: Pick<RemoteClocks, 'learn'>,
  provider: Pick<ServiceProvider, 'refusesFreshness'>,
  { method, url }: { method: string; url: URL },
  answer: InboundResponse,
): boolean {
  if (!provider.refusesFreshness) return false;
  const refused = provider.refusesFreshness(answer);
  if (refused === 'nonce') return true;
  const isLearned = clocks.learn(url.origin, answer, refused === 'time');
  return refused === 'time' || (isLearned && isSafeMethod(method.toUpperCase()));
}
