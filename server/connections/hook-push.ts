/** The address at which a remote site hands over its keys: a bare form, without cookies. */
import { HubError } from '../errors.ts';
import type { HookCall, HookRoute } from '../http/route.ts';
import type { LinkDeps } from './link.ts';
import { takePush } from './push.ts';

/** Four short fields. */
const maxBodyBytes = 16 * 1024;

export function pushHooks(deps: LinkDeps): HookRoute[] {
  return [{ method: 'POST', path: '/hooks/push/:code', maxBodyBytes, handle: (call) => take(deps, call) }];
}

async function take(deps: LinkDeps, { params, headers, body }: HookCall) {
  try {
    const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/x-www-form-urlencoded') {
      throw new HubError('bad_request', 'Keys are taken as a form (application/x-www-form-urlencoded).');
    }
    const form = new URLSearchParams(new TextDecoder().decode(body));
    await takePush(deps, { code: params.code ?? '', form });
    return { status: 200, body: 'linked' };
  } catch (error) {
    if (!(error instanceof HubError) || (error.status >= 500 && error.code !== 'remote_failed')) throw error;
    return { status: error.status, body: error.message };
  }
}
