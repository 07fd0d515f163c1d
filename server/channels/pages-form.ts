/** The form on the Configurations tab: what it shows, and what it sent. Pure. */
import type { ChannelLimits, ChannelType } from './channel.ts';
import { type Failure, formText } from './pages-visit.ts';
import { limitLabels } from './pages-words.ts';
import type { Channel } from './records.ts';
import type { ChannelInput } from './save.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

interface Choice {
  value: string;
  label: string;
  selected: boolean;
}

/** The fields with what is stored, or with what was typed before a fault. Keys are never shown. */
export function formModel(
  { channel, type }: { channel: Channel; type: ChannelType },
  accounts: readonly { id: string; name: string }[],
  typed: FormData | undefined,
  faults: Failure['faults'],
): Record<string, unknown> {
  const shown = (name: string, stored: string) => (typed?.has(name) ? formText(typed, name) : stored);
  const { settings, ownsAccount } = channel;
  const chosen = shown('account', ownsAccount ? '' : (channel.accountId ?? ''));
  return {
    name: { value: shown('name', channel.name), error: faults['/name'] },
    keys: type.keyFields.map(({ key, label, isSecret }) => ({
      name: `key_${key}`,
      label,
      type: isSecret ? 'password' : 'text',
      help: ownsAccount ? 'It is set. Leave this empty to keep it.' : '',
      error: faults[`/keys/${key}`],
    })),
    accounts: choices([{ value: '', label: '(the keys above)' }, ...accounts.map(toOption)], chosen),
    accountError: faults['/account_id'],
    label: { ...type.label, value: shown('label', channel.label), error: faults['/label'] },
    transports: choices(transports, shown('transport', channel.transport)),
    policies: choices(policies, shown('reply_policy', settings.replyPolicy)),
    isEnabled: typed ? typed.has('enabled') : channel.isEnabled,
    versions: type.versions && versionChoices(type, shown('version', settings.version ?? '')),
    whenDisabled: choices(disabledChoices, shown('when_disabled', settings.whenDisabled)),
    limits: limitLabels.map(({ key, label }) => ({
      name: `limit_${key}`,
      label,
      value: shown(`limit_${key}`, numberText(settings.limits[key])),
      placeholder: String(type.limits[key]),
      error: faults[`/limits/${key}`],
    })),
    pauseHours: {
      value: shown('pause_hours', String(settings.botPauseMs / hourMs)),
      error: faults['/botPauseMs'],
    },
    reopenDays: {
      value: shown('reopen_days', String(settings.reopenMs / dayMs)),
      error: faults['/reopenMs'],
    },
  };
}

/** What was sent, as saving takes it. */
export function readChannelForm(form: FormData, type: ChannelType): ChannelInput {
  const text = (name: string) => formText(form, name);
  return {
    name: text('name'),
    label: text('label'),
    transport: text('transport'),
    keys: Object.fromEntries(type.keyFields.map(({ key }) => [key, text(`key_${key}`)])),
    accountId: text('account'),
    settings: {
      replyPolicy: text('reply_policy'),
      version: text('version') || null,
      whenDisabled: text('when_disabled'),
      limits: Object.fromEntries(limitLabels.map(({ key }) => [key, readLimit(text(`limit_${key}`))])),
      botPauseMs: Math.round(Number(text('pause_hours')) * hourMs),
      reopenMs: Math.round(Number(text('reopen_days')) * dayMs),
    },
  };
}

/** Null for none: the type's own holds. */
function readLimit(text: string): ChannelLimits[keyof ChannelLimits] | null {
  return text.trim() === '' ? null : Number(text);
}

function numberText(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

function toOption({ id, name }: { id: string; name: string }): { value: string; label: string } {
  return { value: id, label: name };
}

function versionChoices(type: ChannelType, chosen: string): Choice[] {
  const versions = Array.from(type.versions ?? [], ([value, { title }]) => ({ value, label: title }));
  return choices([{ value: '', label: type.title }, ...versions], chosen);
}

function choices(options: readonly { value: string; label: string }[], chosen: string): Choice[] {
  return options.map((option) => ({ ...option, selected: option.value === chosen }));
}

const transports = [
  { value: 'webhook', label: 'Webhook: messages come at once, to a public address' },
  { value: 'polling', label: 'Polling: asked for again and again, needs the four keys only' },
];
const policies = [
  { value: 'strict', label: 'Strict: what exceeds the answers to a message waits for the next one' },
  { value: 'adaptive', label: 'Adaptive: it is sent, and counts in the messages of the day' },
];
const disabledChoices = [
  { value: 'store', label: 'Keep what comes in, unanswered' },
  { value: 'drop', label: 'Drop what comes in' },
];
