/** Records of a plan: read by their type, reduced to what can be stored, put in order. Pure. */
import type { PackageItem } from './grammar.ts';
import { pointerTo } from './positions.ts';
import { isObject, type JsonObject } from './reading.ts';
import type { RecordReading, RecordType, Remark } from './record-type.ts';
import { isUsedIn, pathsUsing } from './rendering.ts';

/** A record as it will be inserted; the reading's value belongs to the type. */
export interface PlannedRecord {
  item: PackageItem;
  id: string;
  type: RecordType;
  label: string;
  uri: string | undefined;
  /** Templates filled. */
  fields: JsonObject;
  reading: RecordReading<unknown>;
}

/** Reads a record; with `skip` without the fields that cannot be stored, or, when it needs them, not at all. */
export function readFields(
  type: RecordType,
  fields: JsonObject,
  path: string,
  skip: boolean,
): { reading: RecordReading<unknown>; isLeftOut: boolean } {
  const reading = type.read(fields, path);
  const { unsupported } = reading;
  if (!skip || unsupported.length === 0) return { reading, isLeftOut: false };
  const reduced = type.read(
    withoutPaths(fields, path, new Set(unsupported.map((remark) => remark.path))),
    path,
  );
  const isStorable = reduced.faults.length === 0 && reduced.unsupported.length === 0;
  return isStorable
    ? { reading: { ...reduced, unsupported }, isLeftOut: false }
    : { reading, isLeftOut: true };
}

function withoutPaths(object: JsonObject, path: string, gone: ReadonlySet<string>): JsonObject {
  const entries = Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    const inner = path + pointerTo([key]);
    if (gone.has(inner)) return [];
    return [[key, isObject(value) ? withoutPaths(value, inner, gone) : value]];
  });
  return Object.fromEntries(entries);
}

/**
 * Takes out records that cannot be written because they refer to one that is left out, and warns where another
 * still names such a record.
 */
export function leaveOutDependents(
  records: readonly PlannedRecord[],
  all: readonly { item: PackageItem; id: string }[],
  warnings: Remark[],
): PlannedRecord[] {
  const kept = new Set(records.map(({ id }) => id));
  const absent = new Map(all.flatMap(({ id, item }) => (kept.has(id) ? [] : [[id, item.uid]])));
  const remaining = records.filter(({ item, reading }) => {
    const reference = reading.references.find(({ id }) => absent.has(id));
    if (!reference) return true;
    const message = `'${item.uid}' is left out, for it needs '${absent.get(reference.id)}', which is left out.`;
    warnings.push({ path: reference.path, message });
    return false;
  });
  if (remaining.length < records.length) return leaveOutDependents(remaining, all, warnings);
  for (const [, uid] of absent) {
    for (const path of remaining.flatMap(({ item }) => pathsUsing(item, `uid\\.${uid}`))) {
      const message = `This names '${uid}', which is left out; what uses it will refuse to run.`;
      warnings.push({ path, message });
    }
  }
  return remaining;
}

/** What is referred to comes before what refers to it; else the order of the package. */
export function orderByReference(records: readonly PlannedRecord[]): PlannedRecord[] {
  const byId = new Map(records.map((record) => [record.id, record]));
  const ordered = new Set<PlannedRecord>();
  const visiting = new Set<PlannedRecord>();
  const visit = (record: PlannedRecord): void => {
    if (ordered.has(record) || visiting.has(record)) return;
    visiting.add(record);
    for (const { id } of record.reading.references) {
      const target = byId.get(id);
      if (target) visit(target);
    }
    ordered.add(record);
  };
  for (const record of records) visit(record);
  return [...ordered];
}

/** Two records of one type cannot have one uri, or one of what else is unique to the type. */
export function sharedNames(records: readonly PlannedRecord[]): Remark[] {
  const taken = new Map<string, string>();
  return records.flatMap(({ item, type, uri, reading }) => {
    const uris = uri
      ? [{ path: `${item.path}/uri`, name: `uri '${uri}'`, value: `uri ${uri.toLowerCase()}` }]
      : [];
    return [...uris, ...(reading.unique ?? [])].flatMap(({ path, name, value }) => {
      const key = `${type.context} ${value}`;
      const other = taken.get(key);
      taken.set(key, item.uid);
      return other === undefined ? [] : { path, message: `The ${name} is given to '${other}' already.` };
    });
  });
}

/** Every host with all the secrets that will be sent there. */
export function mergeHosts(records: readonly PlannedRecord[]): { host: string; receives: string[] }[] {
  const merged = new Map<string, Set<string>>();
  for (const { host, receives } of records.flatMap(({ reading }) => reading.hosts)) {
    const names = merged.get(host) ?? new Set();
    for (const name of receives) names.add(name);
    merged.set(host, names);
  }
  return [...merged].map(([host, names]) => ({ host, receives: [...names] }));
}

/** Hosts that a secret prompt's answer goes to: those of the records that hold it, or of what they refer to. */
export function secretHosts(key: string, records: readonly PlannedRecord[]): string[] {
  const holders = records.filter(({ item }) => isUsedIn(item, key));
  const near = holders.flatMap((holder) => {
    if (holder.reading.hosts.length > 0) return [holder];
    const wanted = new Set(holder.reading.references.map(({ id }) => id));
    return records.filter(({ id }) => wanted.has(id));
  });
  return mergeHosts(near).flatMap(({ host, receives }) => (receives.length > 0 ? [host] : []));
}
