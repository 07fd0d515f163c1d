/** sandbox: a remote service on this machine, of one kind or another. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { parseConfig } from '../config.ts';
import { HubError } from '../errors.ts';
import { readLibrary } from '../packages/library.ts';
import { type Profile, plain } from '../sandbox/profile.ts';
import { startSandbox } from '../sandbox/start.ts';
import {
  type Command,
  type CommandCall,
  parseSettings,
  settingOptions,
  tellEither,
  UsageError,
} from './command.ts';
import { profileOfPackage } from './sandbox-profile.ts';

export const sandboxCommand: Command = {
  name: 'sandbox',
  usage:
    '[--port N] [--public-origin URL]... [--consumer KEY:SECRET] [--token TOKEN:SECRET] [--public-key FILE] [--callback URL]... [--profile NAME [--set KEY=VALUE]...]',
  help: 'Serve a remote service that speaks OAuth 1.0a, to link and call; NAME is a package of the library, or plain',
  options: {
    ...settingOptions,
    port: { type: 'string' },
    'public-origin': { type: 'string', multiple: true },
    consumer: { type: 'string' },
    token: { type: 'string' },
    'public-key': { type: 'string' },
    callback: { type: 'string', multiple: true },
    profile: { type: 'string' },
  },
  args: [0, 0],
  run: runSandbox,
};

async function runSandbox(call: CommandCall): Promise<number> {
  const profile = readProfile(call);
  const callbacks = call.texts('callback');
  const publicOrigins = call.texts('public-origin').map(readOrigin);
  const token = readPair(call, 'token');
  const publicKey = await readPublicKey(call);
  const [key, secret] = readPair(call, 'consumer') ?? ['sandbox-consumer', 'sandbox-consumer-secret'];
  const sandbox = await startSandbox({
    port: readPort(call.text('port')),
    profile,
    publicOrigins: [...new Set([...publicOrigins, ...profile.origins])],
    consumer: { key, secret, ...(publicKey && { publicKey }) },
    callbacks: callbacks.length > 0 ? callbacks : [`${parseConfig(call.io.env).url.origin}/oauth/callback`],
    ...(token && { token: { token: token[0], secret: token[1] } }),
  });
  tellEither(call, { url: sandbox.origin, origins: profile.origins }, sandbox.origin);
  await call.io.interrupted;
  await sandbox.close();
  return 0;
}

/** Without a name Twitter's, as its package describes it. */
function readProfile(call: CommandCall): Profile {
  const name = call.text('profile') ?? 'twitter';
  if (name === plain.name) return plain;
  const library = readLibrary();
  const found = library.get(name);
  if (!found) {
    const names = [plain.name, ...library.keys()].join(', ');
    throw new UsageError(`--profile takes the name of a package, not "${name}". There are: ${names}`);
  }
  return profileOfPackage(name, found.text, parseSettings(call.texts('set')));
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

/** Two texts with a colon between them; the second may be empty, as it is at some services. */
function readPair(call: CommandCall, option: 'consumer' | 'token'): [string, string] | undefined {
  const text = call.text(option);
  if (text === undefined) return undefined;
  const at = text.indexOf(':');
  if (at < 1) throw new UsageError(`--${option} takes ${option === 'token' ? 'TOKEN' : 'KEY'}:SECRET`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function readPublicKey(call: CommandCall): Promise<KeyObject | undefined> {
  const file = call.text('public-key');
  if (file === undefined) return undefined;
  try {
    return createPublicKey(await call.io.readFile(file));
  } catch (cause) {
    throw new HubError('bad_request', `The file ${file} holds no public key or certificate in PEM.`, {
      cause,
    });
  }
}
