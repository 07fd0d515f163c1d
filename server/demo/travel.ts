/** The journey as a whole: import, link, run, and whether the remote side verified every step. */
import { readFileSync } from 'node:fs';
import { HubError } from '../errors.ts';
import { commandLine } from '../people/actor.ts';
import { fromRoot } from '../root.ts';
import { answerCustomer, type CustomerSide, channelHosts } from './channel.ts';
import {
  importPackage,
  linkAccount,
  type MadeRecord,
  planImport,
  runBehavior,
  runnableAmong,
  type Traveller,
} from './journey.ts';
import { consumerOf, hasBots, makeAnswers, requestHosts } from './package-facts.ts';

/** What the demo must see of the remote side to tell what it verified. */
export interface RemoteSide extends CustomerSide {
  origin: string;
  journal: { entries(): readonly SeenRequest[]; clear(): void };
}

interface SeenRequest {
  method: string;
  path: string;
  status: number | null;
  /** Whose request it was, once that is certain. */
  authenticated: object | null;
  /** The checks that held. */
  verified: readonly string[];
  /** The check that failed. */
  refused: string | null;
  cookieNames: readonly string[];
}

export type OpenRemoteSide = (
  consumer: { key: string; secret: string },
  hosts: readonly string[],
) => Promise<RemoteSide>;

const accountContext = 'cerberusweb.contexts.connected_account';
const botContext = 'cerberusweb.contexts.bot';
const serviceContext = 'cerberusweb.contexts.connected_service';

/** Imports, links, runs, and has a customer's message answered; answers whether the remote side verified every step. */
export async function travel(
  traveller: Traveller,
  given: string | undefined,
  openRemoteSide: OpenRemoteSide,
): Promise<boolean> {
  if (given !== undefined) await planImport(traveller, given);
  const [first = '', ...others] = packagesFor(given);
  const { prompts, hosts } = await planImport(traveller, first);
  const answers = makeAnswers(prompts, () => '', madeUp);
  const consumer = consumerOf(first, answers);
  if (!consumer) throw new HubError('bad_request', 'The package brings no OAuth 1.0a service to link.');
  const records = await importPackage(traveller, first, answers);
  const account = idOf(records, accountContext);
  const calledHosts = [first, ...others].flatMap(requestHosts);
  const listedHosts = hosts.map(({ host }) => host);
  const allHosts = new Set([...listedHosts, ...calledHosts, ...channelHosts()]);
  const remote = await openRemoteSide(consumer, [...allHosts]);
  await linkAccount(traveller, account);
  const isLinkVerified = judge(traveller, remote, ({ refused }) => refused === null);
  for (const text of others) {
    const asked = await planImport(traveller, text);
    const filled = makeAnswers(asked.prompts, () => account, madeUp);
    records.push(...(await importPackage(traveller, text, filled)));
  }
  await allowHosts(traveller, idOf(records, serviceContext), calledHosts);
  const areRunsVerified = await runAll(traveller, records, remote);
  const botId = idOf(records, botContext);
  const isAnswered = await answerCustomer(traveller, remote, { botId, consumer });
  const isAnswerVerified = judge(traveller, remote, ({ authenticated }) => authenticated !== null);
  return isLinkVerified && areRunsVerified && isAnswered && isAnswerVerified;
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
  remote: RemoteSide,
): Promise<boolean> {
  const behaviors = await runnableAmong(traveller, records);
  let areAllVerified = behaviors.length > 0;
  for (const id of behaviors) {
    remote.journal.clear();
    const run = await runBehavior(traveller, id);
    traveller.say(
      `Ran the behavior '${run.title}'`,
      run.problem ?? (run.status === 'suspended' ? 'it waits for a reply' : run.status),
    );
    const isVerified = judge(traveller, remote, ({ authenticated }) => authenticated !== null);
    // One that talks with people sends nothing by itself, and waits for what they say.
    const isFine = run.status === 'done' || run.status === 'suspended';
    areAllVerified &&= isFine && (isVerified || !run.sends);
  }
  return areAllVerified;
}

/** Tells what the remote side checked since its journal was cleared; true when something was and all of it held. */
function judge(
  { say }: Traveller,
  { journal }: RemoteSide,
  isGood: (request: SeenRequest) => boolean,
): boolean {
  const seen = journal.entries();
  const checked = seen.filter(({ verified, refused }) => verified.length > 0 || refused !== null);
  for (const { method, path, status, verified, refused } of checked) {
    const judgement = refused === null ? `verified: ${verified.join(', ')}` : `REFUSED: ${refused}`;
    say(`The provider saw ${method} ${path}`, `${status}, ${judgement}`);
  }
  const strays = seen.flatMap(({ cookieNames }) =>
    cookieNames.filter((name) => name.includes('countersign')),
  );
  if (strays.length > 0) say('The provider saw a cookie of the hub', strays.join(', '));
  return checked.length > 0 && seen.every(isGood) && strays.length === 0;
}

async function allowHosts(
  { hub, say }: Traveller,
  serviceId: string,
  hosts: readonly string[],
): Promise<void> {
  const { body } = await hub.call(commandLine, 'GET', `/connected-services/${serviceId}`);
  // The shape is the Contract's service.
  const { allowed_hosts: allowed } = body as { allowed_hosts: string[] };
  const missing = hosts.filter((host) => !allowed.includes(host));
  if (missing.length === 0) return;
  await hub.call(commandLine, 'PATCH', `/connected-services/${serviceId}`, {
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
