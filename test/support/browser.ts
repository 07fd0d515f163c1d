/** The machine's Chromium for tests of pages, each visitor watched for what the console would show. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe } from 'node:test';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { password } from './hub.ts';

const executablePath = process.env.TEST_CHROMIUM || '/usr/bin/chromium';
const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Somebody with a browser of their own: cookies, colours and window are nobody else's. */
export interface Visitor {
  page: Page;
  /** A second tab of the same browser. */
  newTab(): Promise<Page>;
  /** Fails with every console error, page error and CSP report so far; `expected` names those that belong to the test. */
  assertQuiet(expected?: RegExp): void;
}

export type Visit = (options?: BrowserContextOptions) => Promise<Visitor>;

/** Declares tests that get a browser; without a Chromium they are skipped, saying so. */
export function withBrowser(title: string, declare: (visit: Visit) => void): void {
  const skip = existsSync(executablePath)
    ? false
    : `no Chromium at ${executablePath}; TEST_CHROMIUM names another`;
  describe(title, { skip }, () => {
    let browser: Browser;
    before(async () => {
      browser = await chromium.launch({ executablePath, args });
    });
    after(() => browser?.close());
    declare((options) => openVisitor(browser, options));
  });
}

async function openVisitor(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  const faults: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (fault) => faults.push(String(fault.error())));
  // Chromium tells most violations on the console; a report-only or silent one would be missed without this.
  await context.addInitScript({
    content: `document.addEventListener('securitypolicyviolation', (report) =>
      console.error('CSP: ' + report.effectiveDirective + ' refused ' + report.blockedURI));`,
  });
  const newTab = () => context.newPage();
  return {
    page: await newTab(),
    newTab,
    assertQuiet(expected) {
      const unexpected = faults.filter((fault) => !expected?.test(fault));
      assert.deepEqual(unexpected, [], 'the console stayed empty');
    },
  };
}

/** Signs in through the page, as the first admin of a test hub. */
export async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail address').fill('ada@example.com');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Start' }).waitFor();
}

/** Chooses a name and a password at a one-time address. */
export async function signUp(page: Page, address: string, name: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Password *').fill(password);
  await page.getByLabel('The same password again').fill(password);
  await page.getByRole('button', { name: 'Save and sign in' }).click();
  await page.getByRole('heading', { name: 'Start' }).waitFor();
}
