/** What a command of the command line is. Pure types, and the error for a wrong call. */
import type { Hub } from '../hub.ts';

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
  /** Opens the hub: creates the database where there is none and brings it up to date. Closed by the caller. */
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

/** Whoever can run commands on this machine can read its database and key, so the command line acts as an admin. */
export const cliActor = { kind: 'cli', id: 'cli', name: 'command line' } as const;
