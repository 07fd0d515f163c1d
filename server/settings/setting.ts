/** Settings that people and packages make, in the database: what remote sites ask about this helpdesk. Pure. */
import type { Remark } from '../packages/record-type.ts';

export const settingContext = 'countersign.contexts.setting';

/** The closed table: name -> how a form asks for it. */
export const settingTable = {
  app_name: { label: 'Name', help: 'What people see when they are asked to consent.', longest: 255 },
  app_description: { label: 'Description', help: 'What the app is for, in a sentence.', longest: 2000 },
  app_website: { label: 'Website', help: 'An address that begins with https://.', longest: 2000 },
} as const;

export type SettingName = keyof typeof settingTable;

/** Values by name; what is not set is missing. */
export type Settings = Readonly<Partial<Record<SettingName, string>>>;

export interface Setting {
  name: SettingName;
  value: string;
}

export interface SettingRecord extends Setting {
  id: string;
  createdAt: number;
  updatedAt: number;
}

export function isSettingName(name: unknown): name is SettingName {
  return typeof name === 'string' && Object.hasOwn(settingTable, name);
}

/** What stands against a value; undefined for one that can be stored. */
export function settingProblem(name: SettingName, value: string): string | undefined {
  const { label, longest } = settingTable[name];
  if (value.length > longest) return `${label} may have at most ${longest} characters.`;
  if (/\p{Cc}/u.test(value)) return `${label} is one line of text.`;
  if (name === 'app_website' && !isWebsite(value))
    return `${label} is an address such as https://example.com.`;
  return undefined;
}

/** Reads a setting as a package brings it; remarks stand at `path`, where the value is written. */
export function parseSetting(
  { name, value }: Readonly<Record<string, unknown>>,
  path: string,
): { value: Setting; faults: Remark[]; unsupported: Remark[] } {
  const text = typeof value === 'string' ? value.trim() : '';
  if (!isSettingName(name)) {
    const known = Object.keys(settingTable).join(', ');
    const message = `There is no setting '${String(name)}' here; known are ${known}.`;
    return { value: { name: 'app_name', value: text }, faults: [], unsupported: [{ path, message }] };
  }
  const problem = text === '' ? `The setting '${name}' needs a text.` : settingProblem(name, text);
  const faults = problem === undefined ? [] : [{ path, message: problem }];
  return { value: { name, value: text }, faults, unsupported: [] };
}

function isWebsite(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
}
