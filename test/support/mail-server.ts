/** A real mail server on loopback for tests: it keeps what it is sent, and can refuse, hang up or ask for a password. */

import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface KeptMail {
  from: string;
  to: string[];
  /** Headers and body as they came. */
  text: string;
  isEncrypted: boolean;
}

export interface MailServer {
  port: number;
  kept: KeptMail[];
  close(): Promise<void>;
}

/** Without a login anyone may send; with one only who signs in, and only over an encrypted connection. */
export async function startMailServer(
  options: { login?: { user: string; pass: string }; refuses?: string; secure?: boolean } = {},
): Promise<MailServer> {
  const kept: KeptMail[] = [];
  const { login, refuses } = options;
  const settings: SMTPServerOptions = {
    secure: options.secure ?? false,
    authOptional: !login,
    ...(login ? {} : { disabledCommands: ['AUTH'] }),
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.pass) done(null, { user: username });
      else done(new Error(`no such login: ${password}`));
    },
    onRcptTo({ address }, _session, done) {
      done(address === refuses ? new Error('nobody here by that name') : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = session.envelope.mailFrom;
        kept.push({
          from: from === false ? '' : from.address,
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
          isEncrypted: session.secure,
        });
        done(null);
      });
    },
  };
  const server = new SMTPServer(settings);
  // What clients break off is what tests are about.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  // The address of a server that listens on a port.
  const { port } = server.server.address() as AddressInfo;
  return { port, kept, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** A mail server that takes a mail and hangs up before it says whether it has it. */
export async function startBrokenMailServer(): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('220 broken\r\n');
    let isData = false;
    socket.on('data', (chunk) => {
      const text = chunk.toString();
      if (isData) {
        if (text.includes('\r\n.\r\n')) socket.destroy();
        return;
      }
      isData = /^DATA/i.test(text);
      socket.write(isData ? '354 go on\r\n' : '250 fine\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  // The address of a server that listens on a port.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
