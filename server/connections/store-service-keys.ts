/** Rows of service_keys. */
import type { Knex } from 'knex';
import type { ServiceKey } from './service-key.ts';

interface KeyRow {
  id: string;
  service_id: string;
  slot: number;
  bits: number;
  fingerprint: string;
  public_key: string;
  certificate: string;
  sealed_private_key: string;
  is_pasted: number;
  created_at: number;
  activated_at: number | null;
}

/** At most two, the one made first in front. */
export async function listServiceKeys(db: Knex, serviceId: string): Promise<ServiceKey[]> {
  const rows = await db<KeyRow>('service_keys')
    .where({ service_id: serviceId })
    .orderBy(['created_at', 'id']);
  return rows.map(fromRow);
}

/** The sealed private key that signs; undefined while the service has none. */
export async function findSigningKey(
  db: Knex,
  serviceId: string,
): Promise<Pick<ServiceKey, 'id' | 'sealedPrivateKey'> | undefined> {
  const row = await db<KeyRow>('service_keys')
    .where({ service_id: serviceId })
    .whereNotNull('activated_at')
    .orderBy('activated_at', 'desc')
    .select('id', 'sealed_private_key')
    .first();
  return row && { id: row.id, sealedPrivateKey: row.sealed_private_key };
}

/** Throws the database's own error when the slot is taken. */
export async function insertServiceKey(db: Knex, key: ServiceKey): Promise<void> {
  await db<KeyRow>('service_keys').insert({
    id: key.id,
    service_id: key.serviceId,
    slot: key.slot,
    bits: key.bits,
    fingerprint: key.fingerprint,
    public_key: key.publicKey,
    certificate: key.certificate,
    sealed_private_key: key.sealedPrivateKey,
    is_pasted: key.isPasted ? 1 : 0,
    created_at: key.createdAt,
    activated_at: key.activatedAt,
  });
}

/** Makes the key the one that signs; false when it was retired or activated since it was read. */
export async function activateServiceKey(db: Knex, key: ServiceKey, at: number): Promise<boolean> {
  const { id, activatedAt: activated_at } = key;
  return (await db<KeyRow>('service_keys').where({ id, activated_at }).update({ activated_at: at })) === 1;
}

/** False when it was retired or activated since it was read. */
export async function deleteServiceKey(db: Knex, key: ServiceKey): Promise<boolean> {
  const { id, activatedAt: activated_at } = key;
  return (await db<KeyRow>('service_keys').where({ id, activated_at }).delete()) === 1;
}

function fromRow(row: KeyRow): ServiceKey {
  return {
    id: row.id,
    serviceId: row.service_id,
    slot: Number(row.slot),
    bits: Number(row.bits),
    fingerprint: row.fingerprint,
    publicKey: row.public_key,
    certificate: row.certificate,
    sealedPrivateKey: row.sealed_private_key,
    isPasted: Number(row.is_pasted) === 1,
    createdAt: Number(row.created_at),
    activatedAt: row.activated_at === null ? null : Number(row.activated_at),
  };
}
