/** What connections keep under the vault, each bound to its row: services' secrets, credentials, request tokens. */
import { parseJson, writeJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import type { ConnectedAccount } from './account.ts';
import type { LinkFlow } from './link-flow.ts';
import type { Credentials, Grant, Handshake, ServiceParams, ServiceProvider } from './provider.ts';
import { type ConnectedService, secretKeys } from './service.ts';

/** Parameters as they are stored: secrets apart, and `{"set":true}` where they stood. */
export function sealParams(
  vault: Vault,
  id: string,
  provider: ServiceProvider,
  params: ServiceParams,
): { params: ServiceParams; sealedSecrets: string } {
  const shown: Record<string, unknown> = { ...params };
  const secrets: Record<string, unknown> = {};
  for (const key of secretKeys(provider)) {
    if (params[key] === undefined) continue;
    secrets[key] = params[key];
    shown[key] = { set: true };
  }
  return {
    params: shown,
    sealedSecrets: vault.seal(writeJson(secrets), at('connected_services', id, 'sealed_secrets')),
  };
}

/** A service's parameters with their secrets, for the provider only. */
export function openParams(vault: Vault, service: ConnectedService): ServiceParams {
  if (service.sealedSecrets === null) return service.params;
  const text = vault.open(service.sealedSecrets, at('connected_services', service.id, 'sealed_secrets'));
  return { ...service.params, ...openJson<Record<string, unknown>>(text) };
}

export function sealPrivateKey(vault: Vault, keyId: string, pem: string): string {
  return vault.seal(pem, at('service_keys', keyId, 'sealed_private_key'));
}

export function openPrivateKey(vault: Vault, key: { id: string; sealedPrivateKey: string }): string {
  return vault.open(key.sealedPrivateKey, at('service_keys', key.id, 'sealed_private_key'));
}

export function sealCredentials(vault: Vault, accountId: string, credentials: Credentials): string {
  return vault.seal(writeJson(credentials), at('connected_accounts', accountId, 'sealed_credentials'));
}

/** An account's credentials; undefined while it is not linked. */
export function openCredentials(vault: Vault, account: ConnectedAccount): Credentials | undefined {
  if (account.sealedCredentials === null) return undefined;
  return openJson(
    vault.open(account.sealedCredentials, at('connected_accounts', account.id, 'sealed_credentials')),
  );
}

export function sealHandshake(vault: Vault, flowId: string, handshake: Handshake): string {
  return vault.seal(writeJson(handshake), at('link_flows', flowId, 'sealed_request'));
}

export function openHandshake(vault: Vault, flow: LinkFlow): Handshake | undefined {
  if (flow.sealedRequest === null) return undefined;
  return openJson(vault.open(flow.sealedRequest, at('link_flows', flow.id, 'sealed_request')));
}

export function sealGrant(vault: Vault, flowId: string, grant: Grant): string {
  return vault.seal(writeJson(grant), at('link_flows', flowId, 'sealed_grant'));
}

export function openGrant(vault: Vault, flow: LinkFlow): Grant | undefined {
  if (flow.sealedGrant === null) return undefined;
  return openJson(vault.open(flow.sealedGrant, at('link_flows', flow.id, 'sealed_grant')));
}

function at(table: string, id: string, field: string) {
  return { table, id, field };
}

function openJson<T>(text: string): T {
  // The vault opens only what this file sealed for the same row and field, so the text has the type written.
  return parseJson(text) as T;
}
