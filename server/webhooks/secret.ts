/** The secret of a listener's check, sealed and open. */
import type { Vault } from '../vault.ts';

function place(id: string) {
  return { table: 'webhook_listeners', id, field: 'sealed_secret' };
}

export function sealSecret(vault: Vault, listenerId: string, secret: string): string {
  return vault.seal(secret, place(listenerId));
}

/** Undefined where there is none. */
export function openSecret(
  vault: Vault,
  { id, sealedSecret }: { id: string; sealedSecret: string | null },
): string | undefined {
  return sealedSecret === null ? undefined : vault.open(sealedSecret, place(id));
}
