/** What was imported: the only SQL about imports. */
import type { Knex } from 'knex';
import { parseJson, writeJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import type { Remark } from './record-type.ts';

/**
 * What an import did with a record: `keep` left local changes as they were, `dropped` is a record of an earlier
 * revision that this one no longer has.
 */
export type RecordAction = 'create' | 'update' | 'unchanged' | 'keep' | 'dropped';

/** One record of an import, as it was called then. */
export interface ImportedRecord {
  context: string;
  uid: string;
  id: string;
  label: string;
  action: RecordAction;
  /** The uid is that of something added to the record, which was here before. */
  isAddition?: true;
}

/** A record that undoing left, and why. */
export interface LeftRecord {
  context: string;
  id: string;
  label: string;
  reason: string;
}

export interface Undone {
  at: number;
  by: string;
  left: LeftRecord[];
}

/** What the next import of the package compares with; no value that the package brought, only marks of it. */
export interface ImportMemory {
  /** Uid -> pointer -> mark of the value that was written there. */
  written: Record<string, Record<string, string>>;
  /** Answers that are no secrets. */
  answers: Record<string, string | string[]>;
  /** Values of random placeholders. */
  made: Record<string, string>;
}

export interface ImportEntry {
  id: string;
  packageName: string;
  revision: string | null;
  mode: 'new' | 'update';
  askedBy: string;
  records: ImportedRecord[];
  warnings: Remark[];
  createdAt: number;
  undone: Undone | null;
}

interface ImportRow {
  id: string;
  package_name: string;
  revision: string | null;
  mode: string | null;
  asked_by: string;
  outcome: string;
  sealed_memory: string | null;
  undone: string | null;
  created_at: number;
}

/**
 * Writes an import and, by uid, its records. Throws the database's duplicate error when another first import of the
 * same package came in between.
 */
export async function insertImport(
  { db, vault }: { db: Knex; vault: Vault },
  entry: ImportEntry,
  memory: ImportMemory,
  isFirst: boolean,
): Promise<void> {
  const { records, warnings } = entry;
  await db('imports').insert({
    id: entry.id,
    package_name: entry.packageName,
    first_of: isFirst ? entry.packageName : null,
    revision: entry.revision,
    mode: entry.mode,
    asked_by: entry.askedBy,
    outcome: writeJson({ records, warnings }),
    sealed_memory: vault.seal(writeJson(memory), placeOf(entry.id)),
    created_at: entry.createdAt,
  });
  const rows = records.map(({ uid, context, id }) => ({ import_id: entry.id, uid, context, record_id: id }));
  for (let start = 0; start < rows.length; start += 100) {
    await db('import_records').insert(rows.slice(start, start + 100));
  }
}

/** The latest import of a package of this name that was not undone wholly. */
export async function findImportByName(db: Knex, packageName: string): Promise<ImportEntry | undefined> {
  const rows = await db<ImportRow>('imports').where({ package_name: packageName }).orderBy('id', 'desc');
  return rows.map(toEntry).find(({ undone }) => undone === null || undone.left.length > 0);
}

export async function findImport(db: Knex, id: string): Promise<ImportEntry | undefined> {
  const row = await db<ImportRow>('imports').where({ id }).first();
  return row && toEntry(row);
}

/** Id of the record that the latest import which knows this uid gave it. */
export async function findRecordByUid(db: Knex, context: string, uid: string): Promise<string | undefined> {
  const row: { record_id: string } | undefined = await db('import_records')
    .where({ context, uid })
    .orderBy('import_id', 'desc')
    .first();
  return row?.record_id;
}

/** What an import remembers; undefined for those made before imports remembered anything. */
export async function findMemory(
  { db, vault }: { db: Knex; vault: Vault },
  id: string,
): Promise<ImportMemory | undefined> {
  const row = await db<ImportRow>('imports').where({ id }).first();
  if (!row?.sealed_memory) return undefined;
  // Sealed by insertImport in exactly this shape.
  return parseJson(vault.open(row.sealed_memory, placeOf(id))) as ImportMemory;
}

/** Newest first; those older than the import `after`. */
export async function listImports(db: Knex, limit: number, after?: string): Promise<ImportEntry[]> {
  const rows = await db<ImportRow>('imports')
    .modify((query) => {
      if (after !== undefined) query.where('id', '<', after);
    })
    .orderBy('id', 'desc')
    .limit(limit);
  return rows.map(toEntry);
}

/** Notes that an import was undone; one that left nothing gives its package's name free. */
export async function noteUndone(db: Knex, id: string, undone: Undone): Promise<void> {
  const freed = undone.left.length === 0 ? { first_of: null } : {};
  await db('imports')
    .where({ id })
    .update({ undone: writeJson(undone), ...freed });
}

function placeOf(id: string) {
  return { table: 'imports', id, field: 'sealed_memory' };
}

function toEntry(row: ImportRow): ImportEntry {
  // Written by insertImport in exactly this shape; imports before updating came have no actions.
  const outcome = parseJson(row.outcome) as {
    records: (Omit<ImportedRecord, 'action'> & { action?: RecordAction })[];
    warnings: Remark[];
  };
  return {
    id: row.id,
    packageName: row.package_name,
    revision: row.revision,
    mode: row.mode === 'update' ? 'update' : 'new',
    askedBy: row.asked_by,
    records: outcome.records.map((record) => ({ action: 'create', ...record })),
    warnings: outcome.warnings,
    createdAt: Number(row.created_at),
    // Written by noteUndone.
    undone: row.undone === null ? null : (parseJson(row.undone) as Undone),
  };
}
