/** Grant's oauth.json: provider name -> its addresses. Pure. */
import { isObject, type JsonObject, own } from '../reading.ts';
import type { Remark } from '../record-type.ts';
import { type Findings, type FoundService, type Importer, nothingFound, textEntries } from './found.ts';

export const grant: Importer = {
  id: 'grant',
  title: 'Grant: oauth.json',
  help: 'The entries with "oauth": 1; a configuration with keys alone names no addresses.',
  recognises: (_text, json) =>
    isObject(json) &&
    Object.values(json).some((entry) => isObject(entry) && 'access_url' in entry && 'authorize_url' in entry),
  read(_text, json) {
    if (!isObject(json)) return nothingFound('', 'This is no JSON object of providers.');
    const found: Findings = { services: [], requests: [], notes: [] };
    for (const [name, entry] of Object.entries(json)) {
      const path = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (!isObject(entry)) found.notes.push({ path, message: 'An entry must be an object.' });
      else if (String(own(entry, 'oauth')) === '1')
        found.services.push(...readEntry(name, entry, path, found.notes));
      else if (own(entry, 'oauth') !== undefined)
        found.notes.push({ path, message: `'${name}' does not speak OAuth 1.0a, so it was left out.` });
      else if (name !== 'defaults') found.notes.push({ path, message: `'${name}' names no addresses.` });
    }
    return found;
  },
};

/** Grant's keys that say nothing a service here needs. */
const silent = new Set([
  'oauth',
  'request_url',
  'authorize_url',
  'access_url',
  'custom_params',
  'name',
  'state',
  'callback',
  'dynamic',
  'transport',
  'redirect_uri',
  'prefix',
  'origin',
  'profile_url',
  'key',
  'secret',
]);

function readEntry(name: string, entry: JsonObject, path: string, notes: Remark[]): FoundService[] {
  const texts = new Map(textEntries(entry));
  const missing = ['request_url', 'authorize_url', 'access_url'].filter((key) => !texts.has(key));
  if (missing.length > 0) {
    notes.push({ path, message: `'${name}' lacks ${missing.join(', ')}.` });
    return [];
  }
  const custom = own(entry, 'custom_params');
  if (texts.has('key') || texts.has('secret')) {
    notes.push({ path, message: 'Key and secret stay where they are; they are asked for at the import.' });
  }
  if (texts.has('private_key')) {
    notes.push({
      path: `${path}/private_key`,
      message: 'Make or paste a key on the service after the import.',
    });
  }
  for (const key of Object.keys(entry)) {
    if (!silent.has(key) && key !== 'private_key')
      notes.push({ path: `${path}/${key}`, message: `'${key}' has no counterpart here and was left out.` });
  }
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the other product's own notation
  const url = (key: string) => (texts.get(key) ?? '').replace(/\[(\w+)\]/g, '${$1}');
  const addresses = [url('request_url'), url('authorize_url'), url('access_url')];
  const blanks = [
    ...new Set(
      addresses.flatMap((address) => [...address.matchAll(/\$\{(\w+)\}/g)].map(([, key = '']) => key)),
    ),
  ];
  return [
    {
      name: name.slice(0, 1).toUpperCase() + name.slice(1),
      params: {
        request_token_url: addresses[0],
        authentication_url: addresses[1],
        access_token_url: addresses[2],
        signature_method: texts.has('private_key') ? 'RSA-SHA1' : 'HMAC-SHA1',
        ...(isObject(custom) && { authorization_params: Object.fromEntries(textEntries(custom)) }),
      },
      blanks: blanks.map((key) => ({ key, label: key })),
    },
  ];
}
