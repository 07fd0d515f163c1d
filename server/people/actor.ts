/** Who asks, and what they may use. Pure: the one place that decides rights over owned things. */

/** Whoever acts. A bot acts with its owner's rights; `id` is a worker's, an API key's or a bot's. */
export type Actor =
  | { kind: 'worker'; id: string; name: string; isAdmin: boolean }
  | { kind: 'api_key'; id: string; name: string; isAdmin: boolean; accountIds: readonly string[] }
  | { kind: 'bot'; id: string; name: string; owner: Owner }
  /** The person at the command line of the machine itself; acts as an admin. */
  | { kind: 'cli'; id: 'cli'; name: 'command line' };

/** Whoever can run commands on this machine can read its database and key, so the command line acts as an admin. */
export const commandLine = { kind: 'cli', id: 'cli', name: 'command line' } as const satisfies Actor;

/** Who owns an account or a bot. For the application `id` is '0', as in Cerb. */
export interface Owner {
  context: 'app' | 'worker';
  id: string;
}

/** Cerb's full ids of the owner contexts, as the API and packages write them. */
export const ownerContexts = {
  app: 'cerberusweb.contexts.app',
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

/**
 * Whether the actor may use a thing of this owner, that is sign with an account or run a bot (Cerb's
 * `isUsableByActor`, narrowed by DESIGN decision 7): what the app owns serves admins and the app's bots, what a
 * worker owns serves that worker, the worker's bots and no application bot.
 */
export function mayUse(actor: Actor, owner: Owner): boolean {
  if (actor.kind === 'bot') return actor.owner.context === owner.context && actor.owner.id === owner.id;
  if (isAdmin(actor)) return true;
  return actor.kind === 'worker' && owner.context === 'worker' && owner.id === actor.id;
}

/** As mayUse, for an account: an API key that is no admin reaches only the accounts given to it. */
export function mayUseAccount(actor: Actor, account: { id: string; owner: Owner }): boolean {
  if (actor.kind === 'api_key' && !actor.isAdmin) return actor.accountIds.includes(account.id);
  return mayUse(actor, account.owner);
}
