/** The form of an OAuth 1.0a service: every parameter that a person may set, the common ones first. Pure. */
import type { ProviderField } from '../provider.ts';
import { legs } from './service-checks.ts';
import { signatureMethodNames } from './signature-method.ts';
import { transports } from './transport.ts';

const common: readonly ProviderField[] = [
  {
    key: 'client_id',
    label: 'Consumer key',
    alsoKnownAs: ['API key', 'Client ID'],
    kind: 'text',
    required: false,
    help: 'At X this is the API key under "Consumer Keys", not the OAuth 2.0 Client ID.',
  },
  {
    key: 'client_secret',
    label: 'Consumer secret',
    alsoKnownAs: ['API secret key', 'API key secret', 'Client Secret'],
    kind: 'secret',
    required: false,
    help: 'Not needed with an RSA method.',
  },
  { key: 'request_token_url', label: 'Request token URL', kind: 'url', required: false },
  {
    key: 'authentication_url',
    label: 'Authentication URL',
    kind: 'url',
    required: false,
    help: 'Where the browser is sent for consent.',
  },
  { key: 'access_token_url', label: 'Access token URL', kind: 'url', required: false },
  {
    key: 'signature_method',
    label: 'Signature method',
    kind: 'select',
    required: false,
    options: signatureMethodNames,
    help: 'HMAC-SHA1 unless the remote service says otherwise. For an RSA method a key is made on the card of the service.',
  },
  {
    key: 'identity',
    label: 'Identity call',
    kind: 'json',
    required: false,
    help: 'A harmless call that tells who the account is: {"url": …, "id": "id_str", "name": "screen_name"}.',
  },
];

const advanced: readonly ProviderField[] = [
  {
    key: 'legs',
    label: 'Legs',
    kind: 'select',
    required: false,
    options: legs,
    help: 'three: a person consents (when not set). two, one: the consumer key alone signs, and accounts need no link. zero: accounts hold a token that the remote site hands out ready-made. Only three needs the three URLs.',
  },
  {
    key: 'empty_token',
    label: 'Empty token',
    kind: 'select',
    required: false,
    options: ['sent', 'absent'],
    help: 'With two legs or one: whether oauth_token is sent, empty, or left out (when not set).',
  },
  {
    key: 'token_transport',
    label: 'Where the signature travels',
    kind: 'select',
    required: false,
    options: transports,
    help: 'In the header when not set. In the body only where that is a form.',
  },
  {
    key: 'request_method',
    label: 'Method of the request-token call',
    kind: 'select',
    required: false,
    options: ['GET', 'POST'],
    help: 'POST when not set.',
  },
  {
    key: 'access_method',
    label: 'Method of the access-token call',
    kind: 'select',
    required: false,
    options: ['GET', 'POST'],
    help: 'POST when not set.',
  },
  {
    key: 'request_params',
    label: 'Parameters of the request-token call',
    kind: 'pairs',
    required: false,
    help: 'One a line: scope=read. They are signed.',
  },
  {
    key: 'authorization_params',
    label: 'Parameters of the authentication URL',
    kind: 'pairs',
    required: false,
    help: 'One a line: name=Helpdesk. {consumer_key} stands for the consumer key.',
  },
  {
    key: 'access_params',
    label: 'Parameters of the access-token call',
    kind: 'pairs',
    required: false,
    help: 'One a line. They are signed.',
  },
  {
    key: 'callback',
    label: 'Callback',
    kind: 'select',
    required: false,
    options: ['url', 'oob'],
    help: 'url: the browser comes back (when not set). oob: the remote site shows a PIN.',
  },
  {
    key: 'verifier',
    label: 'Verifier',
    kind: 'select',
    required: false,
    options: ['required', 'absent'],
    help: 'absent only for a remote service that knows OAuth 1.0 alone.',
  },
  {
    key: 'realm',
    label: 'Realm',
    kind: 'text',
    required: false,
    help: 'Of the Authorization header, where the remote service wants one.',
  },
  {
    key: 'body_hash',
    label: 'Body hash',
    kind: 'select',
    required: false,
    options: ['sha1', 'sha256'],
    help: 'Adds oauth_body_hash where the body is no form.',
  },
  {
    key: 'oauth_version',
    label: 'OAuth version',
    kind: 'select',
    required: false,
    options: ['1.0', 'absent'],
    help: 'Sent as 1.0 when not set.',
  },
  {
    key: 'user_agent',
    label: 'User-Agent',
    kind: 'text',
    required: false,
    help: 'Of every request. Some remote services want one of your own.',
  },
  {
    key: 'lifetime',
    label: 'Lifetime of tokens',
    kind: 'json',
    required: false,
    help: '{"kind": "never"}, or fixed with days, idle with idle_minutes, session; beside it daily_end (a time zone), renew_url, renew_method, warn_days.',
  },
  {
    key: 'rate_headers',
    label: 'Headers that tell the rate limit',
    kind: 'json',
    required: false,
    help: 'Names of limit, remaining, reset, retry_after, where they are not the usual ones; reset_kind is epoch, seconds or http-date.',
  },
  {
    key: 'revoke',
    label: 'Revoke call',
    kind: 'json',
    required: false,
    help: 'Called when an account is unlinked: {"url": …, "method": "POST", "params": {}}.',
  },
  { key: 'notes', label: 'Notes', kind: 'prose', required: false, help: 'Shown with the service.' },
  {
    key: 'steps',
    label: 'Steps to set it up',
    kind: 'lines',
    required: false,
    help: 'One a line. Shown to whoever sets up or links.',
  },
];

/** In the order of the form. None is marked as required: what must be there depends on legs and method. */
export const serviceFields: readonly ProviderField[] = [
  ...common,
  ...advanced.map((field) => ({ ...field, isAdvanced: true as const })),
];
