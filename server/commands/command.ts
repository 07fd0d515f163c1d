/** What a command of the command line is, and how commands answer. */
import type { Hub } from '../hub.ts';
import { writeJson } from '../json.ts';
import { commandLine } from '../people/actor.ts';

export interface Command {
  /** The words that call it: 'account link'. */
  name: string;
  /** What follows the words: 'ACCOUNT [--wait]'. */
  usage: string;
  help: string;
  /** Options beside --json and --help. */
  options?: Readonly<Record<string, { type: 'boolean' | 'string'; multiple?: boolean; short?: string }>>;
  /** How many words may follow. */
  args: [least: number, most: number];
  /** Answers the exit code: 0 done, 1 refused or failed. */
  run(call: CommandCall): Promise<number>;
}

export interface CommandCall {
  args: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  json: boolean;
  io: Io;
  /** Opens the hub, once: creates the database where there is none and brings it up to date. Closed by the caller. */
  hub(): Promise<Hub>;
}

/** The world outside: stdout carries the answer alone. */
export interface Io {
  out(text: string): void;
  /** Raw bytes on stdout. */
  outBytes(bytes: Uint8Array): void;
  err(text: string): void;
  stdin(): AsyncIterable<string>;
  readFile(path: string): Promise<string>;
  writeFile(path: string, text: string): Promise<void>;
  env: Readonly<Record<string, string | undefined>>;
  /** Resolves when a signal asks the process to end. */
  interrupted: Promise<void>;
}

/** A call that does not fit; ends with exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Options of a command that takes answers and variables. */
export const settingOptions = { set: { type: 'string', multiple: true } } as const;

/** Reads KEY=VALUE pairs of `--set`. */
export function parseSettings(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--set takes KEY=VALUE, not "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** The answer as JSON: in one line for machines, indented for people. */
export function tell(call: CommandCall, answer: unknown): void {
  call.io.out(writeJson(answer, call.json ? undefined : 2));
}

/** The answer for machines, or what people read in its place; nothing where that is empty. */
export function tellEither(call: CommandCall, answer: unknown, text: string): void {
  if (call.json) call.io.out(writeJson(answer));
  else if (text !== '') call.io.out(text);
}

/** All items of a list of the API, page after page. */
export async function allItems<Item>(call: CommandCall, path: string): Promise<Item[]> {
  const hub = await call.hub();
  const items: Item[] = [];
  for (let after: string | null = ''; after !== null; ) {
    const query = new URLSearchParams({ limit: '200', after });
    const { body } = await hub.call(commandLine, 'GET', `${path}?${query}`);
    // The Contract's shape of a list.
    const page = body as { items: Item[]; next: string | null };
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

/** Rows in aligned columns, for people. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
