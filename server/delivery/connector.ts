/** Opens sockets for the door: resolves once, checks every address, dials only what was checked. */
import { lookup as systemLookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import { HubError } from '../errors.ts';
import type { DeliveryFault } from './delivery.ts';
import { bareHost, checkAddress, type Policy } from './policy.ts';

/** Every address of a host name. */
export type Resolve = (host: string) => Promise<string[]>;

/** No socket came about, so no byte of a request left. */
export class ConnectError extends Error {
  readonly kind: DeliveryFault['kind'];
  constructor(kind: DeliveryFault['kind'], message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ConnectError';
    this.kind = kind;
  }
}

export interface ConnectorOptions {
  policy: Policy;
  /** Origin of the requests; where COUNTERSIGN_CONNECT_TO names it, another one is dialled. */
  origin: URL;
  connectTimeoutMs: number;
  ignoreCertificate: boolean;
  resolve: Resolve | undefined;
}

/**
 * An undici connector for one origin. Fails with ConnectError, or with the HubError `address_not_allowed`. The time
 * limit spans name, socket and TLS.
 */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  const { policy, origin } = options;
  const target = new URL(policy.connectTo.get(origin.origin) ?? origin.origin);
  const host = bareHost(target);
  const check = (address: string) => checkAddress(policy, origin, address);
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    rejectUnauthorized: !options.ignoreCertificate,
    // Whatever node was started with.
    minVersion: 'TLSv1.2',
    autoSelectFamily: true,
    // Node's 250 ms gives up on hosts that are merely far away.
    autoSelectFamilyAttemptTimeout: 1_000,
    lookup: checkedLookup(options.resolve ?? resolveBySystem, check),
  });
  return (_, callback) => {
    try {
      // The look-up is not called for addresses.
      if (isIP(host)) check(host);
    } catch (error) {
      callback(asError(error), null);
      return;
    }
    connect(
      { protocol: target.protocol, hostname: host, port: target.port, ...serverName(host) },
      (error, socket) => {
        if (error) return callback(connectError(error, origin), null);
        try {
          check(socket.remoteAddress ?? '');
        } catch (refusal) {
          socket.destroy();
          return callback(asError(refusal), null);
        }
        callback(null, socket);
      },
    );
  };
}

async function resolveBySystem(host: string): Promise<string[]> {
  return (await systemLookup(host, { all: true })).map(({ address }) => address);
}

function checkedLookup(resolve: Resolve, check: (address: string) => void): LookupFunction {
  return (host, options, done) => {
    findAddresses(resolve, host)
      .then((addresses) => {
        for (const address of addresses) check(address);
        const [first = ''] = addresses;
        if (options.all === true)
          done(
            null,
            addresses.map((address) => ({ address, family: isIP(address) })),
          );
        else done(null, first, isIP(first));
      })
      .catch((error) => done(asError(error), ''));
  };
}

async function findAddresses(resolve: Resolve, host: string): Promise<string[]> {
  const failed = (cause?: unknown) =>
    new ConnectError('dns', `The name ${host} could not be resolved.`, cause);
  const addresses = await resolve(host).catch((cause) => {
    throw failed(cause);
  });
  if (addresses.length === 0) throw failed();
  return addresses;
}

/** TLS names are never addresses (RFC 6066 §3). */
function serverName(host: string): { servername?: string } {
  return isIP(host) ? {} : { servername: host };
}

function connectError(error: Error, origin: URL): Error {
  if (error instanceof ConnectError || error instanceof HubError) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return new ConnectError('timeout', `${origin.host} did not accept a connection in time.`, error);
  }
  if (/TLS|SSL|CERT|SIGNATURE|EPROTO|HOSTNAME|UNABLE_TO|CRL/.test(code)) {
    return new ConnectError('tls', `No secure connection to ${origin.host} came about (${code}).`, error);
  }
  return new ConnectError(
    'connect',
    `No connection to ${origin.host} came about${code && ` (${code})`}.`,
    error,
  );
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
