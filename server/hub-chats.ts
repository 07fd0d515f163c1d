/** Puts the room of conversations together: their pages, the portals' addresses, their jobs. */
import type { Knex } from 'knex';
import type { Deps as BotRunDeps } from './bots/run.ts';
import { resumeRun, runBehavior } from './bots/run.ts';
import { settleChats } from './chats/converse.ts';
import { visitorHooks } from './chats/hooks-visitor.ts';
import { chatPages } from './chats/pages-chat.ts';
import { portalPages } from './chats/pages-portals.ts';
import { deleteExpiredChats } from './chats/store-chats.ts';
import type { Config } from './config.ts';
import type { HookRoute, PageRoute } from './http/route.ts';
import type { Views } from './http/views.ts';
import type { JobHandler } from './jobs.ts';
import { countVisit } from './people/brake.ts';

/** For what a behavior offers nobody waits longer. */
const brieflyMs = 5_000;

export interface Deps {
  db: Knex;
  config: Config;
  vault: BotRunDeps['vault'];
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
  log: { error(fields: object, message: string): void };
}

/** `flush` waits for turns under way. */
export function chatRoutes(
  shared: Deps,
  bots: BotRunDeps,
  views: Views,
): { pages: PageRoute[]; hooks: HookRoute[]; jobs: JobHandler[]; flush(): Promise<void> } {
  const turns = new Set<Promise<void>>();
  // A turn is waited for to the end of its run, and a minute to store it.
  const patient = { ...bots, patienceMs: shared.config.runLimits.maxMs + 60_000 };
  const brief = { ...bots, patienceMs: brieflyMs };
  type Run = Parameters<typeof runBehavior>[1];
  const deps = {
    ...shared,
    turns,
    runBehavior: (input: Run) => runBehavior(patient, input),
    runBriefly: (input: Run) => runBehavior(brief, input),
    resumeRun: (input: Parameters<typeof resumeRun>[1]) => resumeRun(patient, input),
    count: (what: string, of: { ip?: string; key?: string }, limit: { limit: number; windowMs: number }) =>
      countVisit(shared, what, of, limit),
    renderBare: views.renderBare,
  };
  return {
    pages: [...chatPages(deps), ...portalPages(deps)],
    hooks: visitorHooks(deps),
    jobs: [
      { kind: 'settle chats', everyMs: 60_000, run: () => settleChats(deps) },
      {
        kind: 'drop expired chats',
        everyMs: 600_000,
        run: async () => void (await deleteExpiredChats(shared.db, shared.now())),
      },
    ],
    async flush() {
      await Promise.all(turns);
    },
  };
}
