/** Seals secrets: AES-256-GCM under a named key, bound to the place where the sealed text is kept. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Where a sealed value lives. Moved to another row, field or table it does not open. */
export interface SealContext {
  table: string;
  id: string;
  field: string;
}

export interface Vault {
  /** `v1:KEYID:BASE64(iv ‖ tag ‖ ciphertext)`; sealing the same text twice gives different results. */
  seal(text: string, context: SealContext): string;
  /** Throws VaultError when the value was changed or moved, or when its key is not here. */
  open(sealed: string, context: SealContext): string;
  /** Id of the key that seals now. */
  activeKeyId: string;
}

export interface VaultKey {
  id: string;
  /** 32 bytes. */
  secret: Uint8Array;
}

/** Says which key or place is wrong; never holds sealed or open text. */
export class VaultError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'VaultError';
  }
}

/** A vault that seals with the first key and opens with any of them. */
export function createVault(
  keys: readonly [VaultKey, ...VaultKey[]],
  random: (size: number) => Uint8Array = randomBytes,
): Vault {
  const byId = new Map(keys.map((key) => [key.id, key.secret]));
  const [active] = keys;
  return {
    activeKeyId: active.id,
    seal(text, context) {
      const iv = random(12);
      const cipher = createCipheriv('aes-256-gcm', active.secret, iv).setAAD(bind(active.id, context));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `v1:${active.id}:${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
    },
    open(sealed, context) {
      const [version, keyId = '', data = ''] = sealed.split(':');
      if (version !== 'v1') throw new VaultError(`A sealed value of ${place(context)} has an unknown form`);
      const secret = byId.get(keyId);
      if (!secret) throw new VaultError(`The key ${keyId} that sealed ${place(context)} is missing`);
      const bytes = Buffer.from(data, 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12), { authTagLength: 16 })
          .setAAD(bind(keyId, context))
          .setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      } catch {
        throw new VaultError(
          `The sealed value of ${place(context)} was changed or moved, or its key ${keyId} is another`,
        );
      }
    },
  };
}

function bind(keyId: string, { table, id, field }: SealContext): Buffer {
  return Buffer.from(JSON.stringify(['v1', keyId, table, id, field]), 'utf8');
}

function place({ table, id, field }: SealContext): string {
  return `${table}.${field} ${id}`;
}
