/** What was imported: the only SQL of this feature. */
import type { Knex } from 'knex';
import { parseJson, writeJson } from '../json.ts';
import type { Remark } from './record-type.ts';

/** One record that an import made, as it was called then. */
export interface ImportedRecord {
  context: string;
  uid: string;
  id: string;
  label: string;
}

export interface ImportEntry {
  id: string;
  packageName: string;
  revision: string | null;
  askedBy: string;
  records: ImportedRecord[];
  warnings: Remark[];
  createdAt: number;
}

interface ImportRow {
  id: string;
  package_name: string;
  revision: string | null;
  asked_by: string;
  outcome: string;
  created_at: number;
}

/**
 * Writes an import and, by uid, what it made. Throws the database's duplicate error when another first import of
 * the same package came in between.
 */
export async function insertImport(db: Knex, entry: ImportEntry, isFirst: boolean): Promise<void> {
  const { records, warnings } = entry;
  await db('imports').insert({
    id: entry.id,
    package_name: entry.packageName,
    first_of: isFirst ? entry.packageName : null,
    revision: entry.revision,
    asked_by: entry.askedBy,
    outcome: writeJson({ records, warnings }),
    created_at: entry.createdAt,
  });
  const rows = records.map(({ uid, context, id }) => ({ import_id: entry.id, uid, context, record_id: id }));
  for (let start = 0; start < rows.length; start += 100) {
    await db('import_records').insert(rows.slice(start, start + 100));
  }
}

/** The latest import of a package of this name. */
export async function findImportByName(db: Knex, packageName: string): Promise<ImportEntry | undefined> {
  const row = await db<ImportRow>('imports')
    .where({ package_name: packageName })
    .orderBy('id', 'desc')
    .first();
  return row && toEntry(row);
}

export async function findImport(db: Knex, id: string): Promise<ImportEntry | undefined> {
  const row = await db<ImportRow>('imports').where({ id }).first();
  return row && toEntry(row);
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

function toEntry(row: ImportRow): ImportEntry {
  // Written by insertImport in exactly this shape.
  const outcome = parseJson(row.outcome) as Pick<ImportEntry, 'records' | 'warnings'>;
  return {
    id: row.id,
    packageName: row.package_name,
    revision: row.revision,
    askedBy: row.asked_by,
    ...outcome,
    createdAt: Number(row.created_at),
  };
}
