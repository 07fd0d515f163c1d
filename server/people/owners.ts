/** Owners of accounts and bots as other features choose and show them: the application, groups, workers. */
import type { Knex } from 'knex';
import { application, type Owner } from './actor.ts';
import { findGroup, listGroups, listMembers } from './group-store.ts';
import { findWorker, listWorkers } from './store.ts';

const theApplication = { ...application, label: 'Application' };

/** Longest list of groups a form offers. */
const mostGroups = 500;

/** Who may use what this owner owns, in a sentence for its card; the rule itself is `mayUse`. */
export async function whoMayUse(db: Knex, owner: Owner): Promise<string> {
  if (owner.context === 'app') return 'Admins, and bots of the application.';
  const label = await ownerLabel(db, owner);
  if (owner.context === 'worker') return `${label}, bots of ${label}, and admins.`;
  const members = (await listMembers(db, [owner.id])).map(({ name }) => name);
  const who = members.length === 0 ? 'nobody yet' : members.join(', ');
  return `The members of the ${label.replace(/^G/, 'g')} (${who}), bots of the group, and admins.`;
}

/** Who may own something: the application first, then groups and workers by name. */
export async function listOwners(db: Knex): Promise<(Owner & { label: string })[]> {
  const workers = (await listWorkers(db)).filter((worker) => !worker.isDisabled);
  const groups = await listGroups(db, { limit: mostGroups });
  return [
    theApplication,
    ...groups.map(({ id, name }) => ({ context: 'group' as const, id, label: `Group ${name}` })),
    ...workers.map(({ id, name }) => ({ context: 'worker' as const, id, label: name })),
  ];
}

export async function ownerLabel(db: Knex, owner: Owner): Promise<string> {
  if (owner.context === 'app') return theApplication.label;
  if (owner.context === 'group') return `Group ${(await findGroup(db, owner.id))?.name ?? 'that is gone'}`;
  return (await findWorker(db, { id: owner.id }))?.name ?? 'Unknown worker';
}

export async function ownerExists(db: Knex, owner: Owner): Promise<boolean> {
  if (owner.context === 'app') return owner.id === application.id;
  if (owner.context === 'group') return (await findGroup(db, owner.id)) !== undefined;
  return (await findWorker(db, { id: owner.id })) !== undefined;
}
