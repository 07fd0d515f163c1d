/** Remote services with a certificate or a version of TLS that must not be trusted: nothing of a request reaches them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { writeCertificate } from '../../server/connections/certificate.ts';
import { fromRoot } from '../../server/root.ts';

const day = 24 * 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'));
const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Identity {
  cert: string;
  key: string;
}

function identity(name: string, { endsAt = Date.now() + day } = {}): Identity {
  const pair: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
  });
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' });
  const times = { notBefore: endsAt - 30 * day, notAfter: endsAt };
  const cert = writeCertificate({ spki, name, serial: randomBytes(16), ...times }, pair.privateKey);
  return { cert, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** Its address; whatever request comes is counted. */
async function serve(options: TlsOptions, seen: string[]): Promise<string> {
  const server = createServer(options, (request, response) => {
    seen.push(request.headers.authorization ?? '');
    response.end('here');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `https://localhost:${address.port}/`;
}

test('a certificate that is expired, of another host or of nobody known, and old TLS, are refused before a byte', async () => {
  const good = identity('localhost');
  const expired = identity('localhost', { endsAt: Date.now() - day });
  const other = identity('other.example');
  const stranger = identity('localhost');
  const trusted = join(folder, 'trusted.pem');
  writeFileSync(trusted, [good, expired, other].map(({ cert }) => cert).join(''));
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const seen: string[] = [];
  const addresses = [
    await serve(good, seen),
    await serve(expired, seen),
    await serve(other, seen),
    await serve(stranger, seen),
    await serve({ ...good, ...old }, seen),
  ];
  const argv = ['--import', 'tsx', fromRoot('test/support/tls-asker.ts'), ...addresses];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted, NODE_OPTIONS: '--tls-min-v1.0' };
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env });
  assert.deepEqual(stdout.trim().split('\n'), ['200', 'tls false', 'tls false', 'tls false', 'tls false']);
  assert.deepEqual(seen, ['secret'], 'only the good one was asked');
});
