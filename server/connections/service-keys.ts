/** Keeping the RSA key pairs of a service: make, paste, activate, retire. Admins only. No verb answers a private key. */
import { generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { isDuplicate } from '../db/transaction.ts';
import { HubError } from '../errors.ts';
import type { Actor } from '../people/actor.ts';
import { writeCertificate } from './certificate.ts';
import { openParams, sealPrivateKey } from './sealed.ts';
import { activeKeyOf, publicFactsOf, readPastedKey, type ServiceKey, stateOf } from './service-key.ts';
import { getService, providerOf, requireAdmin, type ServiceDeps } from './services.ts';
import {
  activateServiceKey,
  deleteServiceKey,
  insertServiceKey,
  listServiceKeys,
} from './store-service-keys.ts';

export interface ServiceKeyDeps extends ServiceDeps {
  randomBytes(size: number): Uint8Array;
}

/** A key beside the others of its service. */
export interface KeyAmong {
  key: ServiceKey;
  keys: readonly ServiceKey[];
}

const yearMs = 365.25 * 24 * 60 * 60 * 1000;
/** Longer than a key should be used; remote sites that look at it should not be what ends its life. */
const certificateYears = 10;

/** At most two. */
export async function listKeysOfService(
  deps: ServiceKeyDeps,
  actor: Actor,
  ref: string,
): Promise<readonly ServiceKey[]> {
  requireAdmin(actor);
  return listServiceKeys(deps.db, (await getService(deps.db, ref)).id);
}

/** Makes a key pair. The first of a service signs at once, a second waits to be activated. Throws `conflict`. */
export async function makeServiceKey(
  deps: ServiceKeyDeps,
  actor: Actor,
  input: { service: string; bits: number },
): Promise<KeyAmong> {
  requireAdmin(actor);
  const { id } = await getService(deps.db, input.service);
  freeSlot(await listServiceKeys(deps.db, id));
  const pair = await promisify(generateKeyPair)('rsa', { modulusLength: input.bits });
  return addKey(deps, id, pair.privateKey, { isPasted: false });
}

/** Takes the private key that a remote site gave. Throws `bad_request` with the fault, or `conflict`. */
export async function pasteServiceKey(
  deps: ServiceKeyDeps,
  actor: Actor,
  input: { service: string; privateKey: string },
): Promise<KeyAmong> {
  requireAdmin(actor);
  const { id } = await getService(deps.db, input.service);
  const reading = readPastedKey(input.privateKey);
  if ('fault' in reading) {
    const faults = [{ path: '/private_key', message: reading.fault }];
    throw new HubError('bad_request', `/private_key: ${reading.fault}`, { extra: { faults } });
  }
  return addKey(deps, id, reading.key, { isPasted: true });
}

/** From now on this key signs; the one before stays until it is retired. Throws `not_found` or `conflict`. */
export async function activateKeyOfService(
  deps: ServiceKeyDeps,
  actor: Actor,
  input: { service: string; key: string },
): Promise<KeyAmong> {
  requireAdmin(actor);
  const { key, keys } = await getKey(deps, input);
  const active = activeKeyOf(keys);
  if (active?.id === key.id) return { key, keys };
  const at = Math.max(deps.now(), (active?.activatedAt ?? 0) + 1);
  if (!(await activateServiceKey(deps.db, key, at))) throw changedMeanwhile();
  return getKey(deps, input);
}

/** Deletes a key for good. Throws `conflict` for the one that signs. */
export async function retireKeyOfService(
  deps: ServiceKeyDeps,
  actor: Actor,
  input: { service: string; key: string },
): Promise<void> {
  requireAdmin(actor);
  const service = await getService(deps.db, input.service);
  const { key, keys } = await getKey(deps, input);
  const isNeeded = providerOf(deps.providers, service).signsWithKeyPair?.(openParams(deps.vault, service));
  if (isNeeded && stateOf(key, keys) === 'active') {
    const message = `'${service.name}' signs with this key. Make another, register it there, and sign with that one first.`;
    throw new HubError('conflict', message);
  }
  if (!(await deleteServiceKey(deps.db, key))) throw changedMeanwhile();
}

async function addKey(
  deps: ServiceKeyDeps,
  serviceId: string,
  privateKey: KeyObject,
  { isPasted }: { isPasted: boolean },
): Promise<KeyAmong> {
  const service = await getService(deps.db, serviceId);
  const others = await listServiceKeys(deps.db, serviceId);
  const { spki, ...facts } = publicFactsOf(privateKey);
  if (others.some(({ fingerprint }) => fingerprint === facts.fingerprint)) {
    throw new HubError('conflict', `'${service.name}' has this key already.`);
  }
  const id = deps.newId();
  const now = deps.now();
  const certificate = writeCertificate(
    {
      spki,
      name: `Countersign ${service.name}`,
      serial: deps.randomBytes(16),
      notBefore: now,
      notAfter: now + certificateYears * yearMs,
    },
    privateKey,
  );
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const key: ServiceKey = {
    ...facts,
    id,
    serviceId,
    slot: freeSlot(others),
    certificate,
    sealedPrivateKey: sealPrivateKey(deps.vault, id, pem),
    isPasted,
    createdAt: now,
    activatedAt: activeKeyOf(others) ? null : now,
  };
  try {
    await insertServiceKey(deps.db, key);
  } catch (error) {
    if (isDuplicate(error)) throw changedMeanwhile();
    throw error;
  }
  return { key, keys: [...others, key] };
}

async function getKey(deps: ServiceKeyDeps, input: { service: string; key: string }): Promise<KeyAmong> {
  const { id } = await getService(deps.db, input.service);
  const keys = await listServiceKeys(deps.db, id);
  const key = keys.find((candidate) => candidate.id === input.key);
  if (!key) throw new HubError('not_found', 'The service has no such key; it may have been retired.');
  return { key, keys };
}

function freeSlot(keys: readonly ServiceKey[]): number {
  const slot = [1, 2].find((number) => keys.every((key) => key.slot !== number));
  if (slot !== undefined) return slot;
  throw new HubError('conflict', 'A service has two keys at most. Retire the one that does not sign first.');
}

function changedMeanwhile(): HubError {
  return new HubError('conflict', 'The keys were changed meanwhile. Look at them again.');
}
