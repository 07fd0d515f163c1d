/** The way back from consent, and the API's link address: pages that nobody has to sign in for. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { identityName } from './account.ts';
import { consentOrigin, continueLink, getLinkOffer, type LinkDeps, type Onward, showsPin } from './link.ts';
import { finishLink } from './link-callback.ts';
import type { LinkFlow } from './link-flow.ts';
import type { Kept } from './link-keep.ts';
import { guideOf } from './service.ts';
import { findAccount } from './store-accounts.ts';
import { findFlow } from './store-flows.ts';

export function linkPages(deps: LinkDeps): PageRoute[] {
  return [
    ...['/oauth/callback', '/oauth/callback/:extension'].map(
      (path): PageRoute => ({
        method: 'GET',
        path,
        access: 'public',
        hidesAddress: true,
        handle: (visit) => callback(deps, visit),
      }),
    ),
    { method: 'GET', path: '/link/:code', access: 'public', handle: (visit) => offer(deps, visit) },
    {
      method: 'POST',
      path: '/link/:code',
      access: 'public',
      // The address is the secret; the Origin header is checked in place of the form's token.
      csrf: false,
      handle: (visit) => proceed(deps, visit),
    },
    { method: 'GET', path: '/link/done/:id', access: 'public', handle: (visit) => done(deps, visit) },
  ];
}

/** A refusal of the link flow as a page with its next step; what is no HubError is not ours to show. */
export function linkRefusal(error: unknown, backTo: string | undefined): PageAnswer {
  if (!(error instanceof HubError) || (error.status >= 500 && error.code !== 'remote_failed')) throw error;
  return {
    view: 'connections/link-outcome',
    status: error.status,
    model: {
      title: 'Not linked',
      kind: 'bad',
      text: error.message,
      next: typeof error.extra.next_step === 'string' ? error.extra.next_step : null,
      href: backTo ?? null,
      action: 'Back to the account',
    },
  };
}

/** Where a person goes on to consent. */
export function onwardAnswer({ consentUrl, pinFlowId }: Onward): PageAnswer {
  return pinFlowId === undefined
    ? { redirect: consentUrl.href, outside: true }
    : { redirect: `/link/pin/${pinFlowId}` };
}

/** Where a person goes on when consent was given. */
export function keptAnswer({ outcome, flow, account }: Kept): PageAnswer {
  return { redirect: outcome === 'pending' ? editPathOf(account.id) : `/link/done/${flow.id}` };
}

function editPathOf(accountId: string): string {
  return `/connected-accounts/${accountId}/edit`;
}

async function callback(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  try {
    const { outcome, flow, account } = await finishLink(deps, {
      query: visit.query,
      extension: visit.params.extension,
      browserHash: visit.browserHash,
      worker: visit.worker,
    });
    if (outcome !== 'denied') return keptAnswer({ outcome, flow, account });
    return {
      view: 'connections/link-outcome',
      model: {
        title: 'Consent was refused',
        kind: 'info',
        text: `Nothing was changed: the account '${account.name}' stays as it was.`,
        next: 'To link it after all, begin again.',
        href: flow.savesAtOnce ? null : editPathOf(account.id),
        action: 'Back to the account',
      },
    };
  } catch (error) {
    return linkRefusal(error, visit.worker ? '/connected-accounts' : undefined);
  }
}

async function offer(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  try {
    const { flow, account, opened } = await getLinkOffer(deps, visit.params.code ?? '');
    const origin = consentOrigin(deps, opened);
    return {
      view: 'connections/link-offer',
      ...(origin !== undefined && { formActions: [origin] }),
      model: {
        title: `Link ${account.name}`,
        account: account.name,
        service: opened.service.name,
        askedBy: flow.askedBy,
        expiresAt: flow.expiresAt,
        showsPin: showsPin(opened),
        pinPath: isWaitingHere(visit, flow) && showsPin(opened) ? `/link/pin/${flow.id}` : null,
        guide: guideOf(opened.params),
      },
    };
  } catch (error) {
    return linkRefusal(error, undefined);
  }
}

/** Continued in this browser already. */
function isWaitingHere({ browserHash }: Visit, flow: LinkFlow): boolean {
  return flow.state === 'waiting' && flow.browserHash === browserHash;
}

async function proceed(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  try {
    const input = { code: visit.params.code ?? '', browserHash: visit.browserHash };
    return onwardAnswer(await continueLink(deps, input));
  } catch (error) {
    return linkRefusal(error, undefined);
  }
}

/** Shown to the browser that linked, and to no other. */
async function done(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  const flow = await findFlow(deps.db, visit.params.id ?? '');
  const account = flow && (await findAccount(deps.db, flow.accountId));
  if (!account || flow.state !== 'saved' || flow.browserHash !== visit.browserHash)
    throw new HubError('not_found');
  const who = identityName(account.identity);
  return {
    view: 'connections/link-outcome',
    model: {
      title: 'Linked',
      kind: 'ok',
      text: `'${account.name}' is linked${who === null ? '' : ` as ${who}`}.`,
      next: 'You can close this page.',
      href: null,
      action: null,
    },
  };
}
