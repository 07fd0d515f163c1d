/** What makes a page hard to use: found by axe-core, and by rules of our own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const ownSource = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8');

/** Looks the page over in light and dark, wide and at 360 px; a sentence for each problem. */
export async function lookOver(page: Page): Promise<string[]> {
  const where = new URL(page.url()).pathname;
  const problems: string[] = [];
  const find = async (what: string, circumstances: string) => {
    const found = await page.evaluate<string[]>(`inPage.${what}()`);
    problems.push(...found.map((problem) => `${where}${circumstances}: ${problem}`));
  };
  // Evaluated by the debugger, which the page's content policy does not concern.
  await page.evaluate(axeSource);
  await page.evaluate(ownSource);
  for (const width of [1200, 360]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await find('findViolations', ` at ${width} px, ${colorScheme}`);
    }
    await find('findOverflow', ` at ${width} px`);
  }
  // After a key was pressed, focus moved by script shows as it does from the keyboard.
  await page.keyboard.press('Tab');
  await find('findPoorControls', '');
  return problems;
}
