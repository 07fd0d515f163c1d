/** What a package is made of: JSON to its header and records, or every fault with its pointer. Pure. */
import { type Findings, listAt, objectAt, type PackageHeader, readHeader } from './header.ts';
import type { PackageFault } from './package-text.ts';
import { pointerTo } from './positions.ts';
import { isObject, type JsonObject, own } from './reading.ts';
import type { Remark } from './record-type.ts';

/** One record as the package writes it, templates not rendered. Bots and their behaviors are records of their own. */
export interface PackageItem {
  uid: string;
  /** As written: a full id or another name of the record type. */
  context: string;
  fields: JsonObject;
  path: string;
  /** Template that drops the item, and what stands below it, when it renders to something true. */
  exclude?: string;
  /** Uid of the bot a behavior stands in. */
  botUid?: string;
}

export interface ParsedPackage extends PackageHeader {
  items: PackageItem[];
  /** Nodes to add to behaviors. */
  nodes: PackageItem[];
  unsupported: Remark[];
  warnings: Remark[];
}

/** Cerb's sections that hold what cannot be stored here. */
const foreignSections: Readonly<Record<string, string>> = {
  calendars: 'Calendars',
  classifiers: 'Classifiers',
  custom_fieldsets: 'Custom fieldsets',
  events: 'Automation events',
  portals: 'Portals',
  project_boards: 'Project boards',
  saved_searches: 'Saved searches',
  toolbars: 'Toolbars',
  worker_preferences: "Workers' preferences",
  workspaces: 'Workspaces',
};

/** `$schema` is for editors. */
const ownSections = ['$schema', 'package', 'records', 'bots', 'behaviors', 'behavior_nodes', 'settings'];

/** Whose settings are ours; the other keys of the section are plugins of Cerb. */
const ownSettings = 'countersign';

/** Reads a package's JSON value; `skips` as for readHeader. */
export function parsePackage(
  value: unknown,
  { skips }: { skips: boolean } = { skips: false },
): { ok: true; package: ParsedPackage } | { ok: false; faults: PackageFault[] } {
  if (!isObject(value)) return refuse('', 'A package is a JSON object.');
  const header = own(value, 'package');
  if (header === undefined) return refuse('', "This is not a package: the key 'package' is missing.");
  if (!isObject(header)) return refuse('/package', "'package' must be an object.");
  const found: Findings = { faults: [], unsupported: [], warnings: [] };
  const head = readHeader(header, found, { skips });
  const items = [
    ...listAt(own(value, 'records'), '/records', found).flatMap(([item, path]) =>
      readRecord(item, path, found),
    ),
    ...listAt(own(value, 'bots'), '/bots', found).flatMap(([item, path]) => readBot(item, path, found)),
    ...listAt(own(value, 'behaviors'), '/behaviors', found).flatMap(([item, path]) =>
      readBehavior(item, path, ['bot_id'], found),
    ),
    ...readSettings(own(value, 'settings'), found),
  ];
  const nodes = listAt(own(value, 'behavior_nodes'), '/behavior_nodes', found).flatMap(([item, path]) =>
    readItem(item, path, 'behavior node', ['uid', 'behavior_id', 'title', 'type'], found).flatMap((fields) =>
      toItem(fields, 'behavior', path, found),
    ),
  );
  noteForeignSections(value, found);
  checkUids([...items, ...nodes], found);
  if (found.faults.length > 0) return { ok: false, faults: found.faults };
  return {
    ok: true,
    package: { ...head, items, nodes, unsupported: found.unsupported, warnings: found.warnings },
  };
}

function refuse(path: string, message: string): { ok: false; faults: Remark[] } {
  return { ok: false, faults: [{ path, message }] };
}

function readRecord(item: unknown, path: string, found: Findings): PackageItem[] {
  return readItem(item, path, 'record', ['uid', '_context'], found).flatMap((fields) => {
    const context = fields._context;
    if (typeof context === 'string') return toItem(fields, context, path, found);
    found.faults.push({ path: `${path}/_context`, message: 'A record type must stand here as text.' });
    return [];
  });
}

const botKeys = ['uid', 'name', 'owner', 'is_disabled', 'params', 'behaviors'];

function readBot(item: unknown, path: string, found: Findings): PackageItem[] {
  return readItem(item, path, 'bot', botKeys, found).flatMap((fields) => {
    const { behaviors, ...botFields } = fields;
    const bots = toItem(botFields, 'bot', path, found);
    const inside = listAt(behaviors, `${path}/behaviors`, found).flatMap(([behavior, behaviorPath]) =>
      readBehavior(behavior, behaviorPath, [], found),
    );
    const [bot] = bots;
    if (!bot) return inside;
    const inherited = { botUid: bot.uid, ...(bot.exclude === undefined ? {} : { exclude: bot.exclude }) };
    return [bot, ...inside.map((behavior) => ({ ...behavior, ...inherited }))];
  });
}

const behaviorKeys = ['uid', 'title', 'is_disabled', 'is_private', 'priority', 'event', 'nodes'];

function readBehavior(item: unknown, path: string, more: string[], found: Findings): PackageItem[] {
  return readItem(item, path, 'behavior', [...behaviorKeys, ...more], found).flatMap((fields) =>
    toItem(fields, 'behavior', path, found),
  );
}

/** Each setting is a record of its own; those of Cerb's plugins have no place here. */
function readSettings(section: unknown, found: Findings): PackageItem[] {
  return Object.entries(objectAt(section, '/settings', found)).flatMap(([plugin, settings]) => {
    const path = pointerTo(['settings', plugin]);
    return Object.entries(objectAt(settings, path, found)).flatMap(([name, value]): PackageItem[] => {
      const at = path + pointerTo([name]);
      if (plugin === ownSettings) {
        return [{ uid: `setting:${name}`, context: 'setting', fields: { name, value }, path: at }];
      }
      const message = `The setting '${name}' of '${plugin}' has no counterpart here.`;
      found.unsupported.push({ path: at, message });
      return [];
    });
  });
}

function readItem(
  item: unknown,
  path: string,
  kind: string,
  required: readonly string[],
  found: Findings,
): JsonObject[] {
  if (!isObject(item)) {
    found.faults.push({ path, message: `A ${kind} must be an object.` });
    return [];
  }
  const missing = required.filter((key) => !Object.hasOwn(item, key));
  if (missing.length > 0) {
    const name = typeof item.uid === 'string' ? ` '${item.uid}'` : '';
    found.faults.push({ path, message: `The ${kind}${name} lacks ${missing.join(', ')}.` });
    return [];
  }
  return [item];
}

function toItem(item: JsonObject, context: string, path: string, found: Findings): PackageItem[] {
  const { uid, _context: _, _exclude: exclude, ...fields } = item;
  if (typeof uid !== 'string' || !/^[\w.:-]{1,255}$/.test(uid) || uid === '__proto__') {
    const message = 'A uid is text of letters, digits and _ . : -, at most 255 characters.';
    found.faults.push({ path: `${path}/uid`, message });
    return [];
  }
  if (exclude === undefined) return [{ uid, context, fields, path }];
  if (typeof exclude === 'string') return [{ uid, context, fields, path, exclude }];
  found.faults.push({ path: `${path}/_exclude`, message: "'_exclude' must be text." });
  return [];
}

function checkUids(items: readonly PackageItem[], found: Findings): void {
  const first = new Map<string, string>();
  for (const { uid, path } of items) {
    const earlier = first.get(uid);
    if (earlier !== undefined) {
      const message = `The uid '${uid}' was given already to ${earlier}; each record needs its own.`;
      found.faults.push({ path: `${path}/uid`, message });
    } else first.set(uid, path);
  }
}

function noteForeignSections(value: JsonObject, found: Findings): void {
  for (const [key, section] of Object.entries(value)) {
    if (ownSections.includes(key)) continue;
    const name = Object.hasOwn(foreignSections, key) ? foreignSections[key] : undefined;
    const path = pointerTo([key]);
    if (name === undefined) {
      found.unsupported.push({ path, message: `A section '${key}' is not known.` });
    } else if (Array.isArray(section)) {
      for (const index of section.keys()) {
        found.unsupported.push({ path: `${path}/${index}`, message: `${name} cannot be stored here.` });
      }
    } else found.unsupported.push({ path, message: `${name} cannot be stored here.` });
  }
}
