/** A cURL command line as a request. Pure. */
import type { Remark } from '../record-type.ts';
import { type FoundRequest, type Importer, isCredential, literal, nothingFound } from './found.ts';
import { shellWords } from './shell-words.ts';

export const curl: Importer = {
  id: 'curl',
  title: 'cURL command line',
  help: 'As browsers and manuals copy it; becomes a behavior with Execute HTTP Request.',
  recognises: (text) => /^\s*(\$\s*)?curl\s/.test(text),
  read(text) {
    const words = shellWords(text.replace(/^\s*\$?\s*/, ''));
    if (!words) return nothingFound('', 'A quotation mark is not closed.');
    const notes: Remark[] = [];
    const request = readWords(words.slice(1), notes);
    if (request === undefined) return { services: [], requests: [], notes };
    return { services: [], requests: [request], notes };
  },
};

/** Options that take a value, by their long names; short ones in `longNames`. */
const withValue = new Set([
  'request',
  'header',
  'data',
  'data-raw',
  'data-ascii',
  'data-binary',
  'data-urlencode',
  'json',
  'url',
  'user',
  'user-agent',
  'referer',
  'cookie',
  'output',
  'max-time',
  'connect-timeout',
  'form',
  'form-string',
  'proxy',
  'cacert',
  'cert',
  'key',
  'upload-file',
  'retry',
  'write-out',
  'oauth2-bearer',
  'resolve',
  'interface',
  'cookie-jar',
  'range',
]);
const longNames: Readonly<Record<string, string>> = {
  X: 'request',
  H: 'header',
  d: 'data',
  u: 'user',
  A: 'user-agent',
  e: 'referer',
  b: 'cookie',
  o: 'output',
  m: 'max-time',
  F: 'form',
  x: 'proxy',
  E: 'cert',
  T: 'upload-file',
  w: 'write-out',
  c: 'cookie-jar',
  r: 'range',
  G: 'get',
  I: 'head',
  k: 'insecure',
  L: 'location',
  s: 'silent',
  S: 'show-error',
  i: 'include',
  v: 'verbose',
  f: 'fail',
  g: 'globoff',
};
/** Options that change nothing of the request itself. */
const harmless = new Set([
  'compressed',
  'silent',
  'show-error',
  'include',
  'verbose',
  'fail',
  'output',
  'write-out',
  'globoff',
  'http1.1',
  'http2',
  'max-time',
  'connect-timeout',
  'retry',
  'progress-bar',
  'no-progress-meter',
]);

interface Asked {
  urls: string[];
  options: [name: string, value: string][];
}

function readWords(words: readonly string[], notes: Remark[]): FoundRequest | undefined {
  const { urls, options } = readOptions(words);
  const all = (...names: string[]) =>
    options.filter(([name]) => names.includes(name)).map(([, value]) => value);
  const address = [...all('url'), ...urls][0];
  if (address === undefined) {
    notes.push({ path: '', message: 'There is no address in it.' });
    return undefined;
  }
  if (all('form', 'form-string', 'upload-file').length > 0) {
    notes.push({ path: '', message: 'Files and multipart forms (-F, -T) cannot be sent by a behavior.' });
    return undefined;
  }
  const headers = all('header').flatMap((line): [string, string][] => {
    const at = line.indexOf(':');
    return at < 1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]];
  });
  const data = options.flatMap(([name, value]) => dataOf(name, value, notes));
  const isGet = options.some(([name]) => name === 'get');
  const isHead = options.some(([name]) => name === 'head');
  for (const [name] of options) noteOption(name, notes);
  const joined = data.join('&');
  const url = isGet && joined !== '' ? `${address}${address.includes('?') ? '&' : '?'}${joined}` : address;
  const body = isGet ? '' : joined;
  const isJson = options.some(([name]) => name === 'json');
  const credentials = headers.filter(([name]) => isCredential(name));
  if (credentials.length > 0 || all('user', 'oauth2-bearer').length > 0) {
    notes.push({
      path: '',
      message: 'Credentials were left out; the request is sent with the connected account that you choose.',
    });
  }
  const kept = headers.filter(([name]) => !isCredential(name));
  const add = (name: string, values: readonly string[]) => {
    const isThere = kept.some(([other]) => other.toLowerCase() === name.toLowerCase());
    if (values[0] !== undefined && !isThere) kept.push([name, values[0]]);
  };
  add('User-Agent', all('user-agent'));
  add('Referer', all('referer'));
  if (isJson) add('Accept', ['application/json']);
  if (body !== '') add('Content-Type', [isJson ? 'application/json' : 'application/x-www-form-urlencoded']);
  const method = all('request')[0] ?? (isHead ? 'HEAD' : body === '' ? 'GET' : 'POST');
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  return {
    title: `${method.toUpperCase()} ${pathOf(full)}`.slice(0, 255),
    method,
    url: literal(full),
    headers: kept.map(([name, value]) => [name, literal(value)] as const),
    body: literal(body),
    needsAccount: credentials.length > 0 || all('user', 'oauth2-bearer').length > 0,
    variables: [],
  };
}

/** Short options may stand together (`-sSL`) and hold their value at once (`-XPOST`). */
function readOptions(words: readonly string[]): Asked {
  const asked: Asked = { urls: [], options: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word.startsWith('--') && word.length > 2) {
      const [name = '', ...rest] = word.slice(2).split('=');
      if (rest.length > 0) asked.options.push([name, rest.join('=')]);
      else asked.options.push([name, withValue.has(name) ? (words[++at] ?? '') : '']);
    } else if (word.startsWith('-') && word.length > 1) {
      for (let index = 1; index < word.length; index++) {
        const name = longNames[word[index] ?? ''] ?? word[index] ?? '';
        if (!withValue.has(name)) asked.options.push([name, '']);
        else {
          const value = index + 1 < word.length ? word.slice(index + 1) : (words[++at] ?? '');
          asked.options.push([name, value]);
          break;
        }
      }
    } else asked.urls.push(word);
  }
  return asked;
}

function dataOf(name: string, value: string, notes: Remark[]): string[] {
  if (name === 'data-urlencode') {
    const at = value.indexOf('=');
    if (at < 0) return [encodeURIComponent(value)];
    return [`${value.slice(0, at)}${at === 0 ? '' : '='}${encodeURIComponent(value.slice(at + 1))}`];
  }
  if (!['data', 'data-raw', 'data-ascii', 'data-binary', 'json'].includes(name)) return [];
  if (value.startsWith('@') && name !== 'data-raw') {
    notes.push({
      path: '',
      message: `The body comes from the file ${value.slice(1)}; paste its text into the behavior.`,
    });
    return [];
  }
  return [name === 'data' || name === 'data-ascii' ? value.replace(/[\r\n]/g, '') : value];
}

function noteOption(name: string, notes: Remark[]): void {
  const isTaken =
    [
      'request',
      'header',
      'url',
      'user',
      'oauth2-bearer',
      'user-agent',
      'referer',
      'get',
      'head',
      'json',
    ].includes(name) || name.startsWith('data');
  if (isTaken || harmless.has(name)) return;
  const known: Readonly<Record<string, string>> = {
    location: 'Redirects are followed for GET and HEAD to the same origin only (-L).',
    insecure: 'Certificates are always checked (-k was left out).',
    cookie: 'Cookies were left out (-b).',
  };
  notes.push({
    path: '',
    message: Object.hasOwn(known, name) ? (known[name] ?? '') : `The option ${name} was left out.`,
  });
}

function pathOf(url: string): string {
  return URL.canParse(url) ? `${new URL(url).host}${new URL(url).pathname}` : url;
}
