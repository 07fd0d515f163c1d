/** Makes the n-th statement of some work fail, on either database, as a server that refuses it would. */
import { MysqlClient, SqliteClient } from '../../server/db/clients.ts';

interface Client {
  _query(connection: object, query: { sql: string }): Promise<unknown>;
}

/**
 * Runs the work with its n-th statement (from 1) failing; says whether the work came that far. A failing commit
 * rolls back, as a server does that cannot keep its promise.
 */
export async function failAtStatement(n: number, work: () => Promise<unknown>): Promise<boolean> {
  let seen = 0;
  // Both clients have this method; their types differ only in what they know of the connection.
  const prototypes = [SqliteClient.prototype, MysqlClient.prototype] as unknown as Client[];
  const originals = prototypes.map((prototype) => prototype._query);
  prototypes.forEach((prototype, index) => {
    const original = originals[index];
    prototype._query = async function (connection, query) {
      if (++seen !== n) return original?.call(this, connection, query);
      if (/^commit/i.test(query.sql)) await original?.call(this, connection, { ...query, sql: 'ROLLBACK' });
      throw new Error(`statement ${n} fails`);
    };
  });
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Error && error.message.includes(`statement ${n} fails`))) throw error;
  } finally {
    prototypes.forEach((prototype, index) => {
      const original = originals[index];
      if (original) prototype._query = original;
    });
  }
  return seen >= n;
}
