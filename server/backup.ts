/** Backup and restore: every row of every table as JSON lines, the same on both databases; never a master key. */
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Knex } from 'knex';
import { migrations, tableNames } from './db/migrations/index.ts';
import { readPages } from './db/pages.ts';
import { inSnapshot } from './db/transaction.ts';
import { HubError } from './errors.ts';
import { readLines } from './lines.ts';

const pageSize = 100;
/** Most text of one insert, well below what MySQL takes as one packet. */
const maxInsertLength = 1_000_000;

/** The form of the file, and the migration its rows belong to. */
const header = { countersign_backup: 1, schema: migrations.at(-1)?.name ?? '' };

/** Writes all rows as they are at one moment, while others go on working. Sealed values stay sealed. */
export async function backUp(db: Knex, file: string): Promise<{ rows: number }> {
  let rows = 0;
  const write = async (trx: Knex) => {
    async function* lines(): AsyncGenerator<string> {
      yield toLine(header);
      for (const { table, key } of tableNames) {
        for await (const page of readPages(trx, { table, key }, { size: pageSize })) {
          for (const row of page) yield toLine({ table, row });
          rows += page.length;
        }
      }
      yield toLine({ rows });
    }
    await pipeline(lines, createWriteStream(file, { mode: 0o600, flags: 'wx', flush: true }));
  };
  try {
    await inSnapshot(db, write);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      throw new HubError('conflict', `The file ${file} exists already. Choose another name.`);
    }
    // Half a backup must not look like one.
    await rm(file, { force: true });
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EACCES')) throw error;
    throw new HubError('bad_request', `The file ${file} cannot be written: look at its folder.`);
  }
  return { rows };
}

/** Fills an empty, up-to-date database from a backup, all of it or nothing. Refuses a database that holds rows. */
export async function restore(db: Knex, file: string): Promise<{ rows: number }> {
  return db.transaction(async (trx) => {
    await mustBeEmpty(trx);
    const lines = readBackup(file);
    checkHeader((await lines.next()).value, file);
    let rows = 0;
    let announced: number | undefined;
    let batch: Batch = { table: '', rows: [], length: 0 };
    for await (const line of lines) {
      if (announced !== undefined) throw broken(file);
      const { table, row, rows: total } = line.value;
      if (table === undefined || row === undefined) {
        announced = total ?? -1;
        continue;
      }
      if (!tableNames.some((known) => known.table === table)) throw broken(file);
      if (batch.table !== table || batch.rows.length >= pageSize || batch.length >= maxInsertLength) {
        await insertBatch(trx, batch);
        batch = { table, rows: [], length: 0 };
      }
      batch.rows.push(row);
      batch.length += line.length;
      rows++;
    }
    await insertBatch(trx, batch);
    if (announced !== rows) throw broken(file);
    return { rows };
  });
}

interface Batch {
  table: string;
  rows: object[];
  length: number;
}

interface BackupLine {
  countersign_backup?: number;
  schema?: string;
  table?: string;
  row?: object;
  /** On the last line: how many rows there were, so that a file cut short is known. */
  rows?: number;
}

interface ReadLine {
  value: BackupLine;
  length: number;
}

async function mustBeEmpty(db: Knex): Promise<void> {
  for (const { table } of tableNames) {
    if (!(await db(table).first())) continue;
    throw new HubError(
      'conflict',
      `The database holds rows already (table ${table}). Restore into a new one: set DATABASE_URL to an empty database.`,
    );
  }
}

async function insertBatch(db: Knex, { table, rows }: Batch): Promise<void> {
  if (rows.length > 0) await db(table).insert(rows);
}

async function* readBackup(file: string): AsyncGenerator<ReadLine, undefined> {
  try {
    for await (const line of readLines(createReadStream(file))) {
      yield { value: parseLine(line, file), length: line.length };
    }
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EACCES') && !hasCode(error, 'EISDIR')) throw error;
    throw new HubError('bad_request', `The file ${file} cannot be read.`);
  }
  return undefined;
}

function checkHeader(line: ReadLine | undefined, file: string): void {
  if (line?.value.countersign_backup !== header.countersign_backup) throw broken(file);
  if (line.value.schema === header.schema) return;
  throw new HubError(
    'conflict',
    `The backup was made by another version of Countersign (its database stood at ${line.value.schema}, this one at ${header.schema}). Restore it with that version, then update.`,
  );
}

function parseLine(line: string, file: string): BackupLine {
  try {
    const value: unknown = JSON.parse(line);
    // The members are those that backUp writes; what is used of them is checked where it is used.
    if (typeof value === 'object' && value !== null) return value as BackupLine;
  } catch {}
  throw broken(file);
}

function toLine(value: BackupLine): string {
  return `${JSON.stringify(value)}\n`;
}

function broken(file: string): HubError {
  return new HubError(
    'bad_request',
    `The file ${file} is no whole backup of Countersign; nothing was restored.`,
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
