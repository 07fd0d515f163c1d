/** Providers that sign people in to Cerb: their services are stored whole, and sign no request. Pure. */
import { HubError } from '../errors.ts';
import { digitsOf } from '../json.ts';
import { checkParams } from './field-checks.ts';
import type { ServiceParams, ServiceProvider } from './provider.ts';

/** A provider without accounts. Parameters that begin with `otherPrefix` are stored beside the fields. */
export function signInOnly(
  about: Pick<ServiceProvider, 'id' | 'title' | 'serviceFields'> & { otherPrefix?: string },
): ServiceProvider {
  const { id, title, serviceFields, otherPrefix } = about;
  const whyNotForRequests = `${title} signs people in and signs no requests, so its services have no accounts.`;
  const isOther = (key: string) => otherPrefix !== undefined && key.startsWith(otherPrefix);
  return {
    id,
    title,
    serviceFields,
    accountFields: [],
    whyNotForRequests,
    checkService: (params) => ({
      faults: checkParams(inWords(params, isOther), serviceFields, title),
      warnings: [{ path: '', message: `${whyNotForRequests} Its settings are kept` }],
    }),
    checkAccount: (credentials) => ({
      faults: Object.keys(credentials).length === 0 ? [] : [{ path: '', message: whyNotForRequests }],
    }),
    isLinkedByConsent: () => false,
    hosts: () => [],
    authorize() {
      throw new HubError('request_refused', whyNotForRequests);
    },
    secrets: () => [],
  };
}

/** Packages write a port as a number or as text; neither is a fault. */
function inWords(params: ServiceParams, isOther: (key: string) => boolean): ServiceParams {
  return Object.fromEntries(
    Object.entries(params).flatMap(([key, value]) => (isOther(key) ? [] : [[key, digitsOf(value) ?? value]])),
  );
}
