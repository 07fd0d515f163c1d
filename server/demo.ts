/** The demo: hub and sandbox side by side, the whole journey, each step with what the provider verified. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, parseConfig } from './config.ts';
import { createBrowser } from './demo/browser.ts';
import { prepareDemoDatabase } from './demo/database.ts';
import {
  becomeAdmin,
  importPackage,
  linkAccount,
  type MadeRecord,
  planImport,
  runBehavior,
  runnableAmong,
  type Traveller,
} from './demo/journey.ts';
import { consumerOf, hasBots, makeAnswers, requestHosts } from './demo/package-facts.ts';
import { HubError } from './errors.ts';
import { createHub } from './hub.ts';
import { fromRoot } from './root.ts';
import type { JournalEntry } from './sandbox/journal.ts';
import { type RunningSandbox, startSandbox } from './sandbox/start.ts';

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  err(text: string): void;
  interrupted: Promise<void>;
}

const cli = { kind: 'cli', id: 'cli', name: 'command line' } as const;
const accountContext = 'cerberusweb.contexts.connected_account';
const serviceContext = 'cerberusweb.contexts.connected_service';

/** Runs the journey and, without `once`, stays until interrupted. Answers 0 only if every step was verified. */
export async function runDemo(
  io: Surroundings,
  options: { package?: string; once: boolean },
): Promise<number> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-demo-'));
  const connectTo = new Map<string, string>();
  const config = await demoConfig(io.env, folder, connectTo);
  await prepareDemoDatabase(config.database);
  const hub = await createHub({ config, logLevel: 'silent', resolve: refuseAddress });
  let sandbox: RunningSandbox | undefined;
  try {
    await hub.listen();
    let count = 0;
    const say = (step: string, detail?: string) =>
      io.out(`${String(++count).padStart(2)}  ${step}${detail ? `\n      ${detail}` : ''}`);
    io.out(`Countersign is at ${hub.url}\n`);
    const traveller: Traveller = { hub, browser: createBrowser(), say };
    const signIn = await becomeAdmin(traveller, (await hub.setupAddress()) ?? hub.url);
    const ok = await travel(traveller, options.package, async (consumer, hosts) => {
      const callbacks = [`${config.url.origin}/oauth/callback`];
      const publicOrigins = hosts.map((host) => `https://${host}`);
      sandbox = await startSandbox({ port: 0, publicOrigins, consumer, callbacks });
      for (const origin of publicOrigins) connectTo.set(origin, sandbox.origin);
      say('The sandbox plays the remote side and verifies by its own code', sandbox.origin);
      return sandbox;
    });
    io.out(
      `\n${ok ? 'Every step was verified.' : 'NOT every step was verified.'} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    );
    if (!options.once) {
      io.out(
        `\nTry it by hand: ${hub.url}\n  e-mail   ${signIn.email}\n  password ${signIn.password}\nThe remote side is at ${sandbox?.origin}. Ctrl-C ends both.`,
      );
      await io.interrupted;
    }
    return ok ? 0 : 1;
  } finally {
    await sandbox?.close();
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type OpenSandbox = (
  consumer: { key: string; secret: string },
  hosts: readonly string[],
) => Promise<RunningSandbox>;

/** Imports, links, runs; answers whether the provider verified every step. */
async function travel(
  traveller: Traveller,
  given: string | undefined,
  openSandbox: OpenSandbox,
): Promise<boolean> {
  const [first = '', ...others] = packagesFor(given);
  const { prompts, hosts } = await planImport(traveller, first);
  const answers = makeAnswers(prompts, () => '', madeUp);
  const consumer = consumerOf(first, answers);
  if (!consumer) throw new HubError('bad_request', 'The package brings no OAuth 1.0a service to link.');
  const records = await importPackage(traveller, first, answers);
  const account = idOf(records, accountContext);
  const calledHosts = [first, ...others].flatMap(requestHosts);
  const sandbox = await openSandbox(consumer, [
    ...new Set([...hosts.map(({ host }) => host), ...calledHosts]),
  ]);
  await linkAccount(traveller, account);
  tellVerified(traveller, sandbox);
  for (const text of others) {
    const asked = await planImport(traveller, text);
    records.push(
      ...(await importPackage(
        traveller,
        text,
        makeAnswers(asked.prompts, () => account, madeUp),
      )),
    );
  }
  await allowHosts(traveller, idOf(records, serviceContext), calledHosts);
  return runAll(traveller, records, sandbox);
}

/** The package given, with our service or our bot beside it where it lacks one. */
function packagesFor(given: string | undefined): string[] {
  const own = (name: string) => readFileSync(fromRoot('packages', `${name}.json`), 'utf8');
  if (given === undefined) return [own('twitter')];
  if (consumerOf(given, {}) === undefined) return [own('twitter'), given];
  return hasBots(given) ? [given] : [given, own('twitter-bot')];
}

async function runAll(
  traveller: Traveller,
  records: readonly MadeRecord[],
  sandbox: RunningSandbox,
): Promise<boolean> {
  let ok = true;
  let runs = 0;
  for (const id of await runnableAmong(traveller, records)) {
    sandbox.journal.clear();
    const run = await runBehavior(traveller, id);
    const isAccepted =
      run.status === 'done' && sandbox.journal.entries().every(({ authenticated }) => authenticated !== null);
    traveller.say(
      `Ran the behavior '${run.title}'`,
      run.problem ?? (isAccepted ? 'done' : 'the remote side refused it'),
    );
    tellVerified(traveller, sandbox);
    ok &&= isAccepted;
    runs += sandbox.journal.entries().length;
  }
  return ok && runs > 0;
}

function tellVerified({ say }: Traveller, sandbox: RunningSandbox): void {
  for (const entry of sandbox.journal.entries()) {
    if (entry.verified.length > 0 || entry.refused !== null)
      say(`The provider saw ${entry.method} ${entry.path}`, judgement(entry));
  }
}

function judgement({ refused, verified, status }: JournalEntry): string {
  return refused === null ? `${status}, verified: ${verified.join(', ')}` : `${status}, REFUSED: ${refused}`;
}

async function allowHosts(
  { hub, say }: Traveller,
  serviceId: string,
  hosts: readonly string[],
): Promise<void> {
  const { body } = await hub.call(cli, 'GET', `/connected-services/${serviceId}`);
  // The shape is the Contract's service.
  const { allowed_hosts: allowed } = body as { allowed_hosts: string[] };
  const missing = hosts.filter((host) => !allowed.includes(host));
  if (missing.length === 0) return;
  await hub.call(cli, 'PATCH', `/connected-services/${serviceId}`, {
    allowed_hosts: [...allowed, ...missing],
  });
  say('As admin, allowed further hosts for the service', missing.join(', '));
}

function idOf(records: readonly MadeRecord[], context: string): string {
  const found = records.find((record) => record.context === context);
  if (!found) throw new HubError('bad_request', `The package brings no ${context.split('.').at(-1)}.`);
  return found.id;
}

function madeUp(): string {
  return `demo-${Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('hex')}`;
}

/** Settings of the demo: fresh folder and database, no outgoing address but the sandbox's. */
async function demoConfig(
  env: Surroundings['env'],
  folder: string,
  connectTo: Map<string, string>,
): Promise<Config> {
  const port = env.PORT ? env.PORT : String(await freePort(3000));
  const config = parseConfig({ ...env, PORT: port, COUNTERSIGN_DATA: folder, COUNTERSIGN_URL: undefined });
  return { ...config, connectTo, openHosts: [], allowPrivate: [] };
}

/** The demo calls nobody but the sandbox, which connect-to names by its address. */
function refuseAddress(host: string): Promise<never> {
  return Promise.reject(new Error(`the demo does not call ${host}`));
}

async function freePort(preferred: number): Promise<number> {
  const probe = createServer();
  const listens = (port: number) =>
    new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => resolve(true));
    });
  if (!(await listens(preferred))) await listens(0);
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return address && typeof address === 'object' ? address.port : preferred;
}
