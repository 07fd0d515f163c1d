/** The demo: hub and sandbox side by side, the whole journey, each step with what the provider verified. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, parseConfig } from './config.ts';
import { createBrowser } from './demo/browser.ts';
import { prepareDemoDatabase } from './demo/database.ts';
import { becomeAdmin, type Traveller } from './demo/journey.ts';
import { travel } from './demo/travel.ts';
import { createHub } from './hub.ts';
import { type RunningSandbox, startSandbox } from './sandbox/start.ts';

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  interrupted: Promise<void>;
}

export interface DemoOptions {
  /** Text of a package to import in place of our own. */
  package?: string;
  /** Ends after the journey. */
  once: boolean;
  /** Told of the sandbox before anything reaches it. */
  onSandbox?: (sandbox: RunningSandbox) => void;
}

/** Runs the journey and, without `once`, stays until interrupted. Answers 0 only if every step was verified. */
export async function runDemo(
  { env, out, interrupted }: Surroundings,
  options: DemoOptions,
): Promise<number> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  const connectTo = new Map<string, string>();
  const opened: { close(): Promise<void> }[] = [];
  try {
    const config = await demoConfig(env, folder, connectTo);
    await prepareDemoDatabase(config.database);
    const hub = await createHub({ config, logLevel: 'silent', resolve: refuseAddress });
    opened.push(hub);
    await hub.listen();
    out(`Countersign is at ${hub.url}\n`);
    const traveller: Traveller = { hub, browser: createBrowser(), say: numbered(out) };
    const signIn = await becomeAdmin(traveller, (await hub.setupAddress()) ?? hub.url);
    let customer = '';
    const isVerified = await travel(traveller, options.package, async (consumer, hosts) => {
      const publicOrigins = hosts.map((host) => `https://${host}`);
      const callbacks = [`${hub.url}/oauth/callback`];
      const accessLevel = 'read-write-directmessages';
      const sandbox = await startSandbox({ port: 0, publicOrigins, consumer, callbacks, accessLevel });
      opened.push(sandbox);
      customer = `${sandbox.origin}/customer`;
      for (const origin of publicOrigins) connectTo.set(origin, sandbox.origin);
      traveller.say('The sandbox plays the remote side and verifies by its own code', sandbox.origin);
      options.onSandbox?.(sandbox);
      return sandbox;
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    out(`\n${isVerified ? 'Every step was verified.' : 'NOT every step was verified.'} (${seconds} s)`);
    if (!options.once) {
      out(`\nTry it by hand: ${hub.url}\n  e-mail   ${signIn.email}\n  password ${signIn.password}`);
      out(`  customer ${customer}`);
      out('Ctrl-C ends hub and sandbox.');
      await interrupted;
    }
    return isVerified ? 0 : 1;
  } finally {
    for (const one of opened.reverse()) await one.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbers what is told, and sets details below it. */
function numbered(out: (text: string) => void): Traveller['say'] {
  let count = 0;
  return (step, detail) => {
    count++;
    out(`${String(count).padStart(2)}  ${step}${detail ? `\n      ${detail}` : ''}`);
  };
}

/** Settings of the demo: fresh folder and database, no outgoing address but the sandbox's. */
async function demoConfig(
  env: Surroundings['env'],
  folder: string,
  connectTo: Map<string, string>,
): Promise<Config> {
  const config = parseConfig({
    ...env,
    PORT: env.PORT ? env.PORT : String(await freePort(3000)),
    HOST: undefined,
    NODE_ENV: undefined,
    COUNTERSIGN_DATA: folder,
    COUNTERSIGN_URL: undefined,
    COUNTERSIGN_CONNECT_TO: undefined,
    COUNTERSIGN_ALLOW_PRIVATE: undefined,
    COUNTERSIGN_OPEN_HOSTS: undefined,
  });
  return { ...config, connectTo, openHosts: [] };
}

/** The demo calls nobody but the sandbox, which connect-to names by its address. */
function refuseAddress(host: string): Promise<never> {
  return Promise.reject(new Error(`the demo does not call ${host}`));
}

/** The preferred port when nobody listens on it, else one that the system names. */
async function freePort(preferred: number): Promise<number> {
  // `localhost` means either address; whoever has one of them would be met by mistake.
  const isTaken =
    (await listenBriefly(preferred, '127.0.0.1')) !== preferred || (await isAnswering(preferred));
  return isTaken ? ((await listenBriefly(0, '127.0.0.1')) ?? preferred) : preferred;
}

/** Opens a port and closes it again; undefined when it could not be opened. */
function listenBriefly(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(port, host, () => {
      const address = probe.address();
      probe.close(() => resolve(address && typeof address === 'object' ? address.port : undefined));
    });
  });
}

/** Whether somebody answers on the IPv6 side of this machine. */
function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '::1' });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
