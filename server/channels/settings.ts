/** The settings of a channel, read from a form or the API. Pure. */
import { HubError } from '../errors.ts';
import type { ChannelLimits, ChannelType } from './channel.ts';
import type { Channel, ChannelSettings } from './records.ts';

const minute = 60_000;
const day = 86_400_000;

/** Limits that may not be 0: nothing would ever be counted, or allowed, by it. */
const leastOf: Partial<ChannelLimits> = { messagesPerDay: 1, answerWindowMs: minute };

/** What may be changed of the settings; what is absent stays. A limit that is null is the channel type's again. */
export interface SettingsInput {
  replyPolicy?: string;
  version?: string | null;
  limits?: Readonly<Partial<Record<keyof ChannelLimits, number | null>>>;
  botPauseMs?: number;
  whenDisabled?: string;
  reopenMs?: number;
}

/** The settings as changed. Throws `bad_request` that names the setting and what it may be. */
export function changeSettings(
  before: ChannelSettings,
  input: SettingsInput,
  type: ChannelType,
): ChannelSettings {
  return {
    replyPolicy: oneOf('replyPolicy', input.replyPolicy ?? before.replyPolicy, ['strict', 'adaptive']),
    version: readVersion(input.version === undefined ? before.version : input.version, type),
    limits: readLimits(before.limits, input.limits ?? {}, type.limits),
    botPauseMs: within('botPauseMs', input.botPauseMs ?? before.botPauseMs, 0, 30 * day),
    whenDisabled: oneOf('whenDisabled', input.whenDisabled ?? before.whenDisabled, ['store', 'drop']),
    reopenMs: within('reopenMs', input.reopenMs ?? before.reopenMs, 0, 365 * day),
  };
}

/** What may be changed of a channel by a form; each checked. */
export function readName(text: string): string {
  const name = text.trim();
  if (name !== '' && name.length <= 255) return name;
  throw refused('name', 'A channel needs a name of 1 to 255 characters.');
}

/** '' for none. */
export function readLabel(text: string, type: ChannelType): string {
  const label = text.trim();
  if (label === '' || type.label.pattern.test(label)) return label;
  throw refused('label', `This is no ${type.label.name}: ${type.label.help}`);
}

export function readTransport(text: string): Channel['transport'] {
  return oneOf('transport', text, ['webhook', 'polling']);
}

function readVersion(version: string | null, type: ChannelType): string | null {
  if (version === null || version === '' || type.versions === undefined) return null;
  return oneOf('version', version, [...type.versions.keys()]);
}

function readLimits(
  before: ChannelSettings['limits'],
  changes: NonNullable<SettingsInput['limits']>,
  known: ChannelLimits,
): ChannelSettings['limits'] {
  const limits: Partial<Record<keyof ChannelLimits, number>> = { ...before };
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(known, name)) throw refused(`limits/${name}`, `There is no limit '${name}'.`);
    const key = name as keyof ChannelLimits; // as just shown
    const least = leastOf[key] ?? 0;
    if (value === null) delete limits[key];
    else if (value !== undefined)
      limits[key] = within(`limits/${name}`, value, least, Number.MAX_SAFE_INTEGER);
  }
  return limits;
}

function within(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw refused(name, `'${name}' must be a whole number from ${least} to ${most}.`);
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw refused(name, `'${name}' must be ${allowed.join(' or ')}.`);
}

function refused(path: string, message: string): HubError {
  return new HubError('bad_request', message, { extra: { faults: [{ path: `/${path}`, message }] } });
}
