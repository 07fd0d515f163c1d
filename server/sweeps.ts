/** The jobs that come back: what is kept for a time goes when its time is over, what is linked is kept well. */
import { pruneRuns, settleInterruptedRuns } from './bots/run.ts';
import type { Config } from './config.ts';
import { tellOfEnds } from './connections/account-ends.ts';
import { checkAccounts, renewAccounts } from './connections/account-jobs.ts';
import type { CredentialDeps } from './connections/credentials.ts';
import { wipeExpiredFlows } from './connections/link-save.ts';
import { deleteOldOffsets } from './connections/store-clocks.ts';
import { deleteOldRateWindows } from './connections/store-rates.ts';
import { pruneDeliveries } from './delivery/prune.ts';
import { settleInterrupted } from './delivery/store.ts';
import { dropExpiredAnswers } from './http/store.ts';
import type { JobHandler } from './jobs.ts';
import { deleteExpired } from './people/access-store.ts';

const minute = 60_000;
const day = 1440 * minute;

export function sweeps(deps: CredentialDeps & { config: Config }): JobHandler[] {
  const sweep = (kind: string, everyMs: number, work: () => Promise<unknown>): JobHandler => ({
    kind,
    everyMs,
    run: async () => void (await work()),
  });
  return [
    sweep('renew accounts', minute, () => renewAccounts(deps)),
    sweep('check accounts', minute, () => checkAccounts(deps)),
    sweep('tell of links that end', minute, () => tellOfEnds(deps)),
    sweep('wipe expired link flows', minute, () => wipeExpiredFlows(deps)),
    sweep('settle interrupted deliveries', minute, () =>
      settleInterrupted(deps.db, deps.now(), deps.config.totalTimeoutMs),
    ),
    sweep('settle interrupted runs', minute, () =>
      settleInterruptedRuns(deps.db, deps.now(), deps.config.runLimits.maxMs),
    ),
    sweep('prune runs', 10 * minute, () => pruneRuns(deps)),
    sweep('prune deliveries', 10 * minute, () => pruneDeliveries(deps)),
    sweep('drop rate windows', 10 * minute, () => deleteOldRateWindows(deps.db, deps.now() - day)),
    sweep('drop clock offsets', 10 * minute, () => deleteOldOffsets(deps.db, deps.now())),
    sweep('drop kept answers', 10 * minute, () => dropExpiredAnswers(deps.db, deps.now())),
    sweep('drop sessions and codes', 10 * minute, () => deleteExpired(deps.db, deps.now())),
  ];
}
