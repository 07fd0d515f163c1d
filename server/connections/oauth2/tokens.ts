/** Asking the token endpoint, through the delivery door. The one file that touches oauth4webapi. */
import * as oauth from 'oauth4webapi';
import type { InboundResponse, OutboundRequest } from '../../delivery/delivery.ts';
import type { Reading, Send } from '../provider.ts';
import { problemOf, unusable } from './problem.ts';
import type { OAuth2Service } from './service.ts';
import { readTokenAnswer } from './token-answer.ts';

/** What the endpoint gave out. `others`: further fields of its answer, as text. */
export interface Tokens {
  accessToken: string;
  refreshToken: string | undefined;
  expiresInSeconds: number | undefined;
  others: ReadonlyMap<string, string>;
}

/** Exchanges the code of a consent; `query` is the callback's, `state` and `codeVerifier` are what began it. */
export async function exchangeCode(
  service: OAuth2Service,
  send: Send,
  input: { query: URLSearchParams; state: string; codeVerifier: string; callbackUrl: string },
): Promise<Reading<Tokens>> {
  const server = serverOf(service, input.query.get('iss'));
  if (!server) {
    const problem = 'The consent came from an issuer (iss) that is not the service’s own.';
    const nextStep =
      'If it is right, enter it as the issuer of the service; else begin again and look at the address.';
    return { ok: false, problem, nextStep };
  }
  const client = clientOf(service);
  let callback: URLSearchParams;
  try {
    callback = oauth.validateAuthResponse(server, client, input.query, input.state);
    const codes = callback.getAll('code');
    if (codes.length !== 1 || codes[0] === '') return unusable('the remote site sent no single code back');
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) return { ok: false, ...problemOf(error.error) };
    return unusable('the address it sent the browser back to does not fit this link');
  }
  const codeVerifier = service.usesPkce ? input.codeVerifier : oauth.nopkce;
  return ask(send, (options) =>
    oauth.authorizationCodeGrantRequest(
      server,
      client,
      authenticationOf(service),
      callback,
      input.callbackUrl,
      codeVerifier,
      { ...options, additionalParameters: service.accessParams },
    ),
  );
}

/** A new access token for a refresh token; some services give out a new refresh token with it. */
export function refreshTokens(
  service: OAuth2Service,
  send: Send,
  refreshToken: string,
): Promise<Reading<Tokens>> {
  return ask(send, (options) =>
    oauth.refreshTokenGrantRequest(
      knownServer(service),
      clientOf(service),
      authenticationOf(service),
      refreshToken,
      { ...options, additionalParameters: service.accessParams },
    ),
  );
}

/** A token for the app itself (RFC 6749 §4.4). */
export function obtainTokens(service: OAuth2Service, send: Send): Promise<Reading<Tokens>> {
  const parameters = new URLSearchParams({ ...service.accessParams });
  if (service.scope !== '') parameters.set('scope', service.scope);
  return ask(send, (options) =>
    oauth.clientCredentialsGrantRequest(
      knownServer(service),
      clientOf(service),
      authenticationOf(service),
      parameters,
      options,
    ),
  );
}

/** Ends a token and, at most services, all that came of its consent (RFC 7009). */
export async function revokeTokens(
  service: OAuth2Service,
  send: Send,
  token: string,
): Promise<{ ok: true } | { ok: false; problem: string }> {
  const server = { ...knownServer(service), revocation_endpoint: service.revokeUrl };
  const answer = await through(send, (options) =>
    oauth.revocationRequest(server, clientOf(service), authenticationOf(service), token, {
      ...options,
      additionalParameters: service.revokeParams,
    }),
  );
  if (answer.status >= 200 && answer.status < 300) return { ok: true };
  const read = readTokenAnswer(answer);
  const { problem } =
    read.kind === 'error' ? problemOf(read.code) : { problem: `It answered ${answer.status}.` };
  return { ok: false, problem };
}

type RequestOptions = oauth.HttpRequestOptions<'POST', URLSearchParams>;

async function ask(
  send: Send,
  request: (options: RequestOptions) => Promise<Response>,
): Promise<Reading<Tokens>> {
  const read = readTokenAnswer(await through(send, request));
  if (read.kind === 'error') return { ok: false, ...problemOf(read.code) };
  return read.kind === 'fault' ? unusable(read.fault) : tokensOf(read.fields);
}

/** Sends what the library builds; a refusal of `send` is passed on. */
async function through(
  send: Send,
  request: (options: RequestOptions) => Promise<Response>,
): Promise<InboundResponse> {
  let answer: InboundResponse | undefined;
  await request({
    // The door decides where http may be spoken.
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: async (url, { method, headers, body }) => {
      answer = await send(toOutbound(url, method, headers, body));
      return new Response(null);
    },
  });
  if (!answer) throw new Error('The library asked nothing');
  return answer;
}

function toOutbound(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: URLSearchParams,
): OutboundRequest {
  return { method, url: new URL(url), headers: Object.entries(headers), body: Buffer.from(body.toString()) };
}

/** The fields as the library judges them, in the one shape it takes: RFC 6749 §5.1 to the letter. */
async function tokensOf(fields: ReadonlyMap<string, string>): Promise<Reading<Tokens>> {
  const type = fields.get('token_type')?.toLowerCase();
  if (type === 'mac' || type === 'dpop')
    return unusable(`its token is of the type ${type}, not a bearer token`);
  const strict = {
    access_token: fields.get('access_token'),
    // Services leave it out, or write a word of their own (Slack: "bot"); what they take is a bearer token.
    token_type: 'bearer',
    expires_in: fields.get('expires_in') || undefined,
    refresh_token: fields.get('refresh_token') || undefined,
  };
  try {
    const { access_token, refresh_token, expires_in } = await oauth.processRefreshTokenResponse(
      { issuer: 'https://unused.invalid' },
      { client_id: 'unused' },
      Response.json(strict),
    );
    if (/[^\x20-\x7e]/.test(access_token)) return unusable('its token holds characters no header can carry');
    const value = {
      accessToken: access_token,
      refreshToken: refresh_token,
      expiresInSeconds: expires_in,
      others: fields,
    };
    return { ok: true, value };
  } catch (error) {
    if (error instanceof oauth.OperationProcessingError || error instanceof TypeError)
      return unusable('its answer holds no access_token, or no usable expires_in');
    throw error;
  }
}

/**
 * The server as the library wants it; undefined where `iss` is not its own. Without a recorded issuer it has to be of
 * the origin of one of the service's URLs, so that the answer of one service cannot pass for another's (RFC 9207).
 */
function serverOf(service: OAuth2Service, iss: string | null): oauth.AuthorizationServer | undefined {
  if (iss === null || iss === service.issuer) return knownServer(service, iss ?? undefined);
  if (service.issuer !== '' || !URL.canParse(iss)) return undefined;
  const own = [service.authorizationUrl, service.tokenUrl].map((url) => new URL(url).origin);
  return own.includes(new URL(iss).origin) ? knownServer(service, iss) : undefined;
}

function knownServer({ issuer, tokenUrl }: OAuth2Service, iss?: string): oauth.AuthorizationServer {
  return { issuer: iss ?? (issuer || new URL(tokenUrl).origin), token_endpoint: tokenUrl };
}

function clientOf({ clientId }: OAuth2Service): oauth.Client {
  return { client_id: clientId };
}

/** The library's own Basic encodes a dash too, which servers that compare without decoding do not take. */
function authenticationOf({ secret, clientAuth }: OAuth2Service): oauth.ClientAuth {
  if (secret === '') return oauth.None();
  if (clientAuth === 'post') return oauth.ClientSecretPost(secret);
  return (_server, client, _body, headers) => {
    const pair = [client.client_id, secret].map(formEncode).join(':');
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };
}

function formEncode(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}
