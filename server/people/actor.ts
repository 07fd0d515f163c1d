/** Who asks, and what they may use. Pure: the one place that decides rights over owned things. */

/** Whoever acts. A bot acts with its owner's rights; `id` is a worker's, an API key's or a bot's. */
export type Actor =
  | { kind: 'worker'; id: string; name: string; isAdmin: boolean; groupIds: readonly string[] }
  | { kind: 'api_key'; id: string; name: string; isAdmin: boolean; accountIds: readonly string[] }
  | { kind: 'bot'; id: string; name: string; owner: Owner }
  /** The person at the command line of the machine itself; acts as an admin. */
  | { kind: 'cli'; id: 'cli'; name: 'command line' };

/** Whoever can run commands on this machine can read its database and key, so the command line acts as an admin. */
export const commandLine = { kind: 'cli', id: 'cli', name: 'command line' } as const satisfies Actor;

/** Who owns an account or a bot. For the application `id` is '0', as in Cerb. */
export interface Owner {
  context: 'app' | 'group' | 'worker';
  id: string;
}

/** The application as an owner. */
export const application: Owner = { context: 'app', id: '0' };

/** Cerb's full ids of the owner contexts, as the API and packages write them. */
export const ownerContexts = {
  app: 'cerberusweb.contexts.app',
  group: 'cerberusweb.contexts.group',
  worker: 'cerberusweb.contexts.worker',
} as const;

/** Whether the actor may change settings, services and other people's things. */
export function isAdmin(actor: Actor): boolean {
  switch (actor.kind) {
    case 'worker':
    case 'api_key':
      return actor.isAdmin;
    case 'cli':
      return true;
    case 'bot':
      return false;
  }
}

/** The owner of this name in packages, forms and the API: a short name or Cerb's full id; undefined for others. */
export function readOwnerContext(name: string): Owner['context'] | undefined {
  const short = name.toLowerCase().replace(/^cerberusweb\.contexts\./, '');
  return Object.hasOwn(ownerNames, short) ? ownerNames[short] : undefined;
}

/** Why Cerb's fourth kind of owner is not taken; without a stop, as remarks at fields are. */
export function roleRefusal(what: string): string {
  return `A role cannot own ${what === 'account' ? 'an account' : 'a bot'} here: roles say what workers may do in Cerb; choose a group for it, the application or a worker`;
}

/** Whether a name of an owner's context is Cerb's role. */
export function isRoleContext(name: string): boolean {
  return /^(cerberusweb\.contexts\.)?roles?$/i.test(name);
}

const ownerNames: Readonly<Record<string, Owner['context']>> = {
  app: 'app',
  application: 'app',
  group: 'group',
  groups: 'group',
  worker: 'worker',
  workers: 'worker',
};

export function isSameOwner(one: Owner, other: Owner): boolean {
  return one.context === other.context && one.id === other.id;
}

/**
 * Whether the actor may use a thing of this owner, that is sign with an account or run a bot (Cerb's
 * `isUsableByActor`, narrowed by DESIGN decision 7): what the app owns serves admins and the app's bots, what a
 * group owns its members and the group's bots, what a worker owns that worker and the worker's bots. A bot reaches
 * what its own owner owns and nothing else.
 */
export function mayUse(actor: Actor, owner: Owner): boolean {
  if (actor.kind === 'bot') return isSameOwner(actor.owner, owner);
  if (isAdmin(actor)) return true;
  return actor.kind === 'worker' && isOwnerOf(actor, owner);
}

/** Whether the worker is this owner, or a member of this group. */
function isOwnerOf(worker: Extract<Actor, { kind: 'worker' }>, owner: Owner): boolean {
  if (owner.context === 'group') return worker.groupIds.includes(owner.id);
  return owner.context === 'worker' && owner.id === worker.id;
}

/** Whose bots and accounts a list shows the actor; a non-admin key reaches accounts by their ids alone. */
export function ownersSeen(actor: Actor): readonly Owner[] | 'all' {
  if (isAdmin(actor)) return 'all';
  if (actor.kind === 'bot') return [actor.owner];
  if (actor.kind !== 'worker') return [];
  return [
    { context: 'worker', id: actor.id },
    ...actor.groupIds.map((id): Owner => ({ context: 'group', id })),
  ];
}

/** Whether the actor may make this owner the owner of something: admins any, a worker itself and its groups, a bot its own. */
export function mayGiveTo(actor: Actor, owner: Owner): boolean {
  return isAdmin(actor) || (actor.kind !== 'api_key' && mayUse(actor, owner));
}

/** As mayUse, for an account: an API key that is no admin reaches only the accounts given to it. */
export function mayUseAccount(actor: Actor, account: { id: string; owner: Owner }): boolean {
  if (actor.kind === 'api_key' && !actor.isAdmin) return actor.accountIds.includes(account.id);
  return mayUse(actor, account.owner);
}
