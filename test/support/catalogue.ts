/** The packages that ship with an OAuth 1.0a service: their answers, and what they say of the service. Pure. */
import { profileOfPackage } from '../../server/commands/sandbox-profile.ts';
import { parseJson } from '../../server/json.ts';
import { parsePackage } from '../../server/packages/grammar.ts';
import type { Prompt } from '../../server/packages/header.ts';
import { readLibrary } from '../../server/packages/library.ts';
import type { Profile } from '../../server/sandbox/profile.ts';

type Params = Readonly<Record<string, unknown>>;

export interface CatalogueEntry {
  id: string;
  text: string;
  /** To every prompt. */
  answers: Readonly<Record<string, string>>;
  /** Of the service and of its account, as the package writes them, filled with the answers. */
  params: Params;
  accountParams: Params;
  /** What the sandbox plays. */
  profile: Profile;
  /** The app that the remote service knows. */
  consumer: { key: string; secret: string };
  /** The token that the remote site hands out ready-made; undefined where it hands out none. */
  token: { token: string; secret: string } | undefined;
}

/** Answers that bring the OAuth 1.0a service of a package that can do without. */
const ownAnswers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  woocommerce: { prompt_scheme: 'http' },
};

export function readCatalogue(): CatalogueEntry[] {
  return [...readLibrary().values()]
    .filter(({ text }) => text.includes('"cerb.service.provider.oauth1"'))
    .map(({ id, text }) => readEntry(id, text));
}

function readEntry(id: string, text: string): CatalogueEntry {
  const parsed = parsePackage(parseJson(text));
  if (!parsed.ok) throw new Error(`${id}.json has faults`);
  const answers = Object.fromEntries(
    parsed.package.prompts.map((prompt) => [
      prompt.key,
      ownAnswers[id]?.[prompt.key] ?? answerTo(prompt, id, text),
    ]),
  );
  const filled = text.replace(/\{\{\{(\w+)\}\}\}/g, (whole, key: string) => answers[key] ?? whole);
  const records: {
    _context: string;
    extension_id?: string;
    params: Params;
    uid: string;
    service_id?: string;
  }[] = JSON.parse(filled).records;
  const service = records.find((record) => record.extension_id === 'cerb.service.provider.oauth1');
  const account = records.find((record) => record.service_id === `{{{uid.${service?.uid}}}}`);
  if (!service || !account) throw new Error(`${id}.json has no service with an account`);
  return {
    id,
    text,
    answers,
    params: service.params,
    accountParams: account.params,
    profile: profileOfPackage(id, text, answers),
    ...keysOf(id, service.params, account.params),
  };
}

/** The default, or a text of the kind that is asked for: a host, all three parts of a key, a word of its own. */
function answerTo({ key, params }: Prompt, id: string, text: string): string {
  if (typeof params.default === 'string' && params.default !== '') return params.default;
  if (text.includes(`//{{{${key}}}}`)) return `${id}.example`;
  if (text.includes(`"api_key": "{{{${key}}}}"`)) return `${id}-key:${id}-token:${id}-token-secret`;
  return `${id}-${key.replace('prompt_', '')}`;
}

/** A site that pushes its keys has them before anybody here does. */
function keysOf(id: string, service: Params, account: Params): Pick<CatalogueEntry, 'consumer' | 'token'> {
  const word = (value: unknown, without: string) => (typeof value === 'string' ? value : without);
  if (typeof account.api_key === 'string') {
    const [key = '', token = '', secret = ''] = account.api_key.split(':');
    return { consumer: { key, secret: '' }, token: { token, secret } };
  }
  const { oauth_token: token, oauth_token_secret: secret } = account;
  return {
    consumer: {
      key: word(service.client_id, `${id}-key`),
      secret: word(service.client_secret, `${id}-consumer-secret`),
    },
    token: typeof token === 'string' ? { token, secret: word(secret, '') } : undefined,
  };
}

/** What a remote service has to have found in the requests, by what its record says of it. */
export function quirksOf({ params }: CatalogueEntry): string[] {
  const method = params.signature_method ?? params.signature_method_ ?? 'HMAC-SHA1';
  const namesOf = (value: unknown) => Object.keys(Object(value)).map((name) => `parameter ${name}`);
  const isAsked = params.authentication_url !== undefined;
  return [
    'consumer',
    `signature ${method}`,
    ...(params.realm === undefined ? [] : ['realm']),
    ...(params.user_agent === undefined ? [] : ['user agent']),
    ...(params.body_hash === undefined ? [] : ['body hash']),
    ...(params.token_transport === undefined ? [] : ['transport']),
    ...(params.request_header === undefined ? [] : ['granted key']),
    ...(isAsked && params.callback_parameter !== 'absent' ? ['callback'] : []),
    ...(isAsked ? [params.verifier === 'absent' ? 'consent' : 'verifier'] : []),
    ...[params.request_params, params.authorization_params, params.access_params].flatMap(namesOf),
  ];
}
