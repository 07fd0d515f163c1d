/** The sole reader of the environment. `parseConfig` is pure: environment in, settings or every fault out. */
import { join, resolve } from 'node:path';
import type ipaddr from 'ipaddr.js';
import {
  address,
  hostName,
  list,
  type logLevels,
  parseConnectTo,
  parseDatabaseUrl,
  parseLogLevel,
  parseMasterKey,
  parsePrivateException,
  parsePublicUrl,
  parseSmtpUrl,
  timeZone,
  whole,
} from './config-values.ts';

/** Everything the hub can be told from outside. Times in milliseconds, sizes in bytes. */
export interface Config {
  /** PORT (3000), HOST (127.0.0.1): where to listen. */
  port: number;
  host: string;
  /** COUNTERSIGN_URL: public base URL without path; the OAuth callback is `${url}/oauth/callback`. */
  url: URL;
  /** DATABASE_URL: `sqlite:FILE` or `mysql://USER:PASS@HOST:PORT/DB`; default a SQLite file in the data folder. */
  database: DatabaseConfig;
  /** COUNTERSIGN_DATA (./data): the only folder the product writes to. */
  dataFolder: string;
  /** COUNTERSIGN_MASTER_KEY: 32 bytes; undefined: read from, or made once in, the data folder. */
  masterKey: Uint8Array | undefined;
  /** COUNTERSIGN_CONNECT_TO: origin -> origin that is dialled in its place. */
  connectTo: ReadonlyMap<string, string>;
  /** COUNTERSIGN_ALLOW_PRIVATE: exceptions from the address and https rules. */
  allowPrivate: readonly PrivateException[];
  /** COUNTERSIGN_OPEN_HOSTS: hosts that unauthenticated bot requests may call; undefined: any public https host. */
  openHosts: readonly string[] | undefined;
  /** COUNTERSIGN_TRUST_PROXY: addresses whose X-Forwarded-For and -Proto count. */
  trustProxy: readonly string[];
  /** COUNTERSIGN_CONNECT_TIMEOUT_MS (10000), COUNTERSIGN_TOTAL_TIMEOUT_MS (30000). */
  connectTimeoutMs: number;
  totalTimeoutMs: number;
  /** COUNTERSIGN_MAX_ANSWER_BYTES (10000000), COUNTERSIGN_MAX_PACKAGE_BYTES (10485760). */
  maxAnswerBytes: number;
  maxPackageBytes: number;
  /** COUNTERSIGN_KEEP_DELIVERIES_DAYS (30). */
  keepDeliveriesDays: number;
  /** What one run of a behavior may do, and how long one of its templates may take. */
  runLimits: RunLimits;
  /** COUNTERSIGN_TIME_ZONE (UTC): of days, hours and dates without one in behaviors. */
  timeZone: string;
  /** COUNTERSIGN_METRICS_TOKEN: bearer token for /metrics from elsewhere than loopback. */
  metricsToken: string | undefined;
  /** COUNTERSIGN_SMTP_URL: the one mail server. */
  smtpUrl: string | undefined;
  /** LOG_LEVEL (info). */
  logLevel: (typeof logLevels)[number];
  /** COUNTERSIGN_ALLOW_DATA_LOSS=yes: a migration may be rolled back over tables that hold rows. */
  allowDataLoss: boolean;
}

/** COUNTERSIGN_RUN_MAX_… and COUNTERSIGN_TEMPLATE_TIMEOUT_MS. */
export interface RunLimits {
  maxNodes: number;
  maxLoopTurns: number;
  maxDepth: number;
  maxMs: number;
  templateMs: number;
  maxOutputBytes: number;
}

export type DatabaseConfig =
  | { kind: 'sqlite'; file: string }
  | { kind: 'mysql'; host: string; port: number; user: string; password: string; database: string };

/** One entry of COUNTERSIGN_ALLOW_PRIVATE. `port` undefined: any port. */
export type PrivateException =
  | { host: string; port: number | undefined }
  | { network: [ipaddr.IPv4 | ipaddr.IPv6, number]; port: number | undefined };

/** Thrown with one line a fault, each naming its variable and the remedy. Values are never repeated. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(`The settings have faults:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Reads settings from an environment such as `process.env`. An empty variable counts as unset. Throws ConfigError. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const text = (name: string) => (env[name] === '' ? undefined : env[name]);
  const read = <T>(name: string, fallback: T, parse: (value: string) => T): T => {
    const value = text(name);
    if (value === undefined) return fallback;
    try {
      return parse(value);
    } catch (error) {
      faults.push(`${name} ${error instanceof Error ? error.message : 'cannot be read'}`);
      return fallback;
    }
  };
  const port = read('PORT', 3000, whole(1, 65535));
  const dataFolder = resolve(text('COUNTERSIGN_DATA') ?? 'data');
  const defaultDatabase: DatabaseConfig = { kind: 'sqlite', file: join(dataFolder, 'countersign.sqlite') };
  const config: Config = {
    port,
    host: text('HOST') ?? '127.0.0.1',
    url: read('COUNTERSIGN_URL', new URL(`http://localhost:${port}`), parsePublicUrl),
    database: read('DATABASE_URL', defaultDatabase, parseDatabaseUrl),
    dataFolder,
    masterKey: read<Uint8Array | undefined>('COUNTERSIGN_MASTER_KEY', undefined, parseMasterKey),
    connectTo: read('COUNTERSIGN_CONNECT_TO', new Map(), parseConnectTo),
    allowPrivate: read('COUNTERSIGN_ALLOW_PRIVATE', [], (value) => list(value).map(parsePrivateException)),
    openHosts: read<string[] | undefined>('COUNTERSIGN_OPEN_HOSTS', undefined, (value) =>
      list(value).map(hostName),
    ),
    trustProxy: read('COUNTERSIGN_TRUST_PROXY', [], (value) => list(value).map(address)),
    connectTimeoutMs: read('COUNTERSIGN_CONNECT_TIMEOUT_MS', 10_000, whole(1, 600_000)),
    totalTimeoutMs: read('COUNTERSIGN_TOTAL_TIMEOUT_MS', 30_000, whole(1, 600_000)),
    maxAnswerBytes: read('COUNTERSIGN_MAX_ANSWER_BYTES', 10_000_000, whole(1, 1_000_000_000)),
    maxPackageBytes: read('COUNTERSIGN_MAX_PACKAGE_BYTES', 10_485_760, whole(1, 1_000_000_000)),
    keepDeliveriesDays: read('COUNTERSIGN_KEEP_DELIVERIES_DAYS', 30, whole(1, 3650)),
    runLimits: {
      maxNodes: read('COUNTERSIGN_RUN_MAX_NODES', 10_000, whole(1, 10_000_000)),
      maxLoopTurns: read('COUNTERSIGN_RUN_MAX_LOOP_TURNS', 10_000, whole(1, 10_000_000)),
      maxDepth: read('COUNTERSIGN_RUN_MAX_DEPTH', 10, whole(1, 100)),
      maxMs: read('COUNTERSIGN_RUN_MAX_SECONDS', 600, whole(1, 86_400)) * 1000,
      templateMs: read('COUNTERSIGN_TEMPLATE_TIMEOUT_MS', 2_000, whole(10, 60_000)),
      maxOutputBytes: read('COUNTERSIGN_TEMPLATE_MAX_BYTES', 12_000_000, whole(1000, 100_000_000)),
    },
    timeZone: read('COUNTERSIGN_TIME_ZONE', 'UTC', timeZone),
    metricsToken: text('COUNTERSIGN_METRICS_TOKEN'),
    smtpUrl: read<string | undefined>('COUNTERSIGN_SMTP_URL', undefined, parseSmtpUrl),
    logLevel: read('LOG_LEVEL', 'info', parseLogLevel),
    allowDataLoss: text('COUNTERSIGN_ALLOW_DATA_LOSS') === 'yes',
  };
  if (config.database.kind === 'mysql' && env.NODE_ENV === 'production' && !config.masterKey) {
    faults.push(
      'COUNTERSIGN_MASTER_KEY must be set with MySQL in production: every process needs the same key',
    );
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return config;
}
