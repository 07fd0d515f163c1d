/** Writes JSON in which a bigint is bare digits: Twitter's numeric ids lie above 2^53. Pure. */

export type WireJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly WireJson[]
  | { readonly [name: string]: WireJson | undefined };

/** JSON text without spaces; members that are `undefined` are left out. */
export function writeWireJson(value: WireJson): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(writeWireJson).join(',')}]`;
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}:${writeWireJson(member)}`],
  );
  return `{${members.join(',')}}`;
}

function isList(value: object): value is readonly WireJson[] {
  return Array.isArray(value);
}
