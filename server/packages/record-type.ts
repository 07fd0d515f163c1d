/** What a feature tells the package importer about one type of record. Pure types and look-up. */
import type { Knex } from 'knex';
import type { Actor, Owner } from '../people/actor.ts';

/** A remark about a place in the package; `path` is a JSON pointer (RFC 6901). */
export interface Remark {
  path: string;
  message: string;
}

/** What the pure reading of a record found. With `faults` or `unsupported` it cannot be written as it stands. */
export interface RecordReading<T> {
  value: T;
  /** What the record will be called in lists. */
  label: string;
  faults: Remark[];
  /** Fields and providers that cannot be stored (refused, or skipped when the admin says so). */
  unsupported: Remark[];
  warnings: Remark[];
  /** Host -> names of the secrets that will be sent there, shown before they are typed. */
  hosts: { host: string; receives: string[] }[];
  /**
   * Ids this record refers to, by Cerb's full context. Those in fields of the record itself, or marked `isNeeded`,
   * must exist, if the package does not make them; of what stands deeper a missing one is a warning.
   */
  references: { path: string; context: string; id: string; isNeeded?: boolean }[];
  /** Who will own the record, for types that have owners. */
  owner?: Owner;
  /** Beside the uri: values that no other record of the type may have. `name` is how a fault speaks of it. */
  unique?: { path: string; name: string; value: string }[];
}

/** A record in the shape in which packages write it, and `read` takes it. */
export interface RecordDescription {
  label: string;
  /** Fields without their secrets; what is absent or empty is left out. */
  fields: Readonly<Record<string, unknown>>;
  /** Secrets that were left out: where they belong below the record, and a mark that differs when the value does. */
  secrets: { path: string; label: string; mark: string }[];
  /** Where below the record the id or uri of another record stands, which a package names by its uid. */
  references: { path: string; context: string; id: string }[];
}

/** A stored record, described. `version` changes with every change of the record. */
export interface StoredRecord extends RecordDescription {
  version: number;
}

/** A record that refers to another. */
export interface Dependent {
  /** Cerb's full id of its type. */
  context: string;
  id: string;
  label: string;
}

/** What a record of the same package will be, for checks before anything is written. */
export interface PlannedFacts {
  /** Cerb's full id of its type. */
  context: string;
  label: string;
  /** What the type's `read` found; only who knows the type knows its shape. */
  value: unknown;
  owner?: Owner;
}

/**
 * A record type as the importer sees it. `T` stays inside the feature: the importer hands `read`'s value back to
 * `insert` untouched.
 */
export interface RecordType<T = unknown> {
  /** Cerb's full id, such as `cerberusweb.contexts.connected_account`. */
  context: string;
  /** Other names accepted for it in packages, lower-case. */
  aliases: readonly string[];
  one: string;
  many: string;
  /**
   * Whether the text at this path of the record (keys from its root) is a template that a bot renders later; a
   * prompt's answer that lands there is inserted as a Twig string literal.
   */
  isBotTemplate(path: readonly (string | number)[]): boolean;
  /** Reads the fields of one record, placeholders already filled. Pure. */
  read(fields: Readonly<Record<string, unknown>>, path: string): RecordReading<T>;
  /**
   * What stands against writing the record as the database is now: a uri that is taken, an owner that does not
   * exist, an account its bot may not use (a warning). `planned` finds records of the same package by id; `ownId` is
   * the record's own when it is there already.
   */
  check(
    db: Knex,
    value: T,
    path: string,
    planned?: (id: string) => PlannedFacts | undefined,
    ownId?: string,
  ): Promise<{ faults: Remark[]; warnings: Remark[] }>;
  insert(db: Knex, id: string, value: T, by: Actor): Promise<void>;
  /** What `read` found, in the form in which `describe` would give it back once it was written. Pure. */
  fieldsOf(value: T): RecordDescription;
  /** The record as it is stored; undefined when it is not here. */
  describe(db: Knex, id: string): Promise<StoredRecord | undefined>;
  /**
   * Reads fields, whole but for secrets, over a stored record: secrets they do not name stay as they are. The value
   * is for `check` and `update`.
   */
  revise(
    db: Knex,
    id: string,
    fields: Readonly<Record<string, unknown>>,
    path: string,
  ): Promise<RecordReading<T>>;
  /** Writes a revised value; false when the record is not of this version any more. */
  update(db: Knex, id: string, value: T, by: Actor, version: number): Promise<boolean>;
  /** What refers to the record now. */
  dependents(db: Knex, id: string): Promise<Dependent[]>;
  /** Whether the record is removed with its import only when it is asked for by name: a linked account is. */
  isGuarded(db: Knex, id: string): Promise<boolean>;
  /** Deletes the record itself; nothing refers to it any more. */
  remove(trx: Knex, id: string): Promise<void>;
  /** Existing records for a chooser prompt, by name. `query` is Cerb's search text or ''. */
  list(db: Knex, query: string): Promise<{ id: string; label: string }[]>;
  find(db: Knex, id: string): Promise<{ id: string; label: string } | undefined>;
}
