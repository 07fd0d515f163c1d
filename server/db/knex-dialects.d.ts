/** Knex ships its dialects without types; this is what `clients.ts` needs of them. */
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import { Knex } from 'knex';
  export default class extends Knex.Client {
    _query(connection: object, query: object): Promise<unknown>;
  }
}

declare module 'knex/lib/dialects/mysql2/index.js' {
  import { Knex } from 'knex';
  export default class extends Knex.Client {
    _query(connection: object, query: object): Promise<unknown>;
  }
}
