/** Owners of accounts and bots as other features choose and show them: the application and the workers. */
import type { Knex } from 'knex';
import type { Owner } from './actor.ts';
import { findWorker, listWorkers } from './store.ts';

const application: Owner & { label: string } = { context: 'app', id: '0', label: 'Application' };

/** Who may own something: the application first, then the workers by name. */
export async function listOwners(db: Knex): Promise<(Owner & { label: string })[]> {
  const workers = (await listWorkers(db)).filter((worker) => !worker.isDisabled);
  return [application, ...workers.map(({ id, name }) => ({ context: 'worker' as const, id, label: name }))];
}

export async function ownerLabel(db: Knex, owner: Owner): Promise<string> {
  if (owner.context === 'app') return application.label;
  return (await findWorker(db, { id: owner.id }))?.name ?? 'Unknown worker';
}

export async function ownerExists(db: Knex, owner: Owner): Promise<boolean> {
  if (owner.context === 'app') return owner.id === application.id;
  return (await findWorker(db, { id: owner.id })) !== undefined;
}
