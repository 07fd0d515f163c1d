/** Where the package lies on disk: its root holds views/ and packages/, beside server/ or dist/server/. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of a file or folder that ships with the product, such as `fromRoot('views')`. */
export function fromRoot(...parts: string[]): string {
  return join(root, ...parts);
}

const root = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json of countersign was not found above its own code');
  return findRoot(parent);
}
