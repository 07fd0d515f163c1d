/** Backup and restore: every row of every table as JSON lines, the same on both databases; never a key. */

import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Knex } from 'knex';
import { tableNames } from './db/migrations/index.ts';
import { HubError } from './errors.ts';

const pageSize = 500;

/** Writes all rows as they are at one moment. Sealed values stay sealed, and the master key is not in it. */
export async function backUp(db: Knex, file: string): Promise<{ rows: number }> {
  const out = createWriteStream(file, { mode: 0o600, flags: 'wx' });
  await once(out, 'open').catch((cause) => {
    throw new HubError(
      'bad_request',
      `The file ${file} cannot be written: it exists already, or its folder does not.`,
      { cause },
    );
  });
  const write = async (value: unknown) => {
    if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, 'drain');
  };
  let rows = 0;
  const snapshot = async (trx: Knex) => {
    await write({ countersign_backup: 1 });
    for (const { table, key } of tableNames) {
      for (let offset = 0; ; offset += pageSize) {
        const page: object[] = await trx(table)
          .orderBy([...key])
          .offset(offset)
          .limit(pageSize);
        for (const row of page) await write({ table, row });
        rows += page.length;
        if (page.length < pageSize) break;
      }
    }
    await write({ rows });
  };
  const isMysql = db.client.driverName === 'mysql2';
  await db.transaction(snapshot, isMysql ? { isolationLevel: 'repeatable read' } : {});
  out.end();
  await once(out, 'close');
  return { rows };
}

/** Fills an empty, up-to-date database from a backup, in one transaction. Refuses one that holds rows. */
export async function restore(db: Knex, file: string): Promise<{ rows: number }> {
  for (const { table } of tableNames) {
    if (await db(table).first()) {
      throw new HubError(
        'conflict',
        `The database holds rows already (table ${table}). Restore into an empty one.`,
      );
    }
  }
  let rows = 0;
  let announced: number | undefined;
  await db.transaction(async (trx) => {
    for await (const line of createInterface({
      input: createReadStream(file),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      const entry = parseLine(line, file);
      if (entry.rows !== undefined) announced = entry.rows;
      if (entry.table === undefined || entry.row === undefined) continue;
      if (!tableNames.some(({ table }) => table === entry.table)) throw broken(file);
      await trx(entry.table).insert(entry.row);
      rows++;
    }
    if (announced !== rows) throw broken(file);
  });
  return { rows };
}

interface BackupLine {
  table?: string;
  row?: object;
  rows?: number;
}

function parseLine(line: string, file: string): BackupLine {
  try {
    // The shape is what backUp writes; the number of rows at the end tells a file cut short.
    return JSON.parse(line) as BackupLine;
  } catch {
    throw broken(file);
  }
}

function broken(file: string): HubError {
  return new HubError(
    'bad_request',
    `The file ${file} is no whole backup of Countersign; nothing was restored.`,
  );
}
