/** Puts bots together: what they reach beside accounts and channels, their pages and calls, what runs them at a time. */
import { botsApi } from './bots/api.ts';
import { createBotKeys } from './bots/bot-keys.ts';
import { createGroupCommit } from './bots/group-commit.ts';
import { type Deps as BotPageDeps, botsPages } from './bots/pages.ts';
import type { Deps as BotRunDeps } from './bots/run.ts';
import { runBehavior } from './bots/run.ts';
import type { Config } from './config.ts';
import { createMailDoor } from './delivery/mail.ts';
import { pruneMails, sendMail, settleInterruptedMails } from './delivery/send-mail.ts';
import type { ApiRoute, PageRoute } from './http/route.ts';
import { type Deps as RecordDeps, recordKinds } from './hub-records.ts';
import type { JobHandler } from './jobs.ts';
import { schedulesApi } from './schedules/api.ts';
import { schedulesPages } from './schedules/pages.ts';
import {
  pruneSchedules,
  runScheduled,
  type ScheduledRun,
  scheduleJob,
  takeDueSchedules,
} from './schedules/run-due.ts';
import { schedulesForBots } from './schedules/run-later.ts';

/** A run at its time is waited for to its end: as long as runs may take, and one minute to store it. */
const storingMs = 60_000;

type Shared = Parameters<typeof schedulesForBots>[0] & { config: Config };

/** What actions ask of the hub. */
export function botPorts(
  shared: Shared & RecordDeps,
): Pick<BotRunDeps, 'commit' | 'keys' | 'schedules' | 'sendMail' | 'records'> {
  const { smtpUrl, ...config } = shared.config;
  const mailDoor = smtpUrl === undefined ? undefined : createMailDoor({ ...config, smtpUrl });
  return {
    commit: createGroupCommit(shared.db),
    keys: createBotKeys(shared),
    schedules: schedulesForBots(shared),
    records: recordKinds(shared),
    sendMail: (run, request) => sendMail({ ...shared, mailDoor }, run, request),
  };
}

/** Pages and calls of bots and of what runs at a time, and the jobs that run it. */
export function botRoutes(
  shared: Shared,
  bots: BotPageDeps & Parameters<typeof botsApi>[0],
): { pages: PageRoute[]; api: ApiRoute[]; jobs: JobHandler[] } {
  const patienceMs = shared.config.runLimits.maxMs + storingMs;
  const running = {
    ...shared,
    runBehavior: (runId: string, input: Parameters<typeof runBehavior>[1]) =>
      runBehavior({ ...bots, patienceMs, newId: () => runId }, input),
  };
  return {
    pages: [...botsPages(bots), ...schedulesPages(shared)],
    api: [...botsApi(bots), ...schedulesApi(shared)],
    jobs: [
      { kind: 'take due schedules', everyMs: 5_000, run: async () => void (await takeDueSchedules(shared)) },
      // The payload is what takeDueSchedules wrote.
      { kind: scheduleJob, run: (payload) => runScheduled(running, payload as ScheduledRun) },
      { kind: 'settle interrupted mails', everyMs: 60_000, run: () => settleInterruptedMails(shared) },
      { kind: 'prune mails', everyMs: 600_000, run: () => pruneMails(shared) },
      { kind: 'prune schedules', everyMs: 600_000, run: () => pruneSchedules(shared) },
    ],
  };
}
