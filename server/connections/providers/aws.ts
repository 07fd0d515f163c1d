/** The service provider for Amazon Web Services: Signature Version 4. The one file that touches aws4. Pure. */
import aws4 from 'aws4';
import type { OutboundRequest } from '../../delivery/delivery.ts';
import { HubError } from '../../errors.ts';
import { allowedAddresses, checkCredentials, checkParams, commonFields, hostsOf } from '../field-checks.ts';
import { needed, withUserAgent } from '../headers.ts';
import type { ProviderField, ServiceParams, ServiceProvider } from '../provider.ts';

const title = 'Amazon Web Services';

const serviceFields: readonly ProviderField[] = [
  {
    key: 'service',
    label: 'Service name',
    kind: 'text',
    required: false,
    isAdvanced: true,
    help: 'Only for hosts that do not name it themselves, such as an S3 of your own: s3.',
  },
  {
    key: 'region',
    label: 'Region',
    kind: 'text',
    required: false,
    isAdvanced: true,
    help: 'Only where the host does not name it. Left empty: us-east-1.',
  },
  ...commonFields,
];

const accountFields: readonly ProviderField[] = [
  { key: 'access_key', label: 'Access Key ID', kind: 'text', required: true },
  { key: 'secret_key', label: 'Secret Access Key', kind: 'secret', required: true },
];

/** `cerb.service.provider.aws`. Requests go to Amazon's hosts alone, unless an admin lists others. */
export const aws: ServiceProvider = {
  id: 'cerb.service.provider.aws',
  title,
  serviceFields,
  accountFields,
  checkService: (params) => ({ faults: checkParams(params, serviceFields, title), warnings: [] }),
  checkAccount: (credentials) => checkCredentials(credentials, accountFields),
  hosts(params) {
    const allowed = allowedAddresses(params);
    const addresses = allowed.length > 0 ? allowed : ['https://*.amazonaws.com/'];
    return hostsOf(addresses.map((url) => [url, ['access key']]));
  },
  authorize(request, service, account, { timestamp }) {
    const keys = {
      accessKeyId: needed(account.access_key, 'access key'),
      secretAccessKey: needed(account.secret_key, 'secret key'),
    };
    return sign(withUserAgent(request, service), { ...scopeOf(request.url, service), keys, timestamp });
  },
  refusesFreshness({ status, body }) {
    const text =
      status === 400 || status === 403 ? new TextDecoder().decode(body.subarray(0, 16 * 1024)) : '';
    const isTime = /RequestTimeTooSkewed|RequestExpired|Signature (expired|not yet current)/.test(text);
    return isTime ? 'time' : undefined;
  },
  secrets: (_service, { secret_key: secret }) => (secret === undefined ? [] : [secret]),
};

interface Scope {
  service?: string;
  region?: string;
}

/** Headers that belong to the connection: they are signed as they will be sent, and written by the door. */
const writtenByDoor = ['host', 'content-length'];

function sign(
  request: OutboundRequest,
  how: Scope & { keys: { accessKeyId: string; secretAccessKey: string }; timestamp: number },
): OutboundRequest {
  const { method, url, body } = request;
  const { keys, timestamp, ...scope } = how;
  refuseUnsignable([...url.searchParams.keys(), ...request.headers.map(([name]) => name)]);
  const headers = headersByName(request);
  const signed = unlessUnreadable(() =>
    aws4.sign(
      {
        method,
        host: url.host,
        path: `${url.pathname}${url.search}`,
        headers: { ...headers, host: url.host, 'x-amz-date': timeOf(headers, timestamp) },
        ...scope,
        ...(body !== undefined && body.byteLength > 0 && { body: Buffer.from(body) }),
      },
      keys,
    ),
  );
  const sent = Object.entries(signed.headers ?? {}).flatMap(([name, value]): [string, string][] =>
    writtenByDoor.includes(name.toLowerCase()) ? [] : [[name, String(value)]],
  );
  return { ...request, url: new URL(`${url.origin}${signed.path ?? ''}`), headers: sent };
}

/** aws4 keeps both by name in plain objects, and would leave this one out of the signature. */
function refuseUnsignable(names: readonly string[]): void {
  if (!names.includes('__proto__')) return;
  throw new HubError('request_refused', "A parameter or header called '__proto__' cannot be signed for AWS.");
}

/** The record's word, else what `service.region.amazonaws.com` says; without a region us-east-1, as in Cerb. */
function scopeOf(url: URL, params: ServiceParams): Scope {
  const service = typeof params.service === 'string' ? params.service : '';
  const region = typeof params.region === 'string' ? params.region : '';
  if (service === '' && !/\.amazonaws\.com(\.cn)?$/.test(url.hostname)) {
    const message = `The host ${url.host} does not name a service of AWS. Set the service name and the region of the connected service.`;
    throw new HubError('request_refused', message);
  }
  return { ...(service !== '' && { service }), ...(region !== '' && { region }) };
}

function headersByName({ headers }: OutboundRequest): Record<string, string> {
  const byName: Record<string, string> = {};
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === 'authorization') continue;
    if (Object.hasOwn(byName, lower)) {
      throw new HubError(
        'request_refused',
        `The request has the header ${name} twice, which AWS cannot verify.`,
      );
    }
    byName[lower] = value;
  }
  return byName;
}

/** The time of signing as `20260101T000000Z`: the caller's, where it brought one. */
function timeOf(headers: Readonly<Record<string, string>>, timestamp: number): string {
  const { date, 'x-amz-date': amzDate } = headers;
  if (amzDate !== undefined && /^\d{8}T\d{6}Z$/.test(amzDate)) return amzDate;
  const at = date === undefined ? timestamp * 1000 : Date.parse(date);
  if (amzDate !== undefined || Number.isNaN(at)) {
    throw new HubError('request_refused', 'The request names a time that cannot be read; leave it out.');
  }
  return new Date(at).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

/** aws4 decodes paths that hold characters beyond the plain ones, and trips over a stray percent sign. */
function unlessUnreadable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new HubError('request_refused', 'The path of the URL holds a percent sign that encodes nothing.');
  }
}
