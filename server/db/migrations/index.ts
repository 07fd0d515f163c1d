/** The migrations in order. Their names are stored in the database: add at the end, change nothing above. */
import type { Knex } from 'knex';
import * as base from './0001-base.ts';

export interface Migration {
  name: string;
  up(db: Knex): Promise<void>;
  down(db: Knex, options: { allowDataLoss: boolean }): Promise<void>;
}

export const migrations: readonly Migration[] = [{ name: '0001-base', ...base }];
