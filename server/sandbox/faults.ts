/** Switches that make the sandbox misbehave, for tests of what talks to it. */
import { isControl } from './journal.ts';

/**
 * The table. `takes`: 'flag' is on or off, 'number' and 'url' need that value. `at`: where it works when no path is
 * given; without it everywhere. `once`: works for one request unless told otherwise.
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
  'rate-limited': { takes: 'flag' },
  redirect: { takes: 'url' },
  truncated: { takes: 'flag' },
  /** Bytes of the answer. */
  'huge-body': { takes: 'number' },
} as const satisfies Record<
  string,
  { takes: 'flag' | 'number' | 'url'; at?: readonly string[]; once?: true }
>;

export type FaultName = keyof typeof faultTable;

/** How a fault is switched on: for the next `times` requests (else always), of one path (else the table's). */
export interface FaultSetting {
  value?: number | string;
  times?: number;
  path?: string;
}

/** In short: true always, false off, a number or text the value; for a flag a number is `times`. */
export type FaultSwitch = boolean | number | string | FaultSetting;

export type Faults = ReturnType<typeof createFaults>;

/** All switches off. */
export function createFaults() {
  const settings = new Map<FaultName, FaultSetting>();
  return {
    set(name: FaultName, to: FaultSwitch): void {
      const setting = readSwitch(name, to);
      if (setting) settings.set(name, setting);
      else settings.delete(name);
    },
    clear: (): void => settings.clear(),
    list: (): Record<string, FaultSetting> => Object.fromEntries(settings),
    /** The value of a fault that is on for this request (true for a flag); counts it and notes it in the entry. */
    take(name: FaultName, entry: { path: string; faults: string[] }): true | number | string | undefined {
      const setting = settings.get(name);
      if (!setting || !worksAt(name, setting, entry.path)) return undefined;
      if (setting.times !== undefined && --setting.times <= 0) settings.delete(name);
      entry.faults.push(name);
      return setting.value ?? true;
    },
  };
}

/** True for a name of the table. */
export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(faultTable, name);
}

/** True when the fault can be switched that way. */
export function isFaultSwitch(name: FaultName, to: unknown): to is FaultSwitch {
  if (!['boolean', 'number', 'string', 'object'].includes(typeof to) || to === null) return false;
  const { path } = Object(to);
  if (path !== undefined && typeof path !== 'string') return false;
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
  const row: { takes: string; once?: true } = faultTable[name];
  const setting: FaultSetting =
    typeof to === 'object'
      ? { ...to }
      : to === true
        ? {}
        : row.takes === 'flag'
          ? { times: Number(to) }
          : { value: to };
  if (row.once) setting.times ??= 1;
  const { value, times } = setting;
  const isRight =
    row.takes === 'flag'
      ? value === undefined
      : row.takes === 'number'
        ? typeof value === 'number' && Number.isFinite(value)
        : typeof value === 'string' && URL.canParse(value);
  if (!isRight) throw new RangeError(`Fault '${name}' takes a ${row.takes}.`);
  if (times !== undefined && !(Number.isInteger(times) && times > 0)) {
    throw new RangeError(`Fault '${name}': times is a whole number above 0.`);
  }
  return setting;
}

function worksAt(name: FaultName, setting: FaultSetting, path: string): boolean {
  if (isControl(path)) return false;
  if (setting.path !== undefined) return setting.path === path;
  const row: { takes: string; at?: readonly string[] } = faultTable[name];
  return row.at?.includes(path) ?? true;
}
