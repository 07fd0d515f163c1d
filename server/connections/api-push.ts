/** The API call that makes a one-time address for a store's keys. */
import { type ApiRoute, apiRoute } from '../http/route.ts';
import type { LinkDeps } from './link.ts';
import { createPushAddress } from './push.ts';

export function pushApi(deps: LinkDeps): ApiRoute[] {
  return [
    apiRoute({
      method: 'POST',
      path: '/connected-accounts/:id/push-address',
      summary: 'Give out an address to which the remote site sends its keys, once, within 60 minutes',
      access: 'admin',
      async handle({ actor, params }) {
        const made = await createPushAddress(deps, actor, params.id ?? '');
        const body = {
          callback_url: made.callbackUrl,
          identity_url: made.identityUrl,
          expires_at: new Date(made.expiresAt).toISOString(),
        };
        return { status: 201, body };
      },
    }),
  ];
}
