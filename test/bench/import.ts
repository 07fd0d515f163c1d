/** What importing a large package costs: the plan beside the least work there is, the write beside bare inserts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Knex } from 'knex';
import { migrate, openDatabase } from '../../server/db/open.ts';
import { type ImportRequest, importPackage, planPackage } from '../../server/packages/import.ts';
import { commandLine } from '../../server/people/actor.ts';
import { renderPackageText } from '../../server/templates/package-stage.ts';
import { botSyntax, scanTemplate } from '../../server/templates/template-scan.ts';
import { toTemplateContext } from '../../server/templates/template-value.ts';
import { botTags, compileTemplate } from '../../server/templates/twig.ts';
import { importDeps, rowsOf } from '../support/packages.ts';
import { answers, largePackage } from './large-package.ts';
import type { Benchmark } from './run.ts';

const size = { records: 2000, bytes: 5_000_000 };
const rounds = 5;
/** How many times as long as its least work a plan may take, and how many times the file its memory may grow. */
const goals = { plan: 2, memory: 10, holdMs: 50 };

export const importing: Benchmark = {
  title: `planning and importing a package of ${size.records} records`,
  async run(print) {
    const text = largePackage(size);
    print(`${megabytes(text.length)}; SQLite in a file; medians of ${rounds} rounds, in ms`);
    const residentBefore = peakResident();
    const grown = await withDatabase((db) => growthOf(() => importPackage(depsOf(db), requestOf(text))));
    const resident = peakResident() - residentBefore;
    const needed = await withDatabase((db) =>
      growthOf(() => importPackage(depsOf(db), requestOf(text)), collect),
    );

    const least: number[] = [];
    const shared: number[] = [];
    const plan: number[] = [];
    const write: number[] = [];
    const bare: number[] = [];
    const holds: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      least.push(await timed(() => renderEach(text, renderAlone)));
      shared.push(await timed(() => renderEach(text, renderShared)));
      const rows = await withDatabase(async (db) => {
        const planned = await timed(() => planPackage(depsOf(db), requestOf(text)));
        const delays = monitorEventLoopDelay({ resolution: 1 });
        delays.enable();
        await pause();
        const whole = await timed(() => importPackage(depsOf(db), requestOf(text)));
        await pause();
        plan.push(planned);
        write.push(whole - planned);
        holds.push(delays.max / 1e6);
        return rowsOf(db);
      });
      bare.push(await withDatabase((db) => timed(() => insertRows(db, rows))));
    }
    const times = (one: number[], other: number[]) => median(one) / median(other);
    print(`  JSON.parse, each text compiled and rendered   ${ms(least)}`);
    print(`  JSON.parse, each text rendered by our stage   ${ms(shared)}`);
    print(`  plan                                          ${ms(plan)}`);
    print(`  bare inserts of the same rows                 ${ms(bare)}`);
    print(`  write                                         ${ms(write)}`);
    print(
      `  plan: ${verdict(times(plan, least), goals.plan)}; ${times(plan, shared).toFixed(1)}x with our stage`,
    );
    print(`  write: ${times(write, bare).toFixed(1)}x the bare inserts`);
    print(`  memory needed: ${megabytes(needed)}, ${verdict(needed / text.length, goals.memory)} the file`);
    print(
      `  with what waits to be collected: ${megabytes(grown)}, ${(grown / text.length).toFixed(1)}x the file`,
    );
    print(`  of the process: ${megabytes(resident)}, ${(resident / text.length).toFixed(1)}x the file`);
    print(`  the event loop was held for ${ms(holds).trim()} (goal ${goals.holdMs})`);
  },
};

function depsOf(db: Knex) {
  return { ...importDeps(db), config: { maxPackageBytes: 2 * size.bytes } };
}

function requestOf(text: string): ImportRequest {
  return { actor: commandLine, package: text, prompts: answers };
}

async function withDatabase<T>(work: (db: Knex) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  const db = openDatabase({ kind: 'sqlite', file: join(folder, 'bench.sqlite') });
  try {
    await migrate(db);
    return await work(db);
  } finally {
    await db.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One insert a row, in one transaction. */
async function insertRows(db: Knex, rows: Readonly<Record<string, unknown[]>>): Promise<void> {
  await db.transaction(async (trx) => {
    for (const [table, entries] of Object.entries(rows)) {
      // Rows as the database gave them.
      for (const row of entries) await trx(table).insert(row as Record<string, unknown>);
    }
  });
}

function renderEach(text: string, render: (text: string) => unknown): void {
  const walk = (value: unknown): void => {
    if (typeof value === 'string') render(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk);
  };
  walk(JSON.parse(text));
}

/** The template engine by itself, on texts that hold a template at all. */
function renderAlone(text: string): string {
  if (!text.includes('{{')) return text;
  const source = text.replaceAll('{{{', '{{').replaceAll('}}}', '}}');
  const { values } = toTemplateContext({ ...answers, tag: 'ABCDEFGH', uid: {} });
  const tools = { now: () => 0, timeZone: 'UTC', randomInt: () => 0 };
  const limits = { steps: 100_000, maxOutputLength: 1_000_000 };
  return compileTemplate(source, scanTemplate(source, botSyntax), botTags).render(values, tools, limits);
}

function renderShared(text: string): unknown {
  const uid = Object.fromEntries([...text.matchAll(/uid\.(\w+)/g)].map(([, name]) => [name, 'ID']));
  return renderPackageText(text, { ...answers, tag: 'ABCDEFGH', uid }, { insideBotTemplate: false });
}

async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Lets timers run, so that a hold that ended is counted. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * By how many bytes what is in use rose above the start, at the most, while `work` ran; the text is there already.
 * Looked at between two turns of the work; `tidy` runs before every tenth look, which alone then counts.
 */
async function growthOf(work: () => Promise<unknown>, tidy?: () => void): Promise<number> {
  collect();
  const start = inUse();
  let [peak, looks, isOver] = [start, 0, false];
  const look = () => {
    looks += 1;
    if (!tidy || looks % 10 === 0) {
      tidy?.();
      peak = Math.max(peak, inUse());
    }
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  await work();
  isOver = true;
  return peak - start;
}

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Collects garbage; node has the function where this flag is set. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc()');
}

/** The most memory the process had so far, in bytes; it never falls. */
function peakResident(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function verdict(times: number, goal: number): string {
  return `${times.toFixed(1)}x (goal ${goal}x ${times <= goal ? 'held' : 'missed'})`;
}

function ms(values: readonly number[]): string {
  return median(values).toFixed(0).padStart(6);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
