/** A sandbox for one app, listening: what the command line and the demo start. */
import type { User } from './consumer.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

/** A sandbox that listens on loopback. */
export type RunningSandbox = Sandbox & { origin: string; close(): Promise<void> };

/** Registers one app under the given consumer key and listens on `port`; 0 takes a free one. */
export async function startSandbox(options: {
  port: number;
  publicOrigins: readonly string[];
  consumer: { key: string; secret: string };
  callbacks: readonly string[];
  /** Shown on the consent page. */
  name?: string;
  users?: readonly User[];
}): Promise<RunningSandbox> {
  const { port, publicOrigins, consumer, callbacks, name = 'Countersign', users } = options;
  const sandbox = createSandbox({
    consumers: [{ ...consumer, name, callbacks }],
    publicOrigins,
    ...(users && { users }),
  });
  return { ...sandbox, ...(await sandbox.listen(port)) };
}
