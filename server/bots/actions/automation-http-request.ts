/** The command `http.request` of automations, as an action: the same inputs and the same output. */
import { stringify } from 'yaml';
import type { CerbResponse } from '../../delivery/cerb-response.ts';
import { HubError } from '../../errors.ts';
import { writeJson } from '../../json.ts';
import type { Remark } from '../../packages/record-type.ts';
import { type ActionTools, type ActionType, type PlainRequest, placeholderName } from '../action.ts';
import { flagOf, isObject, type JsonObject, objectOf, textOf } from '../json-value.ts';
import { isNoAccount, parseHeaderLines } from './http-request.ts';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const accountUri = /^cerb:connected_account:(.+)$/;

/**
 * `http.request` with `inputs` and `output`. Any answer is a success, whatever its status; what cannot be sent, or is
 * not answered, leaves `error` and `url` in the output, as the automation's `on_error` would see them, and the
 * behavior goes on.
 */
export const automationHttpRequest: ActionType = {
  id: 'http.request',
  title: 'HTTP request (automation)',
  fields: [
    {
      key: 'inputs.method',
      label: 'Method',
      kind: 'select',
      options: methods.map((value) => ({ value, label: value })),
    },
    { key: 'inputs.url', label: 'URL', kind: 'template', rows: 3 },
    { key: 'inputs.headers', label: 'Headers', kind: 'template', rows: 4, help: 'One a line: Name: value' },
    { key: 'inputs.body', label: 'Body', kind: 'template', rows: 6 },
    {
      key: 'inputs.authentication',
      label: 'Authentication',
      kind: 'template',
      help: 'cerb:connected_account: and the id or URI of an account; empty: none',
    },
    { key: 'inputs.timeout', label: 'Time-out in seconds', kind: 'template', help: '1 to 60' },
    { key: 'run_in_simulator', label: 'Also execute HTTP request in simulator mode', kind: 'flag' },
    { key: 'output', label: 'Save output to a placeholder named', kind: 'placeholder' },
  ],
  remarks(params) {
    const found: Remark[] = [];
    const inputs = objectOf(params.inputs) ?? {};
    if (!textOf(inputs.url)?.trim()) found.push({ path: '/inputs/url', message: 'The request has no URL.' });
    if (!methods.includes(methodOf(inputs))) {
      const message = `The method "${methodOf(inputs)}" is not one of ${methods.join(', ')}.`;
      found.push({ path: '/inputs/method', message });
    }
    if (!placeholderName(params.output)) {
      found.push({ path: '/output', message: 'The request needs the name of a placeholder for its output.' });
    }
    if (isObject(inputs.response)) {
      found.push({ path: '/inputs/response', message: 'Answers are not kept as resources here.' });
    }
    return found;
  },
  async run(params, tools) {
    const inputs = objectOf(params.inputs) ?? {};
    const name = placeholderName(params.output) ?? '';
    const url = (await tools.render(textOf(inputs.url) ?? '')).trim();
    try {
      const request = await renderRequest(inputs, url, tools);
      const account = await accountOf(inputs, tools);
      tools.say(`>>> ${request.method} ${url}`);
      if (tools.mode === 'simulate' && !flagOf(params.run_in_simulator)) {
        tools.say('>>> NOTE: this HTTP request is not set to run in the simulator; nothing was sent');
        return 'skipped';
      }
      const response = await tools.send(request, account);
      tools.set(name, outputOf(url, response));
      tools.say(`>>> Saving output to {{${name}}}: ${response.error || `HTTP ${response.info.http_code}`}`);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      tools.set(name, { error: error.message, url });
      tools.say(`[ERROR] ${error.message}`);
    }
    return 'done';
  },
};

/** A dictionary as the type asks for it: JSON, YAML, and a form for everything else. */
export function encodeBody(body: JsonObject, type: string): string {
  if (/^application\/(json|x-amz-json|[\w.-]+\+json)/.test(type)) return writeJson(body);
  if (/\byaml\b/.test(type)) return stringify(body);
  return formPairs(body)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&');
}

async function renderRequest(inputs: JsonObject, url: string, tools: ActionTools): Promise<PlainRequest> {
  if (url === '' || url.length > 2048) {
    throw new HubError('request_refused', 'The URL of a request has 1 to 2048 characters.');
  }
  const headers = isObject(inputs.headers)
    ? await renderPairs(inputs.headers, tools)
    : parseHeaderLines(await tools.render(textOf(inputs.headers) ?? ''));
  const method = methodOf(inputs);
  const declared = headers.find(([key]) => key.toLowerCase() === 'content-type')?.[1];
  const isForm = declared === undefined && ['POST', 'PUT', 'PATCH'].includes(method);
  if (isForm) headers.push(['Content-Type', 'application/x-www-form-urlencoded']);
  const body = isObject(inputs.body)
    ? encodeBody((await renderLeaves(inputs.body, tools)) as JsonObject, declared?.toLowerCase() ?? '')
    : await tools.render(textOf(inputs.body) ?? '');
  const timeoutMs = await timeoutOf(inputs, tools);
  return {
    method,
    url,
    headers,
    body,
    raw: 'data-uri',
    ignoreCertificate: false,
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

/** The account of a `cerb:` address; undefined where none is asked for. Anything else is refused, never unsigned. */
async function accountOf(inputs: JsonObject, tools: ActionTools): Promise<string | undefined> {
  const written = textOf(inputs.authentication) ?? '';
  if (written.trim() === '') return undefined;
  const address = (await tools.render(written)).trim();
  const ref = accountUri.exec(address)?.[1];
  if (ref === undefined || isNoAccount(ref)) {
    const message = `Authentication is cerb:connected_account: and an id or URI; '${address}' is not. The request is never sent unsigned.`;
    throw new HubError('request_refused', message);
  }
  return (await tools.account(ref)).id;
}

function outputOf(url: string, { error, info, content_type, headers, body }: CerbResponse): JsonObject {
  if (error !== '') return { error, url };
  const isDataUri = typeof body === 'string' && body.startsWith(`data:${content_type};base64,`);
  return {
    status_code: info.http_code,
    url,
    content_type,
    headers,
    body,
    ...(isDataUri && { is_data_uri: true }),
  };
}

async function timeoutOf(inputs: JsonObject, tools: ActionTools): Promise<number | undefined> {
  const text = (await tools.render(textOf(inputs.timeout) ?? '')).trim();
  if (text === '' || Number(text) === 0) return undefined;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 60) return Math.round(seconds * 1000);
  throw new HubError('request_refused', `The time-out is 1 to 60 seconds, not '${text.slice(0, 20)}'.`);
}

async function renderPairs(pairs: JsonObject, tools: ActionTools): Promise<[string, string][]> {
  const rendered: [string, string][] = [];
  for (const [key, value] of Object.entries(pairs)) {
    rendered.push([key, (await tools.render(textOf(value) ?? '')).trim()]);
  }
  return rendered;
}

/** The same value with every text rendered. */
async function renderLeaves(value: unknown, tools: ActionTools): Promise<unknown> {
  if (typeof value === 'string') return tools.render(value);
  if (Array.isArray(value)) return Promise.all(value.map((item) => renderLeaves(item, tools)));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await renderLeaves(item, tools)]);
  return Object.fromEntries(await Promise.all(entries));
}

/** `{a: {b: 1}}` as `a[b]=1`. */
function formPairs(value: unknown, name = ''): [string, string][] {
  if (isObject(value) || Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, item]) =>
      formPairs(item, name === '' ? key : `${name}[${key}]`),
    );
  }
  const flag = typeof value === 'boolean' ? (value ? '1' : '0') : undefined;
  return [[name, flag ?? textOf(value) ?? '']];
}

function methodOf(inputs: JsonObject): string {
  return (textOf(inputs.method) ?? '').trim().toUpperCase() || 'GET';
}
