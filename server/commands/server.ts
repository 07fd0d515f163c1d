/** serve, demo, sandbox, migrate, sign: what runs long, and what needs no database at all. */
import { parseConfig } from '../config.ts';
import { signLine } from '../connections/oauth1/sign-line.ts';
import { runDemo } from '../demo.ts';
import { serve } from '../main.ts';
import { startSandbox } from '../sandbox/start.ts';
import { type Command, type CommandCall, UsageError } from './command.ts';

export const serverCommands: readonly Command[] = [
  {
    name: 'serve',
    usage: '',
    help: 'Bring the database up to date and serve until stopped',
    args: [0, 0],
    run: (call) => serve(call.io),
  },
  {
    name: 'demo',
    usage: '[--package FILE] [--once]',
    help: 'Walk the whole journey against the built-in sandbox, then stay for trying it by hand',
    options: { package: { type: 'string' }, once: { type: 'boolean' } },
    args: [0, 0],
    run: async (call) => {
      const file = call.text('package');
      const text = file === undefined ? undefined : await call.io.readFile(file);
      return runDemo(call.io, { ...(text === undefined ? {} : { package: text }), once: call.flag('once') });
    },
  },
  {
    name: 'sandbox',
    usage: '[--port N] [--public-origin URL]... [--consumer KEY:SECRET] [--callback URL]... [--profile NAME]',
    help: 'Serve a remote service that speaks OAuth 1.0a, to link and call',
    options: {
      port: { type: 'string' },
      'public-origin': { type: 'string', multiple: true },
      consumer: { type: 'string' },
      callback: { type: 'string', multiple: true },
      profile: { type: 'string' },
    },
    args: [0, 0],
    run: runSandbox,
  },
  {
    name: 'migrate',
    usage: '',
    help: 'Bring the database up to date',
    args: [0, 0],
    run: async (call) => {
      await call.hub();
      call.io.out(call.json ? '{"status":"ok"}' : 'The database is up to date.');
      return 0;
    },
  },
  {
    name: 'sign',
    usage: '',
    help: 'Sign requests: a JSON vector a line on stdin, a JSON line out for each',
    args: [0, 0],
    run: async (call) => {
      for await (const line of call.io.stdin())
        if (line.trim() !== '') call.io.out(JSON.stringify(signLine(line)));
      return 0;
    },
  },
];

async function runSandbox(call: CommandCall): Promise<number> {
  const port = Number(call.text('port') ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new UsageError('--port takes a number from 0 to 65535');
  const [key, ...secret] = (call.text('consumer') ?? 'sandbox-consumer:sandbox-consumer-secret').split(':');
  if (!key || secret.length === 0) throw new UsageError('--consumer takes KEY:SECRET');
  const callbacks = call.texts('callback');
  const sandbox = await startSandbox({
    port,
    publicOrigins: call.texts('public-origin'),
    consumer: { key, secret: secret.join(':') },
    callbacks: callbacks.length > 0 ? callbacks : [`${parseConfig(call.io.env).url.origin}/oauth/callback`],
  });
  call.io.out(call.json ? JSON.stringify({ url: sandbox.origin }) : sandbox.origin);
  await call.io.interrupted;
  await sandbox.close();
  return 0;
}
