/** The page that a store opens for its owner after it sent its keys, and the making of its one-time address. */
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { identityName } from './account.ts';
import type { LinkDeps } from './link.ts';
import { linkRefusal } from './pages-link.ts';
import { admin, idOf } from './pages-visit.ts';
import { createPushAddress, getPush } from './push.ts';
import { ownHostsOf } from './service.ts';

export function pushPages(deps: LinkDeps): PageRoute[] {
  return [
    admin('POST', '/connected-accounts/:id/push-address', async (visit, me) => {
      try {
        const address = await createPushAddress(deps, me, idOf(visit));
        const title = 'A one-time address';
        const editPath = `/connected-accounts/${idOf(visit)}/edit`;
        return { view: 'connections/push-address', model: { title, ...address, editPath } };
      } catch (error) {
        return linkRefusal(error, `/connected-accounts/${idOf(visit)}/edit`);
      }
    }),
    {
      method: 'GET',
      path: '/link/push/:code',
      access: 'public',
      hidesAddress: true,
      handle: (visit) => outcome(deps, visit),
    },
  ];
}

async function outcome(deps: LinkDeps, visit: Visit): Promise<PageAnswer> {
  try {
    const { push, account, opened } = await getPush(deps, visit.params.code ?? '');
    const isExpired = push.state === 'open' && push.expiresAt <= deps.now();
    const who = identityName(account.identity);
    const words = {
      open: ['info', 'Waiting for the store', 'The store has not sent its keys yet.'],
      exchanging: ['info', 'Waiting for the store', 'The store sent its keys, and tokens are being fetched.'],
      done: ['ok', 'Linked', `'${account.name}' is linked${who === null ? '' : ` as ${who}`}.`],
      failed: ['bad', 'Not linked', push.outcome ?? ''],
      unknown: ['bad', 'Not linked', push.outcome ?? ''],
      replaced: ['bad', 'Not linked', 'A newer address took the place of this one.'],
    } as const;
    const [kind, title, text] = isExpired
      ? (['bad', 'Not linked', 'The address has expired.'] as const)
      : words[push.state];
    const next = {
      info: 'Activate the integration in the store, then load this page again.',
      ok: 'You can close this page.',
      bad: 'Make a new address on the card of the account, and enter it in the store.',
    }[kind];
    const back = backToStore(visit, ownHostsOf(opened.provider, opened.params));
    return {
      view: 'connections/link-outcome',
      model: { title, kind, text, next, href: back, action: 'Back to the store' },
    };
  } catch (error) {
    return linkRefusal(error, undefined);
  }
}

/** Where the store wants its owner back: at one of the service's own hosts, or nowhere. */
function backToStore({ query }: Visit, hosts: readonly string[]): string | null {
  const text = query.get('success_call_back') ?? '';
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && hosts.includes(url.host) ? url.href : null;
}
