/** Switches that make the sandbox misbehave, for tests of what talks to it. */
import type { EndpointName } from './endpoint.ts';
import { type FaultName, type FaultRow, faultTable } from './fault-table.ts';
import { isControl } from './journal.ts';
import { refusalByCode } from './refusal.ts';

/** How a fault is switched on: for the next `times` requests (else always), of one path (else the table's). */
export interface FaultSetting {
  value?: number | string;
  times?: number;
  path?: string;
  method?: string;
  /** Only where the table says so. */
  status?: number;
}

/** What a fault may be taken for: a request, perhaps to an endpoint, or a call of a webhook. */
export interface FaultSpot {
  path: string;
  endpoint?: EndpointName | null;
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
  if (status !== undefined && !isWithin(status, row.status))
    throw new RangeError(`Fault '${name}' takes ${row.status ? `a status in ${row.status}` : 'no status'}.`);
  return setting;
}

const takesValue: Readonly<Record<FaultRow['takes'], (value: unknown) => boolean>> = {
  flag: (value) => value === undefined,
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  count: isCount,
  code: (value) => typeof value === 'number' && refusalByCode(value) !== undefined,
  url: (value) => typeof value === 'string' && URL.canParse(value),
  text: (value) => typeof value === 'string',
};

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) > 0;
}

function isWithin(status: unknown, range: FaultRow['status']): boolean {
  return (
    range !== undefined &&
    Number.isInteger(status) &&
    Number(status) >= range[0] &&
    Number(status) <= range[1]
  );
}

function worksAt(name: FaultName, setting: FaultSetting, spot: FaultSpot): boolean {
  const { path, method, endpoint } = spot;
  const row: FaultRow = faultTable[name];
  if (row.on !== 'delivery' && isControl(path)) return false;
  if (setting.method !== undefined && setting.method.toUpperCase() !== method) return false;
  if (setting.path !== undefined) return setting.path === path;
  if (!row.at && !row.of) return true;
  return (row.at?.includes(path) ?? false) || (row.of?.some((name) => name === endpoint) ?? false);
}
