/** Ending a consent by a signed call to the service's revoke address. Pure but for what it is handed to send with. */
import type { RevokeStep, ServiceParams } from '../provider.ts';
import { isPlainObject } from '../reading.ts';
import { signerOf } from './account-keys.ts';
import { readProblem } from './problem.ts';
import { textsOf } from './service.ts';
import { signOutbound } from './sign-outbound.ts';
import { stepRequest } from './step-request.ts';

/** POST unless the record says otherwise; any 2xx is a success. Undefined where the record has no address. */
export function revokeStep(params: ServiceParams): RevokeStep | undefined {
  const spec = params.revoke;
  if (!isPlainObject(spec) || typeof spec.url !== 'string') return undefined;
  const method = typeof spec.method === 'string' && spec.method !== '' ? spec.method : 'POST';
  const request = stepRequest(method, spec.url, textsOf(spec.params));
  return async (credentials, { nonce, timestamp, send }) => {
    const { service, token } = signerOf(params, credentials);
    const answer = await send(signOutbound(service, request, token ?? null, { nonce, timestamp }));
    if (answer.status >= 200 && answer.status < 300) return { ok: true };
    const { problem } = readProblem(answer, [service.consumerKey, ...Object.values(credentials)]);
    return { ok: false, problem };
  };
}
