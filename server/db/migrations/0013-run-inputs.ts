/** What a run was started with, sealed, so that it can be run again. */
import type { Knex } from 'knex';
import { addColumns, dropColumns } from '../columns.ts';

export async function up(db: Knex): Promise<void> {
  await addColumns(db, 'runs', { sealed_inputs: (column, name) => column.text(name).nullable() });
}

export async function down(db: Knex, { allowDataLoss }: { allowDataLoss: boolean }): Promise<void> {
  await dropColumns(db, 'runs', ['sealed_inputs'], allowDataLoss);
}
