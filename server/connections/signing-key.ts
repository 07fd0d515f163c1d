/** The RSA key that signs for a service, opened for the provider alone. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Knex } from 'knex';
import { type ErrorCode, HubError } from '../errors.ts';
import type { Vault } from '../vault.ts';
import type { ServiceParams, ServiceProvider } from './provider.ts';
import { openPrivateKey } from './sealed.ts';
import { findSigningKey } from './store-service-keys.ts';

/** Opening and reading a key costs more than signing with it. */
const maxOpened = 100;

/** Keys by their row and sealed text: what was sealed anew, or lies in another row, is opened anew. */
const opened = new Map<string, KeyObject>();

/** The params, with the key as `rsa_private_key` where the service signs with one and has one. */
export async function withSigningKey(
  deps: { db: Knex; vault: Vault },
  { id, provider, params }: { id: string; provider: ServiceProvider; params: ServiceParams },
): Promise<ServiceParams> {
  if (!provider.signsWithKeyPair?.(params)) return params;
  const key = await findSigningKey(deps.db, id);
  return key ? { ...params, rsa_private_key: openKey(deps.vault, key) } : params;
}

/** Throws, with the remedy, when the service signs with a key and has none. */
export function requireSigningKey(
  {
    service,
    provider,
    params,
  }: { service: { name: string }; provider: ServiceProvider; params: ServiceParams },
  code: ErrorCode,
): void {
  if (!provider.signsWithKeyPair?.(params) || params.rsa_private_key !== undefined) return;
  const message = `Service '${service.name}' signs with an RSA key and has none yet. An admin can make one on the card of the service, under Keys.`;
  throw new HubError(code, message);
}

function openKey(vault: Vault, key: { id: string; sealedPrivateKey: string }): KeyObject {
  const name = `${key.id} ${key.sealedPrivateKey}`;
  const found = opened.get(name) ?? createPrivateKey(openPrivateKey(vault, key));
  opened.delete(name);
  opened.set(name, found);
  for (const oldest of opened.keys()) {
    if (opened.size <= maxOpened) break;
    opened.delete(oldest);
  }
  return found;
}
