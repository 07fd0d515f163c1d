/** What importers of other formats find, before it becomes a package: services and requests. Pure types. */
import type { JsonObject } from '../reading.ts';
import type { Remark } from '../record-type.ts';

/** A service that signs by OAuth 1.0a, as another product describes it; secrets are never taken along. */
export interface FoundService {
  name: string;
  /** Params of `cerb.service.provider.oauth1` but for the consumer's key and secret. */
  params: Readonly<Record<string, unknown>>;
  /** Parts of addresses that only the owner knows: key of a prompt, and its label. */
  blanks: readonly { key: string; label: string }[];
}

/** A request that becomes a behavior. `{name}` variables stand in its texts as `variable(name)` wrote them. */
export interface FoundRequest {
  title: string;
  method: string;
  url: string;
  headers: readonly (readonly [string, string])[];
  body: string;
  /** Whether it was signed or carried credentials, so that it needs a connected account. */
  needsAccount: boolean;
  /** Variables that its texts name. */
  variables: readonly string[];
}

export interface Findings {
  services: FoundService[];
  requests: FoundRequest[];
  /** What could not be taken over, or is otherwise worth knowing, by its path in the source. */
  notes: Remark[];
}

/** One format of another product. Throws nothing: what cannot be read is a note, with nothing found. */
export interface Importer {
  id: string;
  title: string;
  help: string;
  /** Whether the text looks like this format. `json` is its value, undefined where it is no JSON. */
  recognises(text: string, json: unknown): boolean;
  read(text: string, json: unknown): Findings;
}

export function nothingFound(path: string, message: string): Findings {
  return { services: [], requests: [], notes: [{ path, message }] };
}

/** Whether a header carries what an account stands for here. */
export function isCredential(header: string): boolean {
  return (
    /^(authorization|cookie|proxy-authorization)$/i.test(header) || /api-?key|token|secret/i.test(header)
  );
}

/** Text as a bot's template that renders to it, whatever braces it holds. */
export function literal(text: string): string {
  return text.replace(/\{[{%#]/g, (opening) => `{{'${opening}'}}`);
}

/** A variable within a bot's template. */
export function variable(name: string): string {
  return `{{${variableName(name)}}}`;
}

/** Any name as one that a behavior's variable can have. */
export function variableName(name: string): string {
  return `var_${
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '') || 'value'
  }`;
}

/** Entries of an object whose values are texts. */
export function textEntries(value: JsonObject): [string, string][] {
  return Object.entries(value).flatMap(([key, member]): [string, string][] =>
    typeof member === 'string' ? [[key, member]] : [],
  );
}
