/** Serves: settings, hub, listen, jobs; stops cleanly on signals. */
import { parseConfig } from './config.ts';
import { createHub } from './hub.ts';

/** Longest wait for requests under way when the process is asked to end. */
const stopTimeoutMs = 25_000;

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  interrupted: Promise<void>;
}

/** Serves until interrupted, then finishes what is under way; answers the exit code. */
export async function serve({ env, out, err, interrupted }: Surroundings): Promise<number> {
  const hub = await createHub({ config: parseConfig(env) });
  try {
    await hub.listen();
    out(`Countersign is at ${hub.url}`);
    // Outside the logger: whoever reads collected logs must not become the first admin.
    const setup = await hub.setupAddress();
    if (setup !== undefined) err(`No admin yet. Become the first one at ${setup} (valid for one hour)`);
    await interrupted;
  } finally {
    const overdue = setTimeout(() => process.exit(1), stopTimeoutMs).unref();
    await hub.close();
    clearTimeout(overdue);
  }
  return 0;
}
