/** The sole reader of the environment. `parseConfig` is pure: environment in, settings or every fault out. */
import { isAbsolute, join, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';

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
  /** COUNTERSIGN_METRICS_TOKEN: bearer token for /metrics from elsewhere than loopback. */
  metricsToken: string | undefined;
  /** COUNTERSIGN_SMTP_URL: the one mail server. */
  smtpUrl: string | undefined;
  /** LOG_LEVEL (info). */
  logLevel: (typeof logLevels)[number];
  /** COUNTERSIGN_ALLOW_DATA_LOSS=yes: a migration may be rolled back over tables that hold rows. */
  allowDataLoss: boolean;
}

export type DatabaseConfig =
  | { kind: 'sqlite'; file: string }
  | { kind: 'mysql'; host: string; port: number; user: string; password: string; database: string };

/** One entry of COUNTERSIGN_ALLOW_PRIVATE. `port` undefined: any port. */
export type PrivateException =
  | { host: string; port: number | undefined }
  | { network: [ipaddr.IPv4 | ipaddr.IPv6, number]; port: number | undefined };

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

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

function whole(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d{1,12}$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

function list(value: string): string[] {
  return value.split(',').flatMap((part) => part.trim() || []);
}

function parseUrl(value: string): URL {
  if (!URL.canParse(value)) throw new Error('must be a URL');
  return new URL(value);
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || (ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback');
}

function parsePublicUrl(value: string): URL {
  const url = parseUrl(value);
  if (url.username || url.password || url.pathname !== '/' || url.search || url.hash) {
    throw new Error('must be scheme, host and port only, without path, query or user');
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new Error('must begin with https:// unless it names this machine (localhost)');
  }
  return url;
}

/** Reads DATABASE_URL; also used by `knexfile.ts`. */
export function parseDatabaseUrl(value: string): DatabaseConfig {
  if (value.startsWith('sqlite:')) {
    const file = value.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (file === '') throw new Error('must name a file: sqlite:FILE');
    return { kind: 'sqlite', file: file === ':memory:' || isAbsolute(file) ? file : resolve(file) };
  }
  const fault = new Error('must be sqlite:FILE or mysql://USER:PASS@HOST:PORT/DB, with % written as %25');
  if (!URL.canParse(value) || /%(?![0-9a-f]{2})/i.test(value)) throw fault;
  const url = new URL(value);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (url.protocol !== 'mysql:' || url.hostname === '' || database === '' || database.includes('/'))
    throw fault;
  return {
    kind: 'mysql',
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
}

function parseMasterKey(value: string): Uint8Array {
  const key = Buffer.from(value, 'base64');
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(value) || key.length !== 32) {
    throw new Error('must be 32 bytes in base64 (make one with: openssl rand -base64 32)');
  }
  return key;
}

function parseOrigin(value: string): string {
  const url = parseUrl(value.trim());
  if (
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.href !== `${url.origin}/` ||
    url.username
  ) {
    throw new Error('must hold origins: scheme, host and port only');
  }
  return url.origin;
}

function parseConnectTo(value: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const entry of list(value)) {
    const [from, to, ...rest] = entry.split('=');
    if (from === undefined || to === undefined || rest.length > 0) {
      throw new Error('must hold ORIGIN=ORIGIN, separated by commas');
    }
    const source = parseOrigin(from);
    const target = parseOrigin(to);
    if (map.has(source)) throw new Error(`names ${source} twice`);
    const { protocol, hostname } = new URL(target);
    if (protocol !== 'https:' && !isLoopback(hostname)) {
      throw new Error(`must send ${source} to loopback or to an https origin`);
    }
    map.set(source, target);
  }
  return map;
}

function parsePrivateException(entry: string): PrivateException {
  const [, host = '', portText] =
    /^(\[[^\]]*\](?:\/\d+)?|[^:]*|[0-9a-f:]*:[0-9a-f:.]*\/\d+)(?::(\d+))?$/i.exec(entry) ?? [];
  const port = portText === undefined ? undefined : whole(1, 65535)(portText);
  const bare = host.replace(/[[\]]/g, '');
  if (bare.includes('/')) {
    if (!ipaddr.isValidCIDR(bare)) throw new Error('must hold host, host:port, CIDR or CIDR:port');
    return { network: ipaddr.parseCIDR(bare), port };
  }
  if (ipaddr.isValid(bare)) {
    const parsed = ipaddr.process(bare);
    return { network: [parsed, parsed.kind() === 'ipv4' ? 32 : 128], port };
  }
  return { host: hostName(bare), port };
}

function hostName(value: string): string {
  const host = value.toLowerCase().replace(/\.$/, '');
  if (!/^(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/.test(host)) throw new Error('must hold host names');
  return host;
}

function address(value: string): string {
  if (!ipaddr.isValid(value) && !ipaddr.isValidCIDR(value))
    throw new Error('must hold addresses or CIDR blocks');
  return value;
}

function parseSmtpUrl(value: string): string {
  const { protocol } = parseUrl(value);
  if (protocol !== 'smtp:' && protocol !== 'smtps:') throw new Error('must be smtp://… or smtps://…');
  return value;
}

function parseLogLevel(value: string): Config['logLevel'] {
  const level = logLevels.find((name) => name === value);
  if (!level) throw new Error(`must be one of ${logLevels.join(', ')}`);
  return level;
}
