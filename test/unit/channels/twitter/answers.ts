/** Answers of the service, as the hub reads them. */
import type { ChannelAnswer, ChannelCall } from '../../../../server/channels/channel.ts';
import { parseJson } from '../../../../server/json.ts';

export const now = Date.UTC(2026, 0, 1, 12);

/** An answer with a JSON body, read losslessly. */
export function answer(status: number, body: string, headers: Record<string, string> = {}): ChannelAnswer {
  return { status, headers, json: body === '' ? null : parseJson(body), text: body };
}

/** A numbered error of version 1.1. */
export function numbered(status: number, code: number, headers?: Record<string, string>): ChannelAnswer {
  return answer(status, JSON.stringify({ errors: [{ code, message: 'Said there.' }] }), headers);
}

/** The value an answer is read to; fails where it is read as a refusal. */
export function valueIn<T>(call: ChannelCall<T>, given: ChannelAnswer): T {
  const reading = call.read(given, now);
  if (!reading.ok) throw new Error(`Refused: ${reading.message}`);
  return reading.value;
}
