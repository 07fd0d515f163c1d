/** Under which origin did the client believe to reach the sandbox? Pure. */

/**
 * The origin that a Host header stands for: the sandbox's own or a public one (whose scheme then counts, although
 * plain HTTP arrived). `undefined` for any other host: its signature could not be rebuilt, and a page of another
 * name in a browser shall not reach the sandbox.
 */
export function originOf(
  host: string | undefined,
  ownOrigin: string,
  publicOrigins: readonly string[],
): string | undefined {
  if (host === undefined) return undefined;
  return [ownOrigin, ...publicOrigins].find(
    (origin) => hostOf(`${new URL(origin).protocol}//${host}`) === new URL(origin).host,
  );
}

/** True for 127.0.0.0/8 and ::1, also written as a mapped address. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::ffff:)?127\.\d+\.\d+\.\d+$|^::1$/.test(address);
}

// A Host header that carries more than host and port (user, path) is none.
function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const parsed = new URL(url);
  return parsed.href === `${parsed.protocol}//${parsed.host}/` ? parsed.host : undefined;
}
