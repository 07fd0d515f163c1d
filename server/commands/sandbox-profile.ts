/** The profile of a sandbox that behaves like the service of a package. Pure. */
import { HubError } from '../errors.ts';
import { parsePackage } from '../packages/grammar.ts';
import type { Prompt } from '../packages/header.ts';
import { readPackageText } from '../packages/package-text.ts';
import { renderItem } from '../packages/rendering.ts';
import type { Profile } from '../sandbox/profile.ts';
import { profileOfService } from './service-profile.ts';

const maxBytes = 10_485_760;

/**
 * The first OAuth 1.0a service of a package. `answers` are those of its prompts; what is not answered gets the prompt's
 * default, or a host that exists nowhere. Throws `not_found` when the package brings no such service.
 */
export function profileOfPackage(
  name: string,
  text: string,
  answers: Readonly<Record<string, string>> = {},
): Profile {
  const json = readPackageText(text, maxBytes);
  const parsed = json.ok ? parsePackage(json.value) : undefined;
  if (!parsed?.ok) throw new HubError('bad_request', `The package ${name} cannot be read.`);
  const values = Object.fromEntries(
    parsed.package.prompts.map((prompt) => [prompt.key, answers[prompt.key] ?? standInOf(prompt)]),
  );
  for (const item of parsed.package.items) {
    if (!/(^|\.)connected_service$/.test(item.context)) continue;
    const { fields } = renderItem(item, { values, ids: new Map() }, () => false);
    if (fields.extension_id !== 'cerb.service.provider.oauth1') continue;
    return profileOfService(name, String(fields.name), objectOf(fields.params));
  }
  throw new HubError(
    'not_found',
    `The package ${name} brings no OAuth 1.0a service that a sandbox could play.`,
  );
}

function standInOf({ params }: Prompt): string {
  const { default: usual } = params;
  return typeof usual === 'string' && usual !== '' ? usual : 'service.example';
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
