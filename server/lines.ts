/**
 * Lines of a stream of UTF-8, ended by line feeds alone: node's readline also breaks at U+2028 and U+2029, which may
 * stand inside a line of JSON.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  // Pieces of the line at hand: joined once, so that a long line costs its length and not its square.
  let pieces: string[] = [];
  for await (const chunk of stream) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    pieces.push(first);
    for (const text of others) {
      yield withoutReturn(pieces.join(''));
      pieces = [text];
    }
  }
  const last = pieces.join('') + decoder.decode();
  if (last !== '') yield withoutReturn(last);
  return undefined;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
