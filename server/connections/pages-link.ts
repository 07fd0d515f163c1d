/** The way back from consent, and the API's link address: pages that nobody has to sign in for. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { identityName } from './account.ts';
import { consentOrigin, continueLink, getLinkOffer, type LinkDeps } from './link.ts';
import { finishLink } from './link-callback.ts';
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

async function callback(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  try {
    const { outcome, flow, account } = await finishLink(deps, {
      query: visit.query,
      extension: visit.params.extension,
      browserHash: visit.browserHash,
      worker: visit.worker,
    });
    const editPath = `/connected-accounts/${account.id}/edit`;
    if (outcome === 'pending') return { redirect: editPath };
    if (outcome === 'saved') return { redirect: `/link/done/${flow.id}` };
    return {
      view: 'connections/link-outcome',
      model: {
        title: 'Consent was refused',
        kind: 'info',
        text: `Nothing was changed: the account '${account.name}' stays as it was.`,
        next: 'To link it after all, begin again.',
        href: flow.savesAtOnce ? null : editPath,
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
      },
    };
  } catch (error) {
    return linkRefusal(error, undefined);
  }
}

async function proceed(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  try {
    const input = { code: visit.params.code ?? '', browserHash: visit.browserHash };
    return { redirect: (await continueLink(deps, input)).href, outside: true };
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
