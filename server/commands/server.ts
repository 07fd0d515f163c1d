/** serve, demo, sandbox, sign: what runs long, and what needs no database at all. */
import { parseConfig } from '../config.ts';
import { signLine } from '../connections/oauth1/sign-line.ts';
import { runDemo } from '../demo.ts';
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import { serve } from '../main.ts';
import { startSandbox } from '../sandbox/start.ts';
import { type Command, type CommandCall, tellEither, UsageError } from './command.ts';

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
    run: startDemo,
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
    name: 'sign',
    usage: '',
    help: 'Sign requests: a JSON vector a line on stdin, a JSON line out for each',
    args: [0, 0],
    run: async (call) => {
      for await (const line of call.io.stdin())
        if (line.trim() !== '') call.io.out(writeJson(signLine(line)));
      return 0;
    },
  },
];

async function startDemo(call: CommandCall): Promise<number> {
  const file = call.text('package');
  const once = call.flag('once');
  if (file === undefined) return runDemo(call.io, { once });
  const text = await call.io.readFile(file).catch((cause) => {
    throw new HubError('bad_request', `The file ${file} cannot be read.`, { cause });
  });
  return runDemo(call.io, { once, package: text });
}

/** What the sandbox knows to play; a name stands for one kind of remote service. */
const profiles = ['twitter'];

async function runSandbox(call: CommandCall): Promise<number> {
  const { interrupted } = call.io;
  const profile = call.text('profile');
  if (profile !== undefined && !profiles.includes(profile))
    throw new UsageError(`--profile knows ${profiles.join(', ')}, not "${profile}"`);
  const callbacks = call.texts('callback');
  const sandbox = await startSandbox({
    port: readPort(call.text('port')),
    publicOrigins: call.texts('public-origin').map(readOrigin),
    consumer: readConsumer(call.text('consumer')),
    callbacks: callbacks.length > 0 ? callbacks : [`${parseConfig(call.io.env).url.origin}/oauth/callback`],
  });
  tellEither(call, { url: sandbox.origin }, sandbox.origin);
  await interrupted;
  await sandbox.close();
  return 0;
}

function readPort(text = '0'): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535)
    throw new UsageError('--port takes a number from 0 to 65535; 0 takes a free one');
  return port;
}

function readOrigin(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`--public-origin takes a URL such as https://api.twitter.com, not "${text}"`);
  return new URL(text).origin;
}

function readConsumer(text = 'sandbox-consumer:sandbox-consumer-secret'): { key: string; secret: string } {
  const at = text.indexOf(':');
  if (at < 1 || at === text.length - 1) throw new UsageError('--consumer takes KEY:SECRET');
  return { key: text.slice(0, at), secret: text.slice(at + 1) };
}
