/** The page where a person enters the PIN of a remote site; nobody has to sign in for the API's flows. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { formText } from './form.ts';
import type { LinkDeps } from './link.ts';
import { enterPin, getPinEntry } from './link-pin.ts';
import { keptAnswer, linkRefusal } from './pages-link.ts';
import { idOf } from './pages-visit.ts';

export function pinPages(deps: LinkDeps): PageRoute[] {
  const path = '/link/pin/:id';
  return [
    { method: 'GET', path, access: 'public', handle: (visit) => refusing(visit, () => show(deps, visit)) },
    { method: 'POST', path, access: 'public', handle: (visit) => refusing(visit, () => take(deps, visit)) },
  ];
}

async function show(
  deps: LinkDeps,
  visit: Visit,
  failure?: { message: string; status: number },
): Promise<PageAnswer> {
  const { flow, account, opened, consentUrl, triesLeft } = await getPinEntry(deps, visit, idOf(visit));
  return {
    view: 'connections/link-pin',
    ...(failure && { status: failure.status }),
    model: {
      title: `Enter the PIN for ${account.name}`,
      account: account.name,
      service: opened.service.name,
      consentUrl: consentUrl.href,
      expiresAt: flow.expiresAt,
      triesLeft,
      isLastTry: triesLeft === 1,
      failure: failure?.message ?? null,
      editPath: flow.savesAtOnce ? null : `/connected-accounts/${account.id}/edit`,
    },
  };
}

async function take(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  try {
    const kept = await enterPin(deps, visit, { flowId: idOf(visit), pin: formText(visit.form, 'pin') });
    if (kept.outcome === 'wrong') return await show(deps, visit, { message: kept.problem, status: 422 });
    return keptAnswer(kept);
  } catch (error) {
    // Without a next step of its own the flow still waits, and the form is the next step.
    const isWaiting = error instanceof HubError && typeof error.extra.next_step !== 'string';
    if (!isWaiting || !['bad_request', 'remote_failed'].includes(error.code)) throw error;
    return show(deps, visit, { message: error.message, status: error.status });
  }
}

async function refusing(visit: Visit, answer: () => Promise<PageAnswer>): Promise<PageAnswer> {
  try {
    return await answer();
  } catch (error) {
    return linkRefusal(error, visit.worker ? '/connected-accounts' : undefined);
  }
}
