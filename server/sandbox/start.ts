/** A sandbox for one app, listening: what the command line and the demo start. */
import type { Consumer } from './consumer.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';

/** A sandbox that listens on loopback. */
export type RunningSandbox = Sandbox & { origin: string; close(): Promise<void> };

/** What a sandbox of one app takes beside the app itself. */
export type StartOptions = Omit<SandboxOptions, 'consumers' | 'now'> &
  Pick<Consumer, 'accessLevel' | 'activity'>;

/** Registers one app under the given consumer key and listens on `port`; 0 takes a free one. */
export async function startSandbox(
  options: {
    port: number;
    consumer: Pick<Consumer, 'key' | 'secret' | 'publicKey'>;
    callbacks: readonly string[];
    /** The first person's, at hand from the start. */
    token?: { token: string; secret: string };
    /** Shown on the consent page. */
    name?: string;
  } & StartOptions,
): Promise<RunningSandbox> {
  const {
    port,
    consumer,
    callbacks,
    token,
    name = 'Countersign',
    accessLevel,
    activity,
    ...others
  } = options;
  const app = {
    ...consumer,
    name,
    callbacks,
    ...(accessLevel && { accessLevel }),
    ...(activity && { activity }),
  };
  const sandbox = createSandbox({ ...others, consumers: [app] });
  if (token) sandbox.issueToken(consumer.key, sandbox.users[0]?.screenName ?? '', token);
  return { ...sandbox, ...(await sandbox.listen(port)) };
}
