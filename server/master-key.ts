/** The master key, from the environment or from its file in the data folder. */
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { VaultKey } from './vault.ts';

/** Says which key id is missing and where it is looked for; holds no key. */
export class KeyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyError';
  }
}

/** Names a master key without telling it. */
export function masterKeyId(secret: Uint8Array): string {
  return `m${createHash('sha256').update('countersign master key id').update(secret).digest('hex').slice(0, 12)}`;
}

/** Where the key is looked for, in words for messages. */
export function masterKeySource(config: Pick<Config, 'masterKey' | 'dataFolder'>): string {
  return config.masterKey ? 'COUNTERSIGN_MASTER_KEY' : keyFile(config);
}

/**
 * The master key of the settings, or of the file. `wanted` is the id of the one that the database was sealed under;
 * only while there is none is a missing file made.
 */
export function findMasterKey(
  config: Pick<Config, 'masterKey' | 'dataFolder'>,
  wanted: string | undefined,
): VaultKey {
  const secret = config.masterKey ?? readKeyFile(keyFile(config), wanted) ?? makeKeyFile(config);
  return { id: masterKeyId(secret), secret };
}

function keyFile({ dataFolder }: Pick<Config, 'dataFolder'>): string {
  return join(dataFolder, 'master.key');
}

/** Undefined when there is no file and none is wanted. */
function readKeyFile(file: string, wanted: string | undefined): Uint8Array | undefined {
  const remedy = wanted === undefined ? '' : ` The database needs the master key ${wanted}.`;
  let text: string;
  try {
    // Where files have no owner and group, their mode says nothing.
    if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
      throw new KeyError(
        `The master key in ${file} can be read by other users of this machine. Run: chmod 600 ${file}`,
      );
    }
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof KeyError) throw error;
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing) throw new KeyError(`The file ${file} cannot be read.${remedy}`);
    if (wanted === undefined) return undefined;
    throw new KeyError(
      `The master key ${wanted} is missing: set COUNTERSIGN_MASTER_KEY, or put its file back at ${file}. No new one is made, because the database holds values sealed under it.`,
    );
  }
  const secret = Buffer.from(text, 'base64');
  if (secret.length === 32 && /^[A-Za-z0-9+/]{43}=?$/.test(text)) return secret;
  throw new KeyError(`The file ${file} does not hold 32 bytes in base64; put the right one back.${remedy}`);
}

/** Whole or not at all, and on the disk before anything is sealed; of two processes the first one's counts. */
function makeKeyFile(config: Pick<Config, 'dataFolder'>): Uint8Array {
  const file = keyFile(config);
  mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  const handle = openSync(draft, 'wx', 0o600);
  writeSync(handle, `${randomBytes(32).toString('base64')}\n`);
  fsyncSync(handle);
  closeSync(handle);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  const secret = readKeyFile(file, undefined);
  if (!secret) throw new KeyError(`The file ${file} was removed while it was made. Start again.`);
  return secret;
}
