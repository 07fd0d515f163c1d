/** The card of a webhook listener, with what came in last. */
import { findBehavior } from '../bots/store.ts';
import type { PageAnswer } from '../http/route.ts';
import type { Deps } from './api.ts';
import { listRequests } from './store-requests.ts';
import { addressOf, type ListenerRecord } from './webhook-listener.ts';

const shownRequests = 25;

/** `madeSecret`: on this one page only. */
export async function cardPage(
  deps: Deps,
  listener: ListenerRecord,
  madeSecret?: string,
): Promise<PageAnswer> {
  const requests = await listRequests(deps.db, listener.id, { limit: shownRequests });
  return {
    view: 'webhooks/listener',
    model: {
      title: listener.name,
      listener,
      madeSecret,
      behavior: await behaviorOf(deps, listener),
      address: addressOf(deps.config.url.origin, listener),
      check: checkWords[listener.check.kind],
      isChecked: listener.check.kind !== 'none',
      isAccepting: listener.answers === 'accept',
      requests: requests.map((request) => ({ ...request, outcome: outcomeWords[request.state] })),
    },
  };
}

/** What the listener runs, as far as it is there. */
export async function behaviorOf(
  { db }: Deps,
  { behaviorId }: ListenerRecord,
): Promise<{ id: string; title: string } | null> {
  const behavior = behaviorId === null ? undefined : await findBehavior(db, behaviorId);
  return behavior ? { id: behavior.id, title: behavior.title } : null;
}

const checkWords = { none: 'None', standard: 'Standard Webhooks', hmac: 'HMAC in a header' } as const;

const outcomeWords = { new: 'Waits', taken: 'Ran', refused: 'Refused', failed: 'Could not run' } as const;
