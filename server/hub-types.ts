/** What the hub takes and gives: the types of the package's main export. */

import type { ErrorHandler, UpdateHandler } from './channels/in-code.ts';
import type { ChannelInCode } from './channels/in-code-channels.ts';
import type { Config } from './config.ts';
import type { AccountRequest } from './connections/accounts.ts';
import type { LinkOutcome } from './connections/link-wait.ts';
import type { Resolve } from './delivery/connector.ts';
import type { Delivery } from './delivery/delivery.ts';
import type { Log } from './http/answer-errors.ts';
import type { LocalCall } from './http/local-call.ts';
import type { PageRoute } from './http/route.ts';

export interface HubOptions {
  /** In place of settings read from the environment. */
  config?: Config;
  /** In place of `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Channels whose messages this program answers itself; see `on`. */
  channels?: readonly ChannelInCode[];
  /** In place of the log on stderr. */
  log?: Log;
  logLevel?: Config['logLevel'];
  now?: () => number;
  randomBytes?: (size: number) => Uint8Array;
  /** Resolver of host names for outgoing requests, in place of the system's. */
  resolve?: Resolve;
}

/** A running hub. It does not listen until `listen()`; `close()` finishes what is under way. */
export interface Hub {
  /** The public base URL, without a slash at the end. */
  url: string;
  /** Serves pages and API, and begins to work: jobs, and the channels named in code. */
  listen(): Promise<void>;
  close(): Promise<void>;
  /**
   * `update`: a message was received on a channel named in code. Handlers are called one after another and awaited;
   * of several processes one handles it. When one throws, `error` is told and the message is tried again, five times
   * in all. `error` also tells what keeps a channel from starting.
   */
  on(event: 'update', handler: UpdateHandler): Hub;
  on(event: 'error', handler: ErrorHandler): Hub;
  /** Every address of the pages, for tests that walk them all. */
  pages: readonly Pick<PageRoute, 'method' | 'path' | 'access'>[];
  /** Calls an API route from inside the process. */
  call: LocalCall;
  /** Address where the first admin signs up; undefined once there is one. Each call voids the address before. */
  setupAddress(): Promise<string | undefined>;
  addWorker(input: { email: string; isAdmin: boolean }): Promise<string>;
  createApiKey(input: { name: string; isAdmin: boolean; accounts: readonly string[] }): Promise<string>;
  waitForLink(address: string, interrupted: Promise<void>): Promise<LinkOutcome>;
  /** Sends a request signed with an account and answers it byte for byte. */
  request(input: Omit<AccountRequest, 'actor'>): Promise<Delivery>;
  /** Runs the jobs that are due now. */
  runJobs(): Promise<number>;
}
