/** Knex ships its dialects without types; this is what `clients.ts` needs of them. */
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import { Knex } from 'knex';
  export default class extends Knex.Client {}
}

declare module 'knex/lib/dialects/mysql2/index.js' {
  import { Knex } from 'knex';
  export default class extends Knex.Client {
    _query(connection: object, query: object): Promise<unknown>;
    destroyRawConnection(connection: object): Promise<void>;
  }
}

declare module 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js' {
  export default class Transaction {
    constructor(client: object, ...options: unknown[]);
    readOnly: boolean | undefined;
    begin(connection: object): Promise<unknown>;
    query(connection: object, sql: string): Promise<unknown>;
  }
}
