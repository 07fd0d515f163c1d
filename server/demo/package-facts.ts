/** What the demo must know of a package before it can play the remote side. Pure. */
import { parseJson } from '../json.ts';

/** How a text prompt is answered: its default, or something made up. */
export function makeAnswers(
  prompts: readonly { key: string; type: string; params: Record<string, unknown> }[],
  choose: (context: string) => string,
  makeUp: () => string,
): Record<string, string> {
  return Object.fromEntries(
    prompts.map(({ key, type, params }) => {
      if (type === 'chooser') return [key, choose(String(params.context ?? ''))];
      if (type === 'picklist') return [key, firstOption(params)];
      const preset = params.default;
      return [key, typeof preset === 'string' && preset !== '' ? preset : makeUp()];
    }),
  );
}

/** Consumer key and secret that an import with these answers will store; undefined without an OAuth 1.0a service. */
export function consumerOf(
  text: string,
  answers: Readonly<Record<string, string>>,
): { key: string; secret: string } | undefined {
  const fill = (template: unknown) =>
    String(template ?? '').replace(
      /\{\{\{\s*([A-Za-z0-9_]+)\s*\}\}\}/g,
      (whole, name) => answers[name] ?? whole,
    );
  for (const record of listOf(objectOf(parseJson(text)).records)) {
    const { extension_id: provider, params } = objectOf(record);
    if (provider !== 'cerb.service.provider.oauth1') continue;
    const { client_id: key, client_secret: secret } = objectOf(params);
    return { key: fill(key), secret: fill(secret) };
  }
  return undefined;
}

/** Whether a package brings bots of its own. */
export function hasBots(text: string): boolean {
  return listOf(objectOf(parseJson(text)).bots).length > 0;
}

/** Hosts that the HTTP requests of a package's bots name outright. */
export function requestHosts(text: string): string[] {
  return Array.from(
    new Set(
      Array.from(text.matchAll(/"http_url"\s*:\s*"https:\/\/([a-z0-9.-]+)/gi), ([, host = '']) =>
        host.toLowerCase(),
      ),
    ),
  );
}

/** A value that makes sense for a variable of this name. `once` makes texts differ, as remote services want it. */
export function sampleFor(name: string, type: string, once: string): string {
  if (/screen|user|name|handle/.test(name)) return 'alice';
  if (/text|status|message|body/.test(name)) return `Signed and countersigned at ${once}`;
  if (type === 'N') return '10';
  return 'countersign';
}

function firstOption({ options, default: preset }: Record<string, unknown>): string {
  if (typeof preset === 'string' && preset !== '') return preset;
  return String(Object.values(objectOf(options))[0] ?? '');
}

function objectOf(value: unknown): Record<string, unknown> {
  // Arrays count as objects by index, which is what picklists need.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
