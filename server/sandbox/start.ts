/** A sandbox for one app, listening: what the command line and the demo start. */
import type { Consumer } from './consumer.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';

/** A sandbox that listens on loopback. */
export type RunningSandbox = Sandbox & { origin: string; close(): Promise<void> };

/** What a sandbox of one app takes beside the app itself. */
export type StartOptions = Omit<SandboxOptions, 'consumers' | 'publicOrigins' | 'now' | 'randomBytes'> &
  Pick<Consumer, 'accessLevel' | 'activity'>;

/** Registers one app under the given consumer key and listens on `port`; 0 takes a free one. */
export async function startSandbox(
  options: {
    port: number;
    publicOrigins: readonly string[];
    consumer: { key: string; secret: string };
    callbacks: readonly string[];
    /** Shown on the consent page. */
    name?: string;
  } & StartOptions,
): Promise<RunningSandbox> {
  const { port, consumer, callbacks, name = 'Countersign', accessLevel, activity, ...others } = options;
  const app = {
    ...consumer,
    name,
    callbacks,
    ...(accessLevel && { accessLevel }),
    ...(activity && { activity }),
  };
  const sandbox = createSandbox({ ...others, consumers: [app] });
  return { ...sandbox, ...(await sandbox.listen(port)) };
}
