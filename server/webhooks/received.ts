/** A request as it came in on a listener: how it is kept until its run, and what its behavior sees of it. Pure. */
import type { JsonObject } from '../bots/json-value.ts';
import type { HookCall } from '../http/route.ts';

export interface Received extends Pick<HookCall, 'method' | 'rawQuery' | 'headers' | 'body' | 'ip'> {
  /** What follows the listener's address, without the slash between. */
  path: string;
}

/** What a behavior has no use for, and what would let it act as the person whose browser came by. */
const hidden = new Set(['cookie']);

/**
 * The placeholders of the event (Cerb's names). A parameter of the form wins over one of the address; each is there by
 * its lower-case name as well, by which published bots ask for it.
 */
export function scopeOfRequest({ method, rawQuery, headers, body, ip, path }: Received): JsonObject {
  const text = Buffer.from(body).toString('utf8');
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  const named = [...new URLSearchParams(rawQuery), ...new URLSearchParams(isForm ? text : '')];
  const shown = Object.entries(headers).filter(([name]) => !hidden.has(name));
  return {
    http_client_ip: ip,
    http_verb: method.toUpperCase(),
    http_path: path,
    http_params: Object.fromEntries([...named.map(([name, value]) => [name.toLowerCase(), value]), ...named]),
    http_headers: Object.fromEntries(shown.map(([name, value]) => [name.replaceAll('-', '_'), value])),
    http_body: text,
  };
}

/** To be sealed. */
export function writeReceived({ body, ...rest }: Received): string {
  return JSON.stringify({ ...rest, body: Buffer.from(body).toString('base64') });
}

/** Of what writeReceived wrote. */
export function readReceived(text: string): Received {
  const { body, ...rest } = JSON.parse(text) as Omit<Received, 'body'> & { body: string };
  return { ...rest, body: Buffer.from(body, 'base64') };
}
