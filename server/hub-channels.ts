/** Puts the rooms of channels together: what bots ask of them, their addresses, their jobs, their part in code. */
import type { Knex } from 'knex';
import type { Deps as BotRunDeps } from './bots/run.ts';
import { runBehavior } from './bots/run.ts';
import { type Activity, activityJob, tellActivity } from './channels/activity.ts';
import { answerJob, answerMessage } from './channels/answer.ts';
import { channelsApi } from './channels/api.ts';
import { channelsForBots } from './channels/bot-port.ts';
import type { ChannelCall } from './channels/channel.ts';
import type { ChannelDeps } from './channels/channels.ts';
import { answerInCode, inCodeJob, type Listeners, tellError } from './channels/in-code.ts';
import {
  type ChannelInCode,
  ensureInCode,
  type Deps as InCodeDeps,
  startInCode,
} from './channels/in-code-channels.ts';
import { sendJob } from './channels/outbox.ts';
import { channelsPages } from './channels/pages.ts';
import { checkWebhooks, pollChannels } from './channels/poll.ts';
import { hookJob, processHook, pruneHooks } from './channels/process-hook.ts';
import { createHooks } from './channels/receive.ts';
import type { Channel } from './channels/records.ts';
import { callRemote, type RemoteDeps } from './channels/remote.ts';
import { sendMessage } from './channels/send.ts';
import { releaseHeld, settleMessages } from './channels/settle.ts';
import { channelTypes } from './channels/types.ts';
import type { Config } from './config.ts';
import type { ApiRoute, HookRoute, PageRoute } from './http/route.ts';
import type { JobHandler } from './jobs.ts';

/** A run that answers a message is waited for to its end: ten minutes, and one to store it. */
const patienceMs = 11 * 60_000;

export interface Deps extends Omit<RemoteDeps, 'types' | 'appTokens'> {
  db: Knex;
  config: Config;
  newId(): string;
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
  dependents: ChannelDeps['dependents'];
  eraseDeliveriesOf: ChannelDeps['eraseDeliveriesOf'];
  owners: InCodeDeps['owners'];
  otherDependents: InCodeDeps['otherDependents'];
  /** Has the jobs looked at now. */
  wake(): void;
}

/** The rest needs what bots need, and bots need `port`: so this comes first. */
export function connectChannels(deps: Deps) {
  const listeners: Listeners = { update: [], error: [] };
  const channels = { ...deps, types: channelTypes, appTokens: new Map<string, string>(), listeners };
  const sending = {
    ...channels,
    totalTimeoutMs: deps.config.totalTimeoutMs,
    callRemote: <T>(channel: Channel, call: ChannelCall<T>) => callRemote(channels, channel, call),
  };
  return { listeners, channels, sending, port: channelsForBots(sending) };
}

type Connected = ReturnType<typeof connectChannels>;

/** Addresses of channels; what they take in is worked on at once. */
export function hooksOf({ channels }: Connected): { routes: HookRoute[]; flush(): Promise<void> } {
  const { routes, flush } = createHooks(channels);
  const waking = (route: HookRoute): HookRoute => ({
    ...route,
    async handle(call) {
      const answer = await route.handle(call);
      if (route.method === 'POST') channels.wake();
      return answer;
    },
  });
  return { routes: routes.map(waking), flush };
}

/** Pages and calls of channels, the inbox among them. */
export function channelRoutes(
  { sending }: Connected,
  bots: BotRunDeps,
): { pages: PageRoute[]; api: ApiRoute[] } {
  const deps = {
    ...sending,
    runBehavior: (input: Parameters<typeof runBehavior>[1]) => runBehavior(bots, input),
  };
  return { pages: channelsPages(deps), api: channelsApi(deps) };
}

/** `isInCode`: this process has handlers, and takes the messages that are for them. */
export function channelJobs(
  { channels, sending }: Connected,
  bots: BotRunDeps,
  { isInCode }: { isInCode: boolean },
): JobHandler[] {
  const answering = {
    ...sending,
    runBehavior: (input: Parameters<typeof runBehavior>[1]) => runBehavior({ ...bots, patienceMs }, input),
  };
  // Each payload is what the enqueuing function of the same kind wrote.
  const about = (payload: unknown) => (payload as { messageId: string }).messageId;
  const inCode: JobHandler[] = [
    { kind: inCodeJob, run: async (payload) => answerInCode(sending, about(payload)) },
  ];
  return [
    { kind: hookJob, run: async (payload) => processHook(channels, payload as { hookId: string }) },
    { kind: answerJob, run: async (payload) => answerMessage(answering, about(payload)) },
    { kind: activityJob, run: async (payload) => tellActivity(answering, payload as Activity) },
    { kind: sendJob, run: async (payload) => void (await sendMessage(sending, about(payload))) },
    { kind: 'poll channels', everyMs: 5_000, run: () => pollChannels(channels) },
    { kind: 'check webhooks', everyMs: 600_000, run: () => checkWebhooks(channels) },
    { kind: 'release held', everyMs: 5_000, run: () => releaseHeld(sending) },
    { kind: 'settle messages', everyMs: 30_000, run: () => settleMessages(sending) },
    { kind: 'prune channel requests', everyMs: 600_000, run: () => pruneHooks(channels) },
    ...(isInCode ? inCode : []),
  ];
}

/** The channels named in code: made at once, authorized and enabled when the hub listens. */
export async function openInCode(
  { channels }: Connected,
  given: readonly ChannelInCode[],
): Promise<{ start(): Promise<void> }> {
  const ids = await ensureInCode(channels, given);
  return {
    async start() {
      try {
        for (const fault of await startInCode(channels, ids)) tellError(channels, new Error(fault));
      } catch (error) {
        tellError(channels, error);
      }
    },
  };
}
