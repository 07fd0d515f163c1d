import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLines } from '../../server/lines.ts';

async function linesOf(...chunks: Uint8Array[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(
    (async function* () {
      yield* chunks;
    })(),
  ))
    lines.push(line);
  return lines;
}

const bytes = (text: string) => Buffer.from(text);

test('lines end with a line feed alone, not with a separator inside JSON', async () => {
  assert.deepEqual(await linesOf(bytes('{"a":"x\u2028y"}\n{"b":"\u2029"}\n')), [
    '{"a":"x\u2028y"}',
    '{"b":"\u2029"}',
  ]);
});

test('a carriage return before the line feed is no part of the line', async () => {
  assert.deepEqual(await linesOf(bytes('a\r\nb\r\n')), ['a', 'b']);
});

test('lines and characters may be cut anywhere by the stream', async () => {
  const whole = bytes('first 💎\nsecond ä\n\nlast');
  const single = Array.from(whole, (byte) => new Uint8Array([byte]));
  assert.deepEqual(await linesOf(...single), ['first 💎', 'second ä', '', 'last']);
});

test('no bytes are no lines', async () => {
  assert.deepEqual(await linesOf(), []);
});
