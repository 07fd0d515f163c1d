/** Puts together webhooks, in and out: the address they come in on, pages and calls, jobs. */
import type { Knex } from 'knex';
import type { Deps as BotRunDeps } from './bots/run.ts';
import { type RunInput, runBehavior } from './bots/run.ts';
import { createBrake } from './channels/brake.ts';
import type { Config } from './config.ts';
import type { Deliver } from './delivery/delivery.ts';
import type { ApiRoute, HookRoute, PageRoute } from './http/route.ts';
import type { JobHandler } from './jobs.ts';
import { noticesApi } from './notices/api.ts';
import { noticesPages } from './notices/pages.ts';
import { pruneNotices, sendNotices } from './notices/send.ts';
import type { Vault } from './vault.ts';
import { webhooksApi } from './webhooks/api.ts';
import { webhooksPages } from './webhooks/pages.ts';
import { pruneRequests } from './webhooks/prune.ts';
import { webhookRoute } from './webhooks/receive.ts';
import { requestJob, workOnRequest } from './webhooks/run-request.ts';

export interface Deps {
  db: Knex;
  config: Config;
  vault: Vault;
  now(): number;
  newId(): string;
  randomBytes(size: number): Uint8Array;
  log: { info(fields: object, message: string): void };
  /** Has the jobs looked at now. */
  wake(): void;
}

/** As long as remote services wait for an answer. */
const patienceMs = 5_000;
/** A job waits for its run to the end: ten minutes, and one to store it. */
const jobPatienceMs = 11 * 60_000;
/** Of one listener's address. */
const allowance = { burst: 200, perSecond: 50 };

export function connectWebhooks(
  shared: Deps,
  bots: BotRunDeps & { deliver: Deliver },
): { hooks: HookRoute[]; pages: PageRoute[]; api: ApiRoute[]; jobs: JobHandler[] } {
  const running = (patience: number) => ({
    ...shared,
    brake: createBrake(shared.now, allowance),
    runBehavior: (input: RunInput) => runBehavior({ ...bots, patienceMs: patience }, input),
  });
  const deps = running(patienceMs);
  const inJobs = running(jobPatienceMs);
  const sending = { ...shared, deliver: bots.deliver };
  return {
    hooks: [webhookRoute(deps)],
    pages: [...webhooksPages(deps), ...noticesPages(shared)],
    api: [...webhooksApi(deps), ...noticesApi(shared)],
    jobs: [
      {
        kind: requestJob,
        // What `keep` of receive.ts wrote.
        run: (payload) => workOnRequest(inJobs, (payload as { requestId: string }).requestId),
      },
      { kind: 'send notices', everyMs: 5_000, run: () => sendNotices(sending) },
      { kind: 'prune notices', everyMs: 600_000, run: () => pruneNotices(sending) },
      { kind: 'prune webhook requests', everyMs: 600_000, run: () => pruneRequests(shared) },
    ],
  };
}
