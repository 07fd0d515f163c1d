/** Runs a command of the command line: inside the test, or as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { runCommand } from '../../server/commands/run.ts';
import type { DatabaseConfig } from '../../server/config.ts';
import { fromRoot } from '../../server/root.ts';

export interface Outcome {
  code: number;
  /** What stood on stdout. */
  out: string;
  bytes: Buffer;
  err: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export interface CommandOptions {
  env?: Env;
  /** What comes on stdin. */
  stdin?: string;
  interrupted?: Promise<void>;
  /** Told of each line on stdout while the command runs. */
  onOut?: (text: string) => void;
}

export async function command(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const stdout: Buffer[] = [];
  const stderr: string[] = [];
  const code = await runCommand(argv, {
    out: (text) => {
      stdout.push(Buffer.from(`${text}\n`));
      options.onOut?.(text);
    },
    outBytes: (bytes) => void stdout.push(Buffer.from(bytes)),
    err: (text) => void stderr.push(`${text}\n`),
    stdin: async function* () {
      yield* (options.stdin ?? '').split('\n');
    },
    readFile: (path) => readFile(path, 'utf8'),
    writeFile: (path, text) => writeFile(path, text),
    env: options.env ?? {},
    interrupted: options.interrupted ?? new Promise(() => {}),
  });
  const bytes = Buffer.concat(stdout);
  return { code, out: bytes.toString(), bytes, err: stderr.join('') };
}

export interface Program {
  child: ChildProcess;
  /** Everything on stdout and stderr so far. */
  out(): string;
  err(): string;
  /** Resolves when that stands on stdout or stderr; rejects when the program ends without it. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code; null after a signal. */
  ended: Promise<number | null>;
}

/** The command line as a process of its own, from sources. Its environment holds nothing of this one but PATH. */
export function startProgram(argv: readonly string[], env: Env = {}, stdin?: string | Buffer): Program {
  return startNode([fromRoot('server', 'cli.ts'), ...argv], env, stdin);
}

/** Node with TypeScript on the file that `argv` begins with. */
export function startNode(argv: readonly string[], env: Env = {}, stdin?: string | Buffer): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', ...argv], {
    cwd: fromRoot(),
    env: { PATH: process.env.PATH, ...env },
  });
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  const notify = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
    notify();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
    notify();
  });
  child.stdin.end(stdin ?? '');
  let isOver = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      isOver = true;
      notify();
      resolve(code);
    });
  });
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(out) ?? pattern.exec(err);
        if (!found && !isOver) return;
        listeners.delete(look);
        if (found) resolve(found);
        else reject(new Error(`It ended without saying ${pattern}:\n${out}\n${err}`));
      };
      listeners.add(look);
      look();
    });
  return { child, out: () => out, err: () => err, says, ended };
}

/** DATABASE_URL of a test's database. */
export function databaseUrl(database: DatabaseConfig): string {
  if (database.kind === 'sqlite') return `sqlite:${database.file}`;
  const { user, password, host, port, database: name } = database;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  return `mysql://${login}@${host}:${port}/${name}`;
}
