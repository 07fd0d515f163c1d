/** What differs between a record as it is stored and as a package would write it, field by field. Pure. */
import { writeJson } from '../json.ts';
import { hashSecret } from '../people/secret-hash.ts';
import { pointerKeys, pointerTo } from './positions.ts';
import { isObject, type JsonObject } from './reading.ts';
import type { RecordDescription } from './record-type.ts';

/** One field that the package would change. */
export interface Change {
  /** Pointer below the record; objects are opened, a list is one field. */
  path: string;
  /** Null where there is nothing; of a secret neither value is told. */
  from: unknown;
  to: unknown;
  isSecret: boolean;
  /** The stored value is not the one that was imported: somebody changed it since. */
  isLocalEdit: boolean;
  /** Whether the update writes it: local edits stay unless they are named. */
  isTaken: boolean;
}

/** Marks by pointer of what an import wrote. */
export type Marks = Readonly<Record<string, string>>;

type Described = Pick<RecordDescription, 'fields' | 'secrets'>;

interface Leaf {
  value: unknown;
  mark: string;
  isSecret: boolean;
}

/**
 * The marks by which the next import recognises local edits: of what is written now, and for a field that stays as
 * somebody changed it, of what was written before. `isOpen` fields wait for an answer and stay.
 */
export function marksAfter(
  proposed: Described,
  changes: readonly Change[],
  { written = {}, isOpen }: { written?: Marks | undefined; isOpen(path: string): boolean },
): Record<string, string> {
  const marks = new Map(Object.entries(written));
  const keep = (path: string, mark: string | undefined) =>
    mark === undefined ? marks.delete(path) : marks.set(path, mark);
  for (const [path, { mark }] of leavesOf(proposed)) if (!isOpen(path)) keep(path, mark);
  for (const { path, to, isSecret, isTaken } of changes) {
    if (!isTaken) keep(path, written[path]);
    else if (to === null && !isSecret) keep(path, undefined);
  }
  return Object.fromEntries(marks);
}

/**
 * The changes from stored to proposed. A secret that is not proposed is left alone. Without `written`, which says
 * what was imported, every difference counts as a local edit.
 */
export function changesBetween(
  stored: Described,
  proposed: Described,
  {
    written,
    takes,
    isOpen,
  }: { written: Marks | undefined; takes(path: string): boolean; isOpen(path: string): boolean },
): Change[] {
  const now = leavesOf(stored);
  const then = leavesOf(proposed);
  const paths = new Set([...now.keys(), ...then.keys()]);
  return [...paths].flatMap((path): Change[] => {
    if (isOpen(path)) return [];
    const [from, to] = [now.get(path), then.get(path)];
    const isSecret = (from ?? to)?.isSecret ?? false;
    if (from?.mark === to?.mark || (isSecret && to === undefined)) return [];
    const isLocalEdit = written === undefined || written[path] !== from?.mark;
    return [
      {
        path,
        from: isSecret ? null : (from?.value ?? null),
        to: isSecret ? null : (to?.value ?? null),
        isSecret,
        isLocalEdit,
        isTaken: !isLocalEdit || takes(path),
      },
    ];
  });
}

/** The stored fields with the changes that are taken; secrets come from `fields`, the record as the package has it. */
export function withChanges(stored: JsonObject, changes: readonly Change[], fields: JsonObject): JsonObject {
  return changes
    .filter(({ isTaken }) => isTaken)
    .reduce(
      (object, { path, to, isSecret }) =>
        put(object, pointerKeys(path), isSecret ? valueAt(fields, path) : to),
      stored,
    );
}

function leavesOf({ fields, secrets }: Described): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const walk = (value: unknown, path: string): void => {
    if (value === null || value === undefined) return;
    if (!isObject(value)) {
      leaves.set(path, { value, mark: hashSecret(writeJson(value)), isSecret: false });
      return;
    }
    for (const [key, entry] of Object.entries(value)) walk(entry, path + pointerTo([key]));
  };
  walk(fields, '');
  for (const { path, mark } of secrets) leaves.set(path, { value: null, mark, isSecret: true });
  return leaves;
}

/** A copy with the value at the keys; null takes the key away. */
function put(object: JsonObject, [key = '', ...rest]: readonly string[], value: unknown): JsonObject {
  const { [key]: inner, ...others } = object;
  const next = rest.length === 0 ? value : put(isObject(inner) ? inner : {}, rest, value);
  return next === null || next === undefined ? others : { ...others, [key]: next };
}

function valueAt(fields: JsonObject, path: string): unknown {
  return pointerKeys(path).reduce<unknown>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    fields,
  );
}
