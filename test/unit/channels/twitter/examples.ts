/** The examples of the envelope, one a line, in the order of the names below. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChannelEvent, RemotePerson } from '../../../../server/channels/channel.ts';
import { parseJson } from '../../../../server/json.ts';

export const self: RemotePerson = { id: '3001', name: 'Acme Help', handle: 'acmehelp', imageUrl: null };

const names = [
  'received',
  'sent',
  'button',
  'photo',
  'mention',
  'longMention',
  'like',
  'follows',
  'blocks',
  'typing',
  'read',
  'deleted',
  'revoked',
  'replay',
  'successorMessage',
  'successorRevoked',
] as const;

export type ExampleName = (typeof names)[number];

const lines = readFileSync(join(import.meta.dirname, '../../../vectors/account-activity.jsonl'), 'utf8')
  .trim()
  .split('\n');

/** An example as the hub reads it: losslessly. */
export function example(name: ExampleName): unknown {
  return parseJson(lineOf(name));
}

export function lineOf(name: ExampleName): string {
  return lines[names.indexOf(name)] ?? '';
}

export const exampleNames: readonly ExampleName[] = names;

/** The one message among events; fails for none or several. */
export function onlyMessage(events: readonly ChannelEvent[]): Extract<ChannelEvent, { kind: 'message' }> {
  const [event, ...others] = events;
  if (event?.kind !== 'message' || others.length > 0)
    throw new Error(`One message expected: ${events.length}`);
  return event;
}
