/** The keys on the card of a service: shown, made, pasted, activated, retired. Admins only. */
import { X509Certificate } from 'node:crypto';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { formText } from './form.ts';
import { admin, formFaults, idOf } from './pages-visit.ts';
import { openParams } from './sealed.ts';
import type { ConnectedService } from './service.ts';
import { type KeyState, keySizes, type ServiceKey, stateOf } from './service-key.ts';
import {
  activateKeyOfService,
  makeServiceKey,
  pasteServiceKey,
  retireKeyOfService,
  type ServiceKeyDeps,
} from './service-keys.ts';
import { providerOf } from './services.ts';
import { listServiceKeys } from './store-service-keys.ts';

/** What came of a form among the keys, to be shown there. What was pasted is not shown again. */
export interface KeyFailure {
  status: number;
  message: string;
  isOfPasted: boolean;
}

/** `card` shows the service again, with what went wrong. */
export function serviceKeyPages(
  deps: ServiceKeyDeps,
  card: (visit: Visit, failure: KeyFailure) => Promise<PageAnswer>,
): PageRoute[] {
  const base = '/connected-services/:id/keys';
  const press = (
    path: string,
    work: (visit: Visit, me: Parameters<typeof makeServiceKey>[1]) => Promise<string>,
  ) =>
    admin('POST', path, async (visit, me) => {
      try {
        const notice = await work(visit, me);
        return { redirect: `/connected-services/${idOf(visit)}#keys`, notice };
      } catch (error) {
        const { status, message, faults } = formFaults(error);
        const ofPasted = faults.find(({ path: at }) => at === '/private_key');
        return card(visit, { status, message: ofPasted?.message ?? message, isOfPasted: Boolean(ofPasted) });
      }
    });
  const keyOf = (visit: Visit) => ({ service: idOf(visit), key: visit.params.key ?? '' });
  return [
    press(base, async (visit, me) => {
      const bits = keySizes.find((size) => String(size) === formText(visit.form, 'bits')) ?? keySizes[0];
      await makeServiceKey(deps, me, { service: idOf(visit), bits });
      return 'The key was made. Register its public half at the remote site.';
    }),
    press(`${base}/pasted`, async (visit, me) => {
      const privateKey = formText(visit.form, 'private_key');
      await pasteServiceKey(deps, me, { service: idOf(visit), privateKey });
      return 'The key was stored.';
    }),
    press(`${base}/:key/activate`, async (visit, me) => {
      await activateKeyOfService(deps, me, keyOf(visit));
      return 'Requests are signed with this key now. The other one can be retired.';
    }),
    press(`${base}/:key/retire`, async (visit, me) => {
      await retireKeyOfService(deps, me, keyOf(visit));
      return 'The key was deleted. Take its public half off the remote site, too.';
    }),
  ];
}

/** What the card shows of keys; null for a service that neither needs nor has one. */
export async function keysModel(deps: ServiceKeyDeps, service: ConnectedService, failure?: KeyFailure) {
  const keys = await listServiceKeys(deps.db, service.id);
  const isNeeded = deps.providers.has(service.extensionId) && signsWithKeyPair(deps, service);
  if (!isNeeded && keys.length === 0) return null;
  return {
    isMissing: isNeeded && !keys.some((key) => stateOf(key, keys) === 'active'),
    isFull: keys.length > 1,
    isFirst: keys.length === 0,
    list: keys.map((key) => keyModel(key, keys, isNeeded)),
    sizes: keySizes.map((size) => ({
      value: String(size),
      label: `${size} bits`,
      selected: size === keySizes[0],
    })),
    failure: failure && !failure.isOfPasted ? failure.message : null,
    pasteError: failure?.isOfPasted ? failure.message : null,
  };
}

function signsWithKeyPair(deps: ServiceKeyDeps, service: ConnectedService): boolean {
  const provider = providerOf(deps.providers, service);
  return provider.signsWithKeyPair?.(openParams(deps.vault, service)) ?? false;
}

const stateWords: Readonly<Record<KeyState, { text: string; badge: string }>> = {
  active: { text: 'Signs', badge: 'ok' },
  next: { text: 'Next', badge: 'info' },
  old: { text: 'Old', badge: 'warn' },
};

function keyModel(key: ServiceKey, keys: readonly ServiceKey[], isNeeded: boolean) {
  const state = stateOf(key, keys);
  return {
    id: key.id,
    name: key.fingerprint.slice(0, 8),
    ...stateWords[state],
    bits: key.bits,
    isPasted: key.isPasted,
    createdAt: key.createdAt,
    fingerprint: key.fingerprint,
    publicKey: key.publicKey,
    certificate: key.certificate,
    isOpen: state !== 'old',
    certificateEndsAt: Date.parse(new X509Certificate(key.certificate).validTo),
    mayActivate: state !== 'active',
    mayRetire: state !== 'active' || !isNeeded,
  };
}
