/** Behaviors that run at a time. */
import type { Knex } from 'knex';

export async function up(_db: Knex): Promise<void> {}

export async function down(_db: Knex, _options: { allowDataLoss: boolean }): Promise<void> {}
