/** What a store sends when its owner activates the app there (Magento 2): reading it, and what it is good for. Pure. */
import { HubError } from '../../errors.ts';
import type { PushSteps, ServiceParams } from '../provider.ts';
import { parseEndpoint } from './check.ts';
import { isPushed } from './service.ts';

export const pushSteps: PushSteps = {
  isPushed,

  read(form, params) {
    const one = (name: string): string => {
      const [value = '', ...more] = form.getAll(name);
      if (more.length === 0 && /^[\x21-\x7e]{1,512}$/.test(value)) return value;
      throw new HubError('bad_request', `The form holds no single ${name} that can be used.`);
    };
    const consumer = { client_id: one('oauth_consumer_key'), client_secret: one('oauth_consumer_secret') };
    const verifier = one('oauth_verifier');
    refuseOtherStore(one('store_base_url'), params);
    return { consumer, verifier };
  },
};

/** The keys are used at the service's own addresses only, so a store elsewhere has come to the wrong place. */
function refuseOtherStore(storeUrl: string, params: ServiceParams): void {
  const own = [params.request_token_url, params.access_token_url].map((url) => parseEndpoint(url)?.origin);
  const origin = parseEndpoint(storeUrl)?.origin;
  if (origin !== undefined && own.every((other) => other === origin)) return;
  throw new HubError(
    'host_not_allowed',
    "store_base_url is not the store of this service: it differs from the host of the service's token URLs.",
  );
}
