/** Execute HTTP Request: a plain request from templates, sent with or without an account's signature. */
import type { CerbResponse } from '../../delivery/cerb-response.ts';
import { HubError } from '../../errors.ts';
import { writeJson } from '../../json.ts';
import type { Remark } from '../../packages/record-type.ts';
import { type ActionTools, type ActionType, type PlainRequest, placeholderName } from '../action.ts';
import { flagOf, isObject, type JsonObject, textOf } from '../json-value.ts';
import { wireUrl } from '../wire-url.ts';

export const httpRequestId = 'core.va.action.http_request';

const verbs = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

const responseMembers = [
  { name: 'body', title: 'Body of the response' },
  { name: 'content_type', title: 'Its content type' },
  { name: 'headers', title: 'Its headers, by lower-case name' },
  { name: 'info.http_code', title: 'Its status, such as 200' },
  { name: 'error', title: 'Why no response came; empty when one did' },
];

/** `core.va.action.http_request` with every parameter of Cerb's; what Cerb skips in silence is refused here. */
export const httpRequest: ActionType = {
  id: httpRequestId,
  title: 'Execute HTTP Request',
  fields: [
    {
      key: 'http_verb',
      label: 'Verb',
      kind: 'select',
      options: verbs.map((verb) => ({ value: verb, label: verb.toUpperCase() })),
    },
    { key: 'http_url', label: 'URL', kind: 'template', rows: 3 },
    {
      key: 'http_headers',
      label: 'Request headers',
      kind: 'template',
      rows: 4,
      help: 'One a line: Name: value',
    },
    { key: 'http_body', label: 'Request body', kind: 'template', rows: 6 },
    {
      key: 'auth',
      label: 'Authentication:',
      kind: 'select',
      options: [
        { value: '', label: 'None' },
        { value: 'connected_account', label: 'Connected Account' },
        { value: 'placeholder', label: 'Placeholder' },
      ],
    },
    {
      key: 'auth_connected_account_id',
      label: 'Connected Account',
      kind: 'account',
      when: 'connected_account',
    },
    {
      key: 'auth_placeholder',
      label: 'Placeholder with the account',
      kind: 'template',
      when: 'placeholder',
      help: 'A template that gives the id or URI of a connected account',
    },
    {
      key: 'options.ignore_ssl_validation',
      label: 'Ignore SSL certificate validation (e.g. self-signed)',
      kind: 'flag',
      help: 'Only for requests without authentication to hosts in COUNTERSIGN_ALLOW_PRIVATE',
    },
    {
      key: 'options.raw_response_body',
      label: "Don't attempt to auto-convert the response body (e.g. JSON decode)",
      kind: 'flag',
    },
    { key: 'run_in_simulator', label: 'Also execute HTTP request in simulator mode', kind: 'flag' },
    {
      key: 'response_placeholder',
      label: 'Save response to a placeholder named',
      kind: 'placeholder',
      members: responseMembers,
    },
  ],

  remarks(params) {
    const found: Remark[] = [];
    const remark = (key: string, message: string) => found.push({ path: `/${key}`, message });
    const auth = textOf(params.auth) ?? '';
    if (!verbs.includes(verbOf(params))) {
      remark('http_verb', `The verb "${verbOf(params)}" is not one of ${verbs.join(', ')}.`);
    }
    if (!textOf(params.http_url)?.trim()) remark('http_url', 'The request has no URL.');
    if (!placeholderName(params.response_placeholder)) {
      remark('response_placeholder', 'The request needs the name of a placeholder for its response.');
    }
    if (auth === 'connected_account' && isNoAccount(textOf(params.auth_connected_account_id))) {
      remark('auth_connected_account_id', noAccount('no connected account is chosen'));
    }
    if (auth === 'placeholder' && !textOf(params.auth_placeholder)?.trim()) {
      remark('auth_placeholder', noAccount('the placeholder for the account is empty'));
    }
    if (!['', 'connected_account', 'placeholder'].includes(auth)) {
      remark('auth', `The way of authenticating "${auth}" is unknown.`);
    }
    if (auth !== '' && option(params, 'ignore_ssl_validation')) {
      remark(
        'options/ignore_ssl_validation',
        'A request with authentication always checks the certificate: turn off "Ignore SSL certificate validation".',
      );
    }
    return found;
  },

  async run(params, tools) {
    const request = await renderRequest(params, tools);
    tools.say(`>>> Sending HTTP request:\n${requestText(request)}`);
    const accountId = await chooseAccount(params, tools);
    const name = placeholderName(params.response_placeholder) ?? '';
    if (tools.mode === 'simulate' && !flagOf(params.run_in_simulator)) {
      tools.say('>>> NOTE: this HTTP request is not set to run in the simulator; nothing was sent');
      return 'skipped';
    }
    const response = await tools.send(request, accountId);
    const { content_type, headers, body, info, error } = response;
    tools.set(name, { content_type, headers, body, info, error });
    tools.say(`>>> Saving response to {{${name}}}:\n${responseText(response)}`);
    return 'done';
  },
};

/** Splits header lines at their first colon; blanks are dropped. Throws `request_refused` for a line without one. */
export function parseHeaderLines(text: string): [string, string][] {
  return text.split(/\r\n|\r|\n/).flatMap((line, index): [string, string][] => {
    if (line.trim() === '') return [];
    const colon = line.indexOf(':');
    if (colon < 1) {
      throw new HubError('request_refused', `Line ${index + 1} of the request headers is not "Name: value".`);
    }
    return [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
  });
}

async function renderRequest(params: JsonObject, tools: ActionTools): Promise<PlainRequest> {
  const template = (key: string) => tools.render(textOf(params[key]) ?? '');
  const url = wireUrl(await template('http_url'));
  if (url === '') throw new HubError('request_refused', 'The URL of the request came out empty.');
  const headers = parseHeaderLines(await template('http_headers'));
  const body = await template('http_body');
  const method = verbOf(params).toUpperCase();
  const hasType = headers.some(([name]) => name.toLowerCase() === 'content-type');
  if (['POST', 'PUT', 'PATCH'].includes(method) && !hasType) {
    headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  }
  return {
    method,
    url,
    headers,
    body,
    raw: option(params, 'raw_response_body'),
    ignoreCertificate: option(params, 'ignore_ssl_validation'),
  };
}

async function chooseAccount(params: JsonObject, tools: ActionTools): Promise<string | undefined> {
  const auth = textOf(params.auth) ?? '';
  if (auth === '') return undefined;
  const rendered = auth === 'placeholder' ? await tools.render(textOf(params.auth_placeholder) ?? '') : '';
  const id = (auth === 'placeholder' ? rendered : (textOf(params.auth_connected_account_id) ?? '')).trim();
  if (isNoAccount(id)) {
    throw new HubError('request_refused', noAccount('the placeholder for the account came out empty'));
  }
  const account = await tools.account(id);
  tools.say(`>>> Authenticating with ${account.name}`);
  return account.id;
}

/** '0' is Cerb's none; what is left of an import's `{{{name}}}` names nothing. */
export function isNoAccount(id: string | undefined): boolean {
  return id === undefined || /^\s*0*\s*$/.test(id) || id.includes('{{');
}

function noAccount(what: string): string {
  return `Authentication is asked for, but ${what}. Choose an account, or set Authentication to None; the request is never sent unsigned.`;
}

function verbOf(params: JsonObject): string {
  return (textOf(params.http_verb) ?? '').trim().toLowerCase();
}

function option(params: JsonObject, key: string): boolean {
  return isObject(params.options) && flagOf(params.options[key]);
}

function requestText(request: PlainRequest): string {
  const head = [`${request.method} ${request.url}`, ...request.headers.map(headerLine)].join('\n');
  return request.body === '' ? head : `${head}\n\n${request.body}`;
}

const secretHeader = /^(proxy-)?authorization$|cookie|token|secret|api-?key/i;

function headerLine([name, value]: [string, string]): string {
  return `${name}: ${secretHeader.test(name) ? `[masked, ${value.length} characters]` : value}`;
}

function responseText(response: CerbResponse): string {
  if (response.error !== '') return `>>> Error in response: ${response.error}`;
  const headers = Object.entries(response.headers).map((header) => headerLine(header));
  const body = typeof response.body === 'string' ? response.body : writeJson(response.body, 2);
  return [`HTTP ${response.info.http_code ?? ''}`.trim(), ...headers, '', body].join('\n');
}
