/** What an importer found, as a package: services with an account to link each, requests as behaviors of one bot. Pure. */
import type { JsonObject } from '../reading.ts';
import type { FoundRequest, FoundService } from './found.ts';
import { variableName } from './found.ts';

const accountPrompt = 'prompt_connected_account_id';

export function toPackage(
  name: string,
  { services, requests }: { services: readonly FoundService[]; requests: readonly FoundRequest[] },
): JsonObject {
  const needsAccount = requests.some((request) => request.needsAccount);
  return {
    package: {
      name,
      revision: 1,
      requires: { cerb_version: '9.1.0', plugins: [] },
      configure: {
        placeholders: [],
        prompts: [...services.flatMap(promptsOf), ...(needsAccount ? [chooser] : [])],
      },
    },
    ...(services.length > 0 && { records: services.flatMap(recordsOf) }),
    ...(requests.length > 0 && { bots: [botOf(name, requests)] }),
  };
}

const chooser = {
  type: 'chooser',
  key: accountPrompt,
  label: 'Connected account to send with',
  params: { context: 'cerberusweb.contexts.connected_account', query: '', single: true },
};

const application = { context: 'cerberusweb.contexts.app', id: '0' };

function promptsOf({ name, blanks }: FoundService, index: number) {
  const text = (key: string, label: string) => ({
    type: 'text',
    key,
    label,
    params: { default: '', placeholder: '' },
  });
  return [
    ...blanks.map(({ key, label }) => text(promptKey(key, index), `${name}: ${label}`)),
    text(promptKey('client_id', index), `${name}: consumer key`),
    text(promptKey('client_secret', index), `${name}: consumer secret`),
  ];
}

function recordsOf({ name, params, blanks }: FoundService, index: number) {
  const filled = fill(params, (key) =>
    blanks.some((blank) => blank.key === key) ? promptKey(key, index) : undefined,
  );
  return [
    {
      uid: `service_${index + 1}`,
      _context: 'connected_service',
      name,
      extension_id: 'cerb.service.provider.oauth1',
      params: {
        client_id: `{{{${promptKey('client_id', index)}}}}`,
        client_secret: `{{{${promptKey('client_secret', index)}}}}`,
        ...(filled as JsonObject), // an object in, an object out
      },
    },
    {
      uid: `account_${index + 1}`,
      _context: 'connected_account',
      name,
      service_id: `{{{uid.service_${index + 1}}}}`,
      owner__context: application.context,
      owner_id: application.id,
      params: {},
    },
  ];
}

function promptKey(key: string, index: number): string {
  return `prompt_${index + 1}_${key}`;
}

/** `${key}` of a blank becomes its prompt. */
function fill(value: unknown, promptOf: (key: string) => string | undefined): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{(\w+)\}/g, (whole, key: string) => {
      const prompt = promptOf(key);
      return prompt === undefined ? whole : `{{{${prompt}}}}`;
    });
  }
  if (Array.isArray(value)) return value.map((member) => fill(member, promptOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, fill(member, promptOf)]));
}

function botOf(name: string, requests: readonly FoundRequest[]) {
  return {
    uid: 'bot',
    name,
    owner: application,
    is_disabled: false,
    params: { config: {}, events: { mode: 'all', items: [] }, actions: { mode: 'all', items: [] } },
    behaviors: requests.map((request, index) => ({
      uid: `behavior_${index + 1}`,
      title: request.title,
      is_disabled: false,
      is_private: false,
      priority: 50,
      event: { key: 'event.macro.bot', label: 'Custom behavior on bot' },
      variables: Object.fromEntries(request.variables.map((one) => [variableName(one), variableOf(one)])),
      nodes: [
        {
          type: 'action',
          title: 'Send the request',
          status: 'live',
          params: { actions: [actionOf(request)] },
        },
      ],
    })),
  };
}

function variableOf(name: string) {
  return { key: variableName(name), label: name, type: 'S', is_private: '0', params: { widget: 'single' } };
}

function actionOf({ method, url, headers, body, needsAccount }: FoundRequest) {
  return {
    action: 'core.va.action.http_request',
    http_verb: method.toLowerCase(),
    http_url: outer(url),
    http_headers: outer(headers.map(([name, value]) => `${name}: ${value}`).join('\n')),
    http_body: outer(body),
    auth: needsAccount ? 'connected_account' : '',
    ...(needsAccount && { auth_connected_account_id: `{{{${accountPrompt}}}}` }),
    options: {},
    run_in_simulator: '0',
    response_placeholder: '_http_response',
  };
}

/** A bot's template within a package, whose own braces are not to be read as the package's. */
function outer(template: string): string {
  return template.replace(/\{\{[{%#]/g, (opening) => `{{{'${opening}'}}}`);
}
