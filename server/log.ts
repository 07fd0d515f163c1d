/** The structured log: pino, JSON lines, secrets masked even where a caller forgot. */
import { type DestinationStream, type Logger, pino } from 'pino';
import type { Config } from './config.ts';

/** Field names that never show their value, at any of the first three depths. */
const secretNames = [
  'authorization',
  'Authorization',
  'cookie',
  'password',
  'secret',
  'client_secret',
  'oauth_token',
  'oauth_token_secret',
  'oauth_verifier',
];

/** A log on stderr, or on the destination given. */
export function createLog(level: Config['logLevel'], destination?: DestinationStream): Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
  const options = { level, redact: { paths, censor: '[masked]' }, base: null };
  return destination ? pino(options, destination) : pino(options, pino.destination({ dest: 2, sync: false }));
}
