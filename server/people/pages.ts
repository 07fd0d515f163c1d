/** Pages about people: the start, setup, and the tables of the other files here. */

import type { PageRoute, WorkerActor } from '../http/route.ts';
import { apiKeyPages, type Deps as KeyDeps } from './api-key-pages.ts';
import { groupPages } from './group-pages.ts';
import type { Deps as GroupDeps } from './groups.ts';
import { type Deps as ProfileDeps, profilePages } from './profile-pages.ts';
import { type Deps as SignInDeps, signInPages } from './sign-in-pages.ts';
import { workerOf } from './visit.ts';
import { type Deps as WorkerDeps, workerPages } from './worker-pages.ts';

export interface Deps extends SignInDeps, WorkerDeps, KeyDeps, ProfileDeps, GroupDeps {
  /** How much of each there is, for the start page's next step. */
  counts(): Promise<{ services: number; accounts: number; linkedAccounts: number; bots: number }>;
  /** Accounts this worker may see that somebody has to link again, or decide about. */
  accountsInNeed(worker: WorkerActor): Promise<{ id: string; name: string; text: string; badge: string }[]>;
}

export function peoplePages(deps: Deps): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/',
      access: 'worker',
      async handle(visit) {
        const counts = await deps.counts();
        return {
          view: 'home',
          model: {
            title: 'Start',
            counts,
            inNeed: await deps.accountsInNeed(workerOf(visit)),
            hasServices: counts.services > 0,
            hasLinked: counts.linkedAccounts > 0,
          },
        };
      },
    },
    {
      method: 'GET',
      path: '/setup',
      access: 'admin',
      handle: () => ({ view: 'setup', model: { title: 'Setup' } }),
    },
    ...signInPages(deps),
    ...workerPages(deps),
    ...groupPages(deps),
    ...apiKeyPages(deps),
    ...profilePages(deps),
  ];
}
