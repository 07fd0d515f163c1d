/** Switches that make the sandbox misbehave, for tests of what talks to it. */
import { isControl } from './journal.ts';
import { refusalByCode } from './refusal.ts';

/**
 * The table. `takes`: 'flag' is on or off, 'number', 'count' (a whole number above 0), 'code' (one of Twitter's) and
 * 'url' need that value. `at`: where it works when no path is given; without it everywhere. `once`: works for one
 * request unless told otherwise. `on`: 'delivery' faults play when a webhook is called, their path is the webhook's.
 */
export const faultTable = {
  'no-callback-confirmed': { takes: 'flag', at: ['/oauth/request_token'] },
  'callback-confirmed-false': { takes: 'flag', at: ['/oauth/request_token'] },
  'token-json': { takes: 'flag', at: ['/oauth/request_token', '/oauth/access_token'] },
  'token-malformed': { takes: 'flag', at: ['/oauth/request_token', '/oauth/access_token'] },
  'token-missing-secret': { takes: 'flag', at: ['/oauth/request_token', '/oauth/access_token'] },
  'token-empty': { takes: 'flag', at: ['/oauth/request_token', '/oauth/access_token'] },
  'duplicate-token': { takes: 'flag', at: ['/oauth/request_token', '/oauth/access_token'] },
  'identity-other': { takes: 'flag', at: ['/oauth/access_token'] },
  'expire-request-tokens': { takes: 'flag', at: ['/oauth/access_token'] },
  'callback-no-verifier': { takes: 'flag', at: ['/oauth/authenticate', '/oauth/authorize'] },
  'callback-other-token': { takes: 'flag', at: ['/oauth/authenticate', '/oauth/authorize'] },
  'nonce-used-once': { takes: 'flag', once: true },
  /** Seconds that the sandbox's clock is ahead; negative for behind. */
  'clock-skew': { takes: 'number' },
  /** Milliseconds before anything is read. */
  slow: { takes: 'number' },
  drop: { takes: 'flag' },
  'error-500': { takes: 'flag' },
  'html-error': { takes: 'flag' },
  /** 429 that does not say until when. */
  'rate-limited': { takes: 'flag' },
  redirect: { takes: 'url' },
  truncated: { takes: 'flag' },
  /** Bytes of the answer. */
  'huge-body': { takes: 'number' },
  /** Refused with this code of Twitter's, and its status unless `status` says another. */
  'error-code': { takes: 'code' },
  /** Refused with this status and no particular code. */
  'error-status': { takes: 'number' },
  /** 429 for so many seconds, as the headers tell: the account's quarter of an hour, its day, the app's day. */
  'user-window': { takes: 'number' },
  'user-day': { takes: 'number' },
  'app-day': { takes: 'number' },
  /** Only who is mentioned may be answered. */
  'reply-rule': { takes: 'flag', at: ['/1.1/statuses/update.json', '/2/tweets'] },
  /** Everything is done, and then the connection breaks. */
  'drop-answer': { takes: 'flag' },
  /** Own sends reach the webhook before their answer, so many milliseconds after it, or never. */
  'echo-before-answer': { takes: 'flag', on: 'delivery' },
  'echo-delay': { takes: 'number', on: 'delivery' },
  'lose-echo': { takes: 'flag', on: 'delivery' },
  'lose-delivery': { takes: 'flag', on: 'delivery' },
  /** How often each is sent. */
  'duplicate-deliveries': { takes: 'count', on: 'delivery' },
  /** So many are gathered, then sent last first, or as one. */
  'reorder-deliveries': { takes: 'count', on: 'delivery' },
  'batch-deliveries': { takes: 'count', on: 'delivery' },
  'bad-signature': { takes: 'flag', on: 'delivery' },
  'no-signature': { takes: 'flag', on: 'delivery' },
  /** One byte of the body is another than was signed. */
  'altered-body': { takes: 'flag', on: 'delivery' },
} as const satisfies Record<string, FaultRow>;

interface FaultRow {
  takes: 'flag' | 'number' | 'count' | 'code' | 'url';
  at?: readonly string[];
  once?: true;
  on?: 'delivery';
}

export type FaultName = keyof typeof faultTable;

/** How a fault is switched on: for the next `times` requests (else always), of one path (else the table's). */
export interface FaultSetting {
  value?: number | string;
  times?: number;
  path?: string;
  method?: string;
  /** Only with 'error-code'. */
  status?: number;
}

/** What a fault may be taken for: a request, or a call of a webhook. */
export interface FaultSpot {
  path: string;
  method: string;
  faults: string[];
}

/** In short: true always, false off, a number or text the value; for a flag a number is `times`. */
export type FaultSwitch = boolean | number | string | FaultSetting;

export type Faults = ReturnType<typeof createFaults>;

/** All switches off. */
export function createFaults() {
  const settings = new Map<FaultName, FaultSetting>();
  function takeSetting(name: FaultName, entry: FaultSpot): FaultSetting | undefined {
    const setting = settings.get(name);
    if (!setting || !worksAt(name, setting, entry)) return undefined;
    if (setting.times !== undefined && --setting.times <= 0) settings.delete(name);
    entry.faults.push(name);
    return setting;
  }
  return {
    set(name: FaultName, to: FaultSwitch): void {
      const setting = readSwitch(name, to);
      if (setting) settings.set(name, setting);
      else settings.delete(name);
    },
    clear: (): void => settings.clear(),
    list: (): Record<string, FaultSetting> => Object.fromEntries(settings),
    /** The value of a fault that is on for this request (true for a flag); counts it and notes it in the entry. */
    take(name: FaultName, entry: FaultSpot): true | number | string | undefined {
      const setting = takeSetting(name, entry);
      return setting && (setting.value ?? true);
    },
    /** Same, with everything that was set. */
    takeSetting,
  };
}

/** True for a name of the table. */
export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultTable, name);
}

/** True when the fault can be switched that way. */
export function isFaultSwitch(name: FaultName, to: unknown): to is FaultSwitch {
  if (!['boolean', 'number', 'string', 'object'].includes(typeof to) || to === null) return false;
  const { path, method } = Object(to);
  if (![path, method].every((value) => value === undefined || typeof value === 'string')) return false;
  try {
    // Every other member is checked by value.
    readSwitch(name, to as FaultSwitch);
    return true;
  } catch {
    return false;
  }
}

/** The setting that a switch stands for, `undefined` for off. Throws a RangeError naming what the fault takes. */
export function readSwitch(name: FaultName, to: FaultSwitch): FaultSetting | undefined {
  if (to === false) return undefined;
  const row: FaultRow = faultTable[name];
  const setting: FaultSetting =
    typeof to === 'object'
      ? { ...to }
      : to === true
        ? {}
        : row.takes === 'flag'
          ? { times: Number(to) }
          : { value: to };
  if (row.once) setting.times ??= 1;
  const { value, times, status } = setting;
  if (!takesValue[row.takes](value)) throw new RangeError(`Fault '${name}' takes a ${row.takes}.`);
  if (times !== undefined && !isCount(times)) {
    throw new RangeError(`Fault '${name}': times is a whole number above 0.`);
  }
  if (status !== undefined && (row.takes !== 'code' || !isErrorStatus(status))) {
    throw new RangeError(`Fault '${name}': a status from 400 to 599 goes with 'error-code' alone.`);
  }
  return setting;
}

const takesValue: Readonly<Record<FaultRow['takes'], (value: unknown) => boolean>> = {
  flag: (value) => value === undefined,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  count: isCount,
  code: (value) => typeof value === 'number' && refusalByCode(value) !== undefined,
  url: (value) => typeof value === 'string' && URL.canParse(value),
};

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
}

function isErrorStatus(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 400 && Number(value) <= 599;
}

function worksAt(name: FaultName, setting: FaultSetting, { path, method }: FaultSpot): boolean {
  const row: FaultRow = faultTable[name];
  if (row.on !== 'delivery' && isControl(path)) return false;
  if (setting.method !== undefined && setting.method.toUpperCase() !== method) return false;
  if (setting.path !== undefined) return setting.path === path;
  return row.at?.includes(path) ?? true;
}
