/** What settings may hold: each function reads one value, or throws an Error that completes "NAME …". Pure. */
import { isAbsolute, resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { DatabaseConfig, PrivateException } from './config.ts';

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** A whole number within bounds. */
export function whole(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d{1,12}$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

/** Parts between commas, trimmed; empty ones left out. */
export function list(value: string): string[] {
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

/** The public base URL: an origin, https unless loopback. */
export function parsePublicUrl(value: string): URL {
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

/** 32 bytes in base64. */
export function parseMasterKey(value: string): Uint8Array {
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

/** Origin -> origin, from pairs ORIGIN=ORIGIN. */
export function parseConnectTo(value: string): Map<string, string> {
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

/** One entry of COUNTERSIGN_ALLOW_PRIVATE. */
export function parsePrivateException(entry: string): PrivateException {
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

/** A host name, lower-case. */
export function hostName(value: string): string {
  const host = value.toLowerCase().replace(/\.$/, '');
  if (!/^(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?$/.test(host)) throw new Error('must hold host names');
  return host;
}

/** An IP address or network. */
export function address(value: string): string {
  if (!ipaddr.isValid(value) && !ipaddr.isValidCIDR(value))
    throw new Error('must hold addresses or CIDR blocks');
  return value;
}

/** `smtp://…` or `smtps://…`, with `?from=` for the senders. */
export function parseSmtpUrl(value: string): string {
  const { protocol, hostname, searchParams } = parseUrl(value);
  if (protocol !== 'smtp:' && protocol !== 'smtps:') throw new Error('must be smtp://… or smtps://…');
  if (hostname === '') throw new Error('must name the mail server');
  if ([...searchParams.keys()].some((key) => key !== 'from'))
    throw new Error('takes nothing but ?from=ADDRESS');
  return value;
}

/** One of `logLevels`. */
export function parseLogLevel(value: string): (typeof logLevels)[number] {
  const level = logLevels.find((name) => name === value);
  if (!level) throw new Error(`must be one of ${logLevels.join(', ')}`);
  return level;
}

/** The name of a time zone. */
export function timeZone(value: string): string {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return value;
  } catch {
    throw new Error('must be the name of a time zone, such as Europe/Berlin');
  }
}
