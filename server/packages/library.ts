/** The packages that ship with the product: one file each in packages/, read once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJson } from '../json.ts';
import { fromRoot } from '../root.ts';
import { isObject, type JsonObject, own } from './reading.ts';

/** What the remote site asks for when an app is registered there, beside the callback URL. */
export interface RemoteSite {
  site: string;
  url: string;
  name: string;
  description: string;
}

export interface LibraryPackage {
  /** The file's name without `.json`. */
  id: string;
  name: string;
  description: string;
  instructions: string;
  /** What must be at hand before. */
  needs: string[];
  steps: string[];
  /** What is not as one would expect: limits, prices, facts that nobody verified. */
  notes: string[];
  remoteSite: RemoteSite | undefined;
  text: string;
}

/** By id; an id is only ever looked up here, never made into a path. */
export type Library = ReadonlyMap<string, LibraryPackage>;

/** Lies beside the packages and is none: the schema of their format. */
const schemaId = 'schema';

/** Reads every package of the folder, by name. Throws when one has no library entry. */
export function readLibrary(folder: string = fromRoot('packages')): Library {
  const packages = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const id = entry.name.replace(/\.json$/, '');
    const isPackage = entry.isFile() && id !== entry.name && /^[a-z0-9][a-z0-9._-]{0,80}$/.test(id);
    return isPackage && id !== schemaId ? readEntry(id, readFileSync(join(folder, entry.name), 'utf8')) : [];
  });
  packages.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(packages.map((entry) => [entry.id, entry]));
}

/** Packages whose name, description or needs hold every word of `sought`, whatever its case; all for ''. */
export function findInLibrary(library: Library, sought: string): LibraryPackage[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  return [...library.values()].filter(({ name, description, needs }) => {
    const text = [name, description, ...needs].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function readEntry(id: string, text: string): LibraryPackage {
  const value = parseJson(text);
  const library = objectIn(objectIn(value, 'package'), 'library');
  const textIn = (object: JsonObject, key: string): string => {
    const value = own(object, key);
    if (typeof value !== 'string')
      throw new Error(`packages/${id}.json: ${key} is missing in its library entry`);
    return value;
  };
  const site = own(library, 'remote_site');
  return {
    id,
    name: textIn(library, 'name'),
    description: textIn(library, 'description'),
    instructions: textIn(library, 'instructions'),
    needs: textsOf(own(library, 'needs')),
    steps: textsOf(own(library, 'steps')),
    notes: notesOf(value),
    remoteSite: isObject(site)
      ? {
          site: textIn(site, 'site'),
          url: textIn(site, 'url'),
          name: textIn(site, 'name'),
          description: textIn(site, 'description'),
        }
      : undefined,
    text,
  };
}

/** Notes of the package's services. */
function notesOf(value: unknown): string[] {
  const records = isObject(value) ? own(value, 'records') : undefined;
  if (!Array.isArray(records)) return [];
  return records.flatMap((record) => textsOf(own(objectIn(record, 'params'), 'notes')));
}

function objectIn(value: unknown, key: string): JsonObject {
  const inner = isObject(value) ? own(value, key) : undefined;
  return isObject(inner) ? inner : {};
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry: unknown) => typeof entry === 'string') : [];
}
