#!/usr/bin/env node
/** The command line's own process: arguments, streams and signals handed to `commands/run.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Io } from './commands/command.ts';
import { runCommand } from './commands/run.ts';
import { readLines } from './lines.ts';

function processIo(): Io {
  let interrupted: Promise<void> | undefined;
  return {
    out: (text) => process.stdout.write(`${text}\n`),
    outBytes: (bytes) => process.stdout.write(bytes),
    err: (text) => process.stderr.write(`${text}\n`),
    stdin: () => readLines(process.stdin),
    readFile: (path) => readFile(path, 'utf8'),
    writeFile: (path, text) => writeFile(path, text),
    env: process.env,
    // Listens for signals only once a command asks: any other ends by them at once, and so does a second signal.
    get interrupted() {
      interrupted ??= new Promise((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve());
      });
      return interrupted;
    },
  };
}

// Whoever reads our output may stop before its end, as `| head` does.
process.stdout.on('error', (error) => process.exit('code' in error && error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommand(process.argv.slice(2), processIo());
