/** n8n's exported credentials of the type oAuth1Api. Pure. */
import { isObject, own, textOf } from '../reading.ts';
import { type Findings, type Importer, nothingFound } from './found.ts';

export const n8n: Importer = {
  id: 'n8n',
  title: 'n8n: exported OAuth1 credential',
  help: 'As n8n export:credentials --decrypted writes it; keys and tokens are left out.',
  recognises: (_text, json) =>
    list(json).some((one) => isObject(one) && typeof own(one, 'type') === 'string' && 'data' in one),
  read(_text, json) {
    const found: Findings = { services: [], requests: [], notes: [] };
    for (const [index, credential] of list(json).entries()) {
      const path = Array.isArray(json) ? `/${index}` : '';
      if (!isObject(credential)) {
        found.notes.push({ path, message: 'A credential must be an object.' });
        continue;
      }
      const type = textOf(own(credential, 'type')) ?? '';
      const name = textOf(own(credential, 'name')) ?? 'Service';
      const data = own(credential, 'data');
      if (type !== 'oAuth1Api') {
        found.notes.push({
          path: `${path}/type`,
          message: `'${name}' is of the type '${type}', not oAuth1Api, and was left out.`,
        });
      } else if (!isObject(data)) {
        found.notes.push({
          path: `${path}/data`,
          message: `'${name}' is encrypted; export it with --decrypted.`,
        });
      } else {
        const text = (key: string) => textOf(own(data, key)) ?? '';
        const missing = ['requestTokenUrl', 'authUrl', 'accessTokenUrl'].filter((key) => text(key) === '');
        if (missing.length > 0) {
          found.notes.push({ path: `${path}/data`, message: `'${name}' lacks ${missing.join(', ')}.` });
          continue;
        }
        found.services.push({
          name,
          params: {
            request_token_url: text('requestTokenUrl'),
            authentication_url: text('authUrl'),
            access_token_url: text('accessTokenUrl'),
            signature_method: text('signatureMethod') || 'HMAC-SHA1',
          },
          blanks: [],
        });
        const secrets = ['consumerKey', 'consumerSecret', 'oauthTokenData'].filter(
          (key) => own(data, key) !== undefined,
        );
        if (secrets.length > 0) {
          found.notes.push({
            path: `${path}/data`,
            message: `${secrets.join(', ')} of '${name}' were not taken along: the keys are asked for, and the account is linked.`,
          });
        }
      }
    }
    return found.services.length + found.notes.length > 0
      ? found
      : nothingFound('', 'There is no credential in it.');
  },
};

function list(json: unknown): readonly unknown[] {
  return Array.isArray(json) ? json : json === undefined ? [] : [json];
}
