/** A throw-away MariaDB for the tests: own folder, own socket, free port; never a server that runs already. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface ThrowAwayServer {
  /** Address of the server, without a database. */
  url: string;
  /** SIGSTOP makes it fall silent with its connections open, SIGCONT wakes it. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

/** Starts a server of its own; undefined when the machine has no `mariadbd`. */
export async function startMariadb(): Promise<ThrowAwayServer | undefined> {
  const daemon = findProgram('mariadbd');
  const installer = findProgram('mariadb-install-db');
  if (!daemon || !installer) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'countersign-mariadb-'));
  const data = join(folder, 'data');
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : [];
  const installed = spawnSync(
    installer,
    [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...asRoot,
    ],
    { encoding: 'utf8' },
  );
  if (installed.status !== 0)
    throw new Error(`mariadb-install-db failed:\n${installed.stdout}${installed.stderr}`);
  const port = await freePort();
  const server = spawn(
    daemon,
    [
      '--no-defaults',
      `--datadir=${data}`,
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      '--skip-name-resolve',
      '--innodb-flush-log-at-trx-commit=0',
      '--innodb-buffer-pool-size=64M',
      ...asRoot,
    ],
    { stdio: 'ignore' },
  );
  const endWithUs = () => server.kill('SIGKILL');
  process.once('exit', endWithUs);
  await answers(server, port);
  return {
    url: `mysql://root@127.0.0.1:${port}/`,
    signal: (name) => server.kill(name),
    stop: async () => {
      process.off('exit', endWithUs);
      await stop(server, folder);
    },
  };
}

function findProgram(name: string): string | undefined {
  return [
    '/usr/sbin',
    '/usr/bin',
    '/usr/local/sbin',
    '/usr/local/bin',
    ...(process.env.PATH ?? '').split(':'),
  ]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function answers(server: ChildProcess, port: number): Promise<void> {
  const { createConnection } = await import('mysql2/promise');
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`mariadbd ended at start with code ${server.exitCode}`);
    try {
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'root' });
      await connection.end();
      return;
    } catch {
      await pause(100);
    }
  }
  throw new Error('mariadbd did not answer within 30 s');
}

async function stop(server: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGKILL');
  if (server.exitCode === null) await ended;
  rmSync(folder, { recursive: true, force: true });
}
