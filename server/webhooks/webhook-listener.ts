/** A webhook listener: an address of ours, and what answers the requests to it. Pure. */
import type { RecordDescription, Remark } from '../packages/record-type.ts';
import { noCheck, type SignatureCheck } from './signature.ts';

export const listenerContext = 'cerberusweb.contexts.webhook_listener';

/** Cerb's older listeners run a behavior, known by this extension id; the newer hold automations. */
export const behaviorEngine = 'cerb.webhooks.listener.engine.va';

export interface WebhookListener {
  name: string;
  /** The secret part of the address. */
  guid: string;
  behaviorId: string | null;
  /** KATA text, kept as it came. */
  automations: string | null;
}

/** What is decided here; a package brings none of it. */
export interface ListenerSettings {
  isDisabled: boolean;
  /** `wait`: the behavior's own answer. `accept`: 202 at once, and the behavior runs by a job. */
  answers: 'wait' | 'accept';
  check: SignatureCheck;
  /** Header with the id by which a repeated request is known, beside that of the check; '' for none. */
  replayHeader: string;
}

export const newSettings: ListenerSettings = {
  isDisabled: false,
  answers: 'wait',
  check: noCheck,
  replayHeader: '',
};

export interface ListenerRecord extends WebhookListener, ListenerSettings {
  id: string;
  /** Of the check. */
  sealedSecret: string | null;
  createdAt: number;
  updatedAt: number;
}

/** The header by which this listener knows a repeated request; '' when it knows none. */
export function replayHeaderOf({ check, replayHeader }: ListenerSettings): string {
  return check.kind === 'standard' ? 'webhook-id' : replayHeader.toLowerCase();
}

/** Where remote services send to. */
export function addressOf(origin: string, { guid }: WebhookListener): string {
  return `${origin}/webhooks/${guid}`;
}

const fields = ['name', 'guid', 'extension_id', 'extension_params', 'automations_kata'];

/** Reads a listener in either of its shapes; paths of remarks begin at the record. */
export function parseListener(input: Readonly<Record<string, unknown>>): {
  value: WebhookListener;
  faults: Remark[];
  unsupported: Remark[];
  warnings: Remark[];
} {
  const faults: Remark[] = [];
  const unsupported = Object.keys(input)
    .filter((key) => !fields.includes(key))
    .map((key) => ({ path: `/${key}`, message: `A webhook listener has no field '${key}'.` }));
  const warnings: Remark[] = [];
  const name = text(input.name).trim();
  if (name === '' || name.length > 255) {
    faults.push({ path: '/name', message: 'A webhook listener needs a name of 1 to 255 characters.' });
  }
  const guid = text(input.guid).trim();
  if (!/^[A-Za-z0-9_-]{16,128}$/.test(guid)) {
    const message =
      'The guid is the secret part of the address: 16 to 128 letters, digits, dashes or underscores. A placeholder of type "random" makes one.';
    faults.push({ path: '/guid', message });
  }
  const engine = text(input.extension_id);
  if (engine !== '' && engine !== behaviorEngine) {
    const message = `Webhook listeners of the kind '${engine}' cannot be stored here; known is ${behaviorEngine}.`;
    unsupported.push({ path: '/extension_id', message });
  }
  const behaviorId = engine === behaviorEngine ? readBehavior(input.extension_params, faults) : null;
  const automations = text(input.automations_kata) || null;
  if (behaviorId !== null && automations !== null) {
    const message = 'A webhook listener runs a behavior, or holds automations, not both.';
    faults.push({ path: '/automations_kata', message });
  } else if (automations !== null) {
    const message = 'The automations of this webhook listener are kept; they cannot run here.';
    warnings.push({ path: '/automations_kata', message });
  }
  return { value: { name, guid, behaviorId, automations }, faults, unsupported, warnings };
}

/** In the shape in which packages write it. */
export function describeListener(listener: WebhookListener, behaviorContext: string): RecordDescription {
  const { name, guid, behaviorId, automations } = listener;
  const engine = { extension_id: behaviorEngine, extension_params: { behavior_id: behaviorId } };
  return {
    label: name,
    fields: {
      name,
      guid,
      ...(behaviorId === null ? {} : engine),
      ...(automations === null ? {} : { automations_kata: automations }),
    },
    secrets: [],
    references:
      behaviorId === null
        ? []
        : [{ path: '/extension_params/behavior_id', context: behaviorContext, id: behaviorId }],
  };
}

function readBehavior(params: unknown, faults: Remark[]): string {
  const isObject = typeof params === 'object' && params !== null && !Array.isArray(params);
  const values: Record<string, unknown> = isObject ? { ...params } : {};
  const id = text(values.behavior_id).trim();
  if (id === '') {
    const message = 'The webhook listener does not say which behavior it runs (behavior_id).';
    faults.push({ path: '/extension_params', message });
  }
  for (const key of Object.keys(values).filter((one) => one !== 'behavior_id')) {
    faults.push({
      path: `/extension_params/${key}`,
      message: `'${key}' means nothing to a webhook listener.`,
    });
  }
  return id;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
