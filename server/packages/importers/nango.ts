/** Nango's providers.yaml: its entries with `auth_mode: OAUTH1`. Pure. */
import { parse } from 'yaml';
import { isObject, type JsonObject, own, textOf } from '../reading.ts';
import type { Remark } from '../record-type.ts';
import { type Findings, type FoundService, type Importer, nothingFound, textEntries } from './found.ts';

export const nango: Importer = {
  id: 'nango',
  title: 'Nango: providers.yaml',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the other product's own notation
  help: 'The entries with auth_mode OAUTH1; what they leave open (${connectionConfig.…}) is asked for.',
  recognises: (text) => /^\s+auth_mode:\s*\S/m.test(text),
  read(text) {
    const value = readYaml(text);
    if (!isObject(value)) return nothingFound('', 'This is no YAML of providers.');
    const found: Findings = { services: [], requests: [], notes: [] };
    let others = 0;
    for (const [name, entry] of Object.entries(value)) {
      if (!isObject(entry) || own(entry, 'auth_mode') !== 'OAUTH1') others++;
      else found.services.push(...readEntry(name, entry, `/${name}`, found.notes));
    }
    if (others > 0) {
      found.notes.push({ path: '', message: `${others} entries do not speak OAuth 1.0a and were left out.` });
    }
    return found;
  },
};

/** Aliases are not followed beyond what a hand-written file needs: a few lines could else name gigabytes. */
function readYaml(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

const taken = new Set([
  'display_name',
  'auth_mode',
  'categories',
  'docs',
  'docs_connect',
  'setup_guide_url',
  'logo',
  'request_url',
  'authorization_url',
  'token_url',
  'request_params',
  'authorization_params',
  'token_params',
  'request_http_method',
  'token_http_method',
  'signature_method',
  'proxy',
]);

function readEntry(id: string, entry: JsonObject, path: string, notes: Remark[]): FoundService[] {
  const blanks = new Map<string, string>();
  const open = (text: string) =>
    text.replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
      const key = name
        .replace(/^connectionConfig\./, '')
        .replace(/\W+/g, '_')
        .toLowerCase();
      blanks.set(key, name.replace(/^connectionConfig\./, ''));
      return `\${${key}}`;
    });
  const url = (key: string) => open(textOf(own(entry, key)) ?? '');
  const missing = ['request_url', 'authorization_url', 'token_url'].filter((key) => url(key) === '');
  if (missing.length > 0) {
    notes.push({ path, message: `'${id}' lacks ${missing.join(', ')}.` });
    return [];
  }
  for (const key of Object.keys(entry)) {
    if (!taken.has(key))
      notes.push({ path: `${path}/${key}`, message: `'${key}' has no counterpart here and was left out.` });
  }
  const params = (key: string) => {
    const value = own(entry, key);
    const texts = isObject(value) ? textEntries(value).map(([name, text]) => [name, open(text)]) : [];
    return texts.length > 0 ? Object.fromEntries(texts) : undefined;
  };
  const method = (key: string) => textOf(own(entry, key))?.toUpperCase();
  const proxy = own(entry, 'proxy');
  const base = isObject(proxy) ? textOf(own(proxy, 'base_url')) : undefined;
  const apiHost = base !== undefined && URL.canParse(base) ? new URL(base).host : undefined;
  return [
    {
      name: textOf(own(entry, 'display_name')) ?? id,
      params: withoutAbsent({
        request_token_url: url('request_url'),
        authentication_url: url('authorization_url'),
        access_token_url: url('token_url'),
        signature_method: textOf(own(entry, 'signature_method')) ?? 'HMAC-SHA1',
        request_method: method('request_http_method'),
        access_method: method('token_http_method'),
        request_params: params('request_params'),
        authorization_params: params('authorization_params'),
        access_params: params('token_params'),
        allowed_hosts: apiHost === undefined ? undefined : [apiHost],
      }),
      blanks: [...blanks].map(([key, label]) => ({ key, label })),
    },
  ];
}

function withoutAbsent(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
