/** The journey of the user's guide, step by step, through the real pages: import, link, save, run. */
import { HubError } from '../errors.ts';
import type { Hub } from '../hub.ts';
import { commandLine } from '../people/actor.ts';
import type { Browser, Page } from './browser.ts';
import { findLink, textOf } from './browser.ts';
import { sampleFor } from './package-facts.ts';

export interface Traveller {
  hub: Hub;
  browser: Browser;
  /** Tells one finished step. */
  say(step: string, detail?: string): void;
}

export interface MadeRecord {
  context: string;
  uid: string;
  id: string;
  label: string;
}

interface PlannedPrompt {
  key: string;
  type: string;
  params: Record<string, unknown>;
}

/** Opens the one-time address and becomes the first admin. */
export async function becomeAdmin(
  traveller: Traveller,
  address: string,
): Promise<{ email: string; password: string }> {
  const email = 'demo@example.com';
  const password = `demo-${Buffer.from(crypto.getRandomValues(new Uint8Array(9))).toString('base64url')}`;
  const page = await traveller.browser.open(address);
  const home = await traveller.browser.press(page, /sign in/i, {
    email,
    name: 'Demo Admin',
    password,
    password_again: password,
  });
  expectPage(home, 'signing up');
  traveller.say('Signed up as the first admin');
  return { email, password };
}

/** What an import would ask and where its secrets would go. Throws what stands against it, before any page is walked. */
export async function planImport(
  { hub }: Pick<Traveller, 'hub'>,
  text: string,
): Promise<{ prompts: PlannedPrompt[]; hosts: { host: string }[] }> {
  const { body } = await hub.call(commandLine, 'POST', '/packages/plan', { package: text, prompts: {} });
  // The shape is the Contract's answer of `plan`.
  const plan = body as {
    prompts: PlannedPrompt[];
    hosts: { host: string }[];
    unsupported: { path: string; message: string }[];
  };
  if (plan.unsupported.length === 0) return plan;
  const list = plan.unsupported.map(({ path, message }) => `\n  ${path}: ${message}`);
  throw new HubError(
    'package_unsupported',
    `The package asks for what cannot be stored here:${list.join('')}`,
  );
}

/** Setup > Configure > Import Package: paste, Import, answer the prompts, Import. */
export async function importPackage(
  traveller: Traveller,
  text: string,
  answers: Readonly<Record<string, string>>,
): Promise<MadeRecord[]> {
  const { browser, hub } = traveller;
  const empty = await browser.open(`${hub.url}/setup/import`);
  let page = await browser.press(empty, /^Import$/, { package: text });
  // Another package of the same name was imported before; this one becomes a second copy.
  if (page.status === 409) page = await browser.press(page, /^Import a new copy$/);
  if (Object.keys(answers).length > 0) {
    const fields = Object.entries(answers).map(([key, value]) => [`prompt.${key}`, value]);
    page = await browser.press(page, /^Import$/, Object.fromEntries(fields));
  }
  expectPage(page, 'importing', /were created/);
  const { body } = await hub.call(commandLine, 'GET', '/imports?limit=1');
  // The shape is the Contract's list of imports.
  const [made] = (body as { items: { name: string; records: MadeRecord[] }[] }).items;
  traveller.say(`Imported the package '${made?.name}'`, made?.records.map(({ label }) => label).join(', '));
  return made?.records ?? [];
}

/** Edit, Link to NAME, consent at the remote site, Save Changes. */
export async function linkAccount(traveller: Traveller, accountId: string): Promise<void> {
  const { browser, hub } = traveller;
  const card = await browser.open(`${hub.url}/connected-accounts/${accountId}`);
  const edit = await browser.open(findLink(card, /\/edit$/) ?? card.url);
  const consent = await browser.press(edit, /^Link (again )?to /);
  expectPage(consent, 'asking for consent');
  traveller.say('Pressed the Link button', `the remote side asks for consent at ${consent.url.origin}`);
  const approved = await browser.press(consent, /^Authorize/, { user: 'alice' });
  expectPage(approved, 'consenting', /not saved yet/);
  traveller.say('Consented', /Approved as [^,<]+/.exec(approved.html)?.[0]);
  const saved = await browser.press(approved, /^Save Changes$/);
  expectPage(saved, 'saving', /Linked as/);
  traveller.say('Pressed Save Changes', /Linked as [^<]+/.exec(saved.html)?.[0]);
}

export interface RunOutcome {
  title: string;
  status: string;
  problem: string | null;
  /** Whether it came to an action that sends a request. */
  sends: boolean;
}

/** Runs a behavior with made-up values for what it asks. */
export async function runBehavior({ hub }: Pick<Traveller, 'hub'>, id: string): Promise<RunOutcome> {
  const { body: found } = await hub.call(commandLine, 'GET', `/behaviors/${id}`);
  // The shapes are the Contract's; variables are Cerb's object by name.
  const behavior = found as {
    title: string;
    variables: Record<string, { type: string; is_private?: unknown }>;
  };
  const once = new Date().toISOString();
  const variables = Object.fromEntries(
    Object.entries(behavior.variables).map(([name, { type }]) => [name, sampleFor(name, type, once)]),
  );
  const { body } = await hub.call(commandLine, 'POST', `/behaviors/${id}/run`, { variables });
  const run = body as {
    status: string;
    error: { message: string } | null;
    transcript: { action: string }[];
  };
  const sends = run.transcript.some(({ action }) => action === 'core.va.action.http_request');
  return { title: behavior.title, status: run.status, problem: run.error?.message ?? null, sends };
}

/** The behaviors among some records that can run. */
export async function runnableAmong(
  { hub }: Pick<Traveller, 'hub'>,
  records: readonly MadeRecord[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const { context, id } of records) {
    if (context !== 'cerberusweb.contexts.behavior') continue;
    const { body } = await hub.call(commandLine, 'GET', `/behaviors/${id}`);
    if ((body as { runnable: boolean }).runnable) ids.push(id);
  }
  return ids;
}

/** Throws with what a person would have read when the page is not the expected one. */
function expectPage(page: Page, step: string, content = /./): void {
  if (page.status < 400 && content.test(page.html)) return;
  const main = /<main[\s\S]*<\/main>/.exec(page.html)?.[0] ?? page.html;
  throw new Error(
    `The demo stopped at ${step} (${page.url.pathname}, status ${page.status}): ${textOf(main).slice(0, 400)}`,
  );
}
