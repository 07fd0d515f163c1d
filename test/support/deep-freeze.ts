/**
 * The value with everything in it frozen, so that what changes its input fails. Bytes and URLs cannot be frozen; a
 * copy shows any change to them.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    for (const member of Object.values(value)) deepFreeze(member);
    Object.freeze(value);
  }
  return value;
}
