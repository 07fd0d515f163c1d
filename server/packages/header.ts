/** The header of a package: its name, what it requires, what it asks and what it makes up. Pure. */

import type { PackageFault } from './package-text.ts';
import { isObject, type JsonObject, own, textOf } from './reading.ts';
import type { Remark } from './record-type.ts';
import { compareVersions, coveredCerbVersion, coveredPlugins } from './version.ts';

/** A question that the importing person answers. */
export interface Prompt {
  key: string;
  type: 'text' | 'picklist' | 'chooser';
  label: string;
  /** As written in the package. */
  params: JsonObject;
  /** Takes any number of answers, at least one: a picklist with `multiple`, a chooser without `single`. */
  isMultiple: boolean;
  /** The name looks like a secret's: asked in a password field. */
  secret: boolean;
  path: string;
}

/** A value made up at import: `length` random characters. */
export interface RandomPlaceholder {
  key: string;
  length: number;
}

export interface PackageHeader {
  name: string;
  revision: string | null;
  prompts: Prompt[];
  placeholders: RandomPlaceholder[];
}

/** Where findings are gathered; what stands in `faults` keeps the package from being imported at all. */
export interface Findings {
  faults: PackageFault[];
  unsupported: Remark[];
  warnings: Remark[];
}

const headerKeys = ['name', 'revision', 'requires', 'library', 'configure', 'cerb_version'];

/** Reads the value of `package`. With `skips` a plugin that is not here keeps nothing from being imported. */
export function readHeader(
  header: JsonObject,
  found: Findings,
  { skips }: { skips: boolean },
): PackageHeader {
  checkRequires(own(header, 'requires'), found, skips);
  const configure = objectAt(own(header, 'configure'), '/package/configure', found);
  for (const key of Object.keys(header)) {
    const value = header[key];
    if (headerKeys.includes(key) || (Array.isArray(value) && value.length === 0)) continue;
    found.warnings.push({ path: `/package/${key}`, message: `'${key}' in the header means nothing here.` });
  }
  const library = own(header, 'library');
  const name = textOf(own(header, 'name')) ?? (isObject(library) ? textOf(own(library, 'name')) : undefined);
  if (name !== undefined && Buffer.byteLength(name) > 255) {
    found.faults.push({ path: '/package/name', message: 'The name may have at most 255 bytes.' });
  }
  return {
    name: name?.trim() || 'Unnamed package',
    revision: textOf(own(header, 'revision'))?.slice(0, 255) ?? null,
    prompts: readPrompts(own(configure, 'prompts'), found),
    placeholders: readPlaceholders(own(configure, 'placeholders'), found),
  };
}

function checkRequires(value: unknown, found: Findings, skips: boolean): void {
  const requires = objectAt(value, '/package/requires', found);
  const version = textOf(own(requires, 'cerb_version'));
  if (version !== undefined && compareVersions(version, coveredCerbVersion) > 0) {
    found.faults.push({
      path: '/package/requires/cerb_version',
      message: `The package requires Cerb ${version}; packages for Cerb up to ${coveredCerbVersion} are covered.`,
    });
  }
  for (const [plugin, path] of listAt(own(requires, 'plugins'), '/package/requires/plugins', found)) {
    if (typeof plugin === 'string' && coveredPlugins.includes(plugin)) continue;
    const message = `The package requires the plugin ${JSON.stringify(plugin)}, which has no counterpart here.`;
    if (skips) found.unsupported.push({ path, message });
    else found.faults.push({ path, message, offer: 'supported part' });
  }
}

function readPrompts(value: unknown, found: Findings): Prompt[] {
  const keys = new Set<string>();
  return listAt(value, '/package/configure/prompts', found).flatMap(([prompt, path]) => {
    const key = readKey(prompt, path, 'prompt', keys, found);
    if (key === undefined || !isObject(prompt)) return [];
    const type = own(prompt, 'type');
    if (type !== 'text' && type !== 'picklist' && type !== 'chooser') {
      const message = `The prompt '${key}' has the type ${JSON.stringify(type) ?? 'nothing'}; known are text, picklist and chooser.`;
      found.faults.push({ path: `${path}/type`, message });
      return [];
    }
    const params = objectAt(own(prompt, 'params'), `${path}/params`, found);
    if (type === 'picklist' && picklistOptions(params).length === 0) {
      const message = `The picklist '${key}' has no options.`;
      found.faults.push({ path: `${path}/params`, message });
    }
    if (type === 'chooser' && textOf(own(params, 'context')) === undefined) {
      const message = `The chooser '${key}' does not say which type of record (context) it takes.`;
      found.faults.push({ path: `${path}/params`, message });
    }
    const label = (textOf(own(prompt, 'label')) ?? '').trim().replace(/:$/, '') || key;
    const isMultiple = type !== 'text' && takesMany(type, params);
    const secret = type === 'text' && looksSecret(key, label);
    return [{ key, type, label, params, isMultiple, secret, path }];
  });
}

function takesMany(type: 'picklist' | 'chooser', params: JsonObject): boolean {
  const flag = own(params, type === 'picklist' ? 'multiple' : 'single');
  const isSet = flag === true || flag === 1 || flag === '1' || flag === 'true';
  return type === 'picklist' ? isSet : !isSet;
}

/** The choices of a picklist; options are a list of values, or an object of labels and values. */
export function picklistOptions(params: JsonObject): { label: string; value: string }[] {
  const options = own(params, 'options');
  const pairs = Array.isArray(options)
    ? options.map((option: unknown) => [option, option])
    : isObject(options)
      ? Object.entries(options)
      : [];
  return pairs.flatMap(([label, value]) => {
    const [labelText, valueText] = [textOf(label), textOf(value)];
    return labelText === undefined || valueText === undefined ? [] : { label: labelText, value: valueText };
  });
}

function readPlaceholders(value: unknown, found: Findings): RandomPlaceholder[] {
  const keys = new Set<string>();
  return listAt(value, '/package/configure/placeholders', found).flatMap(([placeholder, path]) => {
    const key = readKey(placeholder, path, 'placeholder', keys, found);
    if (key === undefined || !isObject(placeholder)) return [];
    const type = own(placeholder, 'type');
    if (type !== 'random') {
      const message = `The placeholder '${key}' is made by ${JSON.stringify(type) ?? 'nothing'}; only random values are made here.`;
      found.unsupported.push({ path, message });
      return [];
    }
    const params = objectAt(own(placeholder, 'params'), `${path}/params`, found);
    const length = Number(textOf(own(params, 'length')) ?? 8);
    if (!Number.isInteger(length) || length < 1 || length > 1024) {
      const message = `The placeholder '${key}' needs a length from 1 to 1024.`;
      found.faults.push({ path: `${path}/params/length`, message });
      return [];
    }
    return [{ key, length }];
  });
}

/** Keys are names in templates; `uid` and `default` are taken there. */
function readKey(
  value: unknown,
  path: string,
  kind: string,
  known: Set<string>,
  found: Findings,
): string | undefined {
  const key = isObject(value) ? own(value, 'key') : undefined;
  if (typeof key !== 'string' || key === '') {
    found.faults.push({ path, message: `This ${kind} has no key.` });
    return undefined;
  }
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(key) || ['uid', 'default', '__proto__'].includes(key)) {
    const message = `'${key}' cannot be a ${kind}'s key: letters, digits and underscores, and not 'uid' or 'default'.`;
    found.faults.push({ path: `${path}/key`, message });
    return undefined;
  }
  if (known.has(key)) {
    found.faults.push({ path: `${path}/key`, message: `The ${kind} key '${key}' is used twice.` });
    return undefined;
  }
  known.add(key);
  return key;
}

function looksSecret(key: string, label: string): boolean {
  const words = `${key} ${label}`.toLowerCase().split(/[^a-z]+/);
  if (words.includes('url') || words.includes('uri')) return false;
  return words.some((word) =>
    /^(\w*secret|\w*token|pass(word|phrase|wd)?|(api)?key|credentials?)$/.test(word),
  );
}

/** An object, or an empty one; what is neither absent nor an object (nor PHP's empty list) is a fault. */
export function objectAt(value: unknown, path: string, found: Pick<Findings, 'faults'>): JsonObject {
  if (isObject(value)) return value;
  const isAbsent = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (!isAbsent) found.faults.push({ path, message: 'An object must stand here.' });
  return {};
}

/** The entries of a list, each with its pointer; absence is an empty list. */
export function listAt(value: unknown, path: string, found: Pick<Findings, 'faults'>): [unknown, string][] {
  if (Array.isArray(value)) return value.map((entry: unknown, index) => [entry, `${path}/${index}`]);
  if (value !== undefined && value !== null) {
    found.faults.push({ path, message: 'A list must stand here.' });
  }
  return [];
}
