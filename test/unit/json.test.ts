import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digitsOf, JsonError, parseJson, parseJsonVerbatim, writeJson } from '../../server/json.ts';

test('a number above 2^53 keeps its digits from text to text', () => {
  const text = '{"id":9007199254740993,"big":123456789012345678901234567890,"f":0.1}';
  assert.equal(writeJson(parseJson(text)), text);
});

test('a number a double holds comes as a plain number', () => {
  assert.deepEqual(parseJson('[1,-2,0.5,1e3]'), [1, -2, 0.5, 1000]);
});

test('read verbatim, every number is written as it stood', () => {
  const text = '{"id":9007199254740993,"price":1.10,"version":1.0,"scale":1e3,"small":-0,"plain":[1,0.5]}';
  assert.equal(writeJson(parseJsonVerbatim(text)), text);
  assert.deepEqual(parseJsonVerbatim('[1,0.5]'), [1, 0.5]);
});

test('digits of any number are text', () => {
  assert.equal(digitsOf(parseJson('9007199254740993')), '9007199254740993');
  assert.equal(digitsOf(7), '7');
  assert.equal(digitsOf('7'), undefined);
});

test('a fault of syntax is told with line and column', () => {
  const error = faultOf('{\n  "a": 1,\n  oops\n}');
  assert.equal(error.line, 3);
  assert.equal(error.column, 3);
});

test('nesting deeper than 64 levels is refused before it is parsed, 64 is not', () => {
  assert.match(faultOf('['.repeat(65) + ']'.repeat(65)).message, /64/);
  assert.doesNotThrow(() => parseJson('['.repeat(64) + ']'.repeat(64)));
  assert.match(faultOf('['.repeat(1_000_000)).message, /64/);
});

test('brackets inside strings are no nesting', () => {
  assert.equal(
    parseJson(`"${'['.repeat(100)}\\"${'{'.repeat(100)}"`),
    `${'['.repeat(100)}"${'{'.repeat(100)}`,
  );
});

test('a key that reaches a prototype is refused, plain or escaped', () => {
  for (const text of ['{"__proto__":{"x":1}}', '{"a":{"\\u005f_proto__":1}}', '{"__proto__" \n : 1}']) {
    assert.match(faultOf(text).message, /__proto__/, text);
  }
  assert.equal(parseJson('"__proto__"'), '__proto__');
});

test('a key given twice with different values is refused, wherever it stands', () => {
  for (const text of ['{"a":1,"a":2}', '[{"b":{"a":"x:","c":[1],"a":"y"}}]']) {
    assert.match(faultOf(text).message, /Duplicate key 'a'/, text);
  }
});

test('colons, digits, backslashes and quotes inside strings change nothing', () => {
  const value = { 'a:1': ':9007199254740993', '\\': '\\"', '"': ['-1:', '\\\\'], list: [[], {}] };
  assert.deepEqual(parseJson(JSON.stringify(value, null, 2)), value);
});

test('one number that needs its digits leaves the others plain', () => {
  const text = '{"a":[1,-0.5,{"id":9007199254740993}],"b":"x"}';
  assert.equal(writeJson(parseJson(text)), text);
  assert.deepEqual(parseJson('{"a":[1,-0.5],"b":2e2}'), { a: [1, -0.5], b: 200 });
});

test('a large text costs memory by its size, not by its characters', () => {
  const text = JSON.stringify(Array.from({ length: 100 }, () => 'x'.repeat(20_000)));
  const before = process.memoryUsage().heapUsed;
  const value = parseJson(text);
  assert.ok(process.memoryUsage().heapUsed - before < 5 * text.length);
  assert.ok(Array.isArray(value));
});

test('whatever JSON.stringify writes is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('__proto__')) return;
      assert.deepEqual(JSON.parse(writeJson(parseJson(text))), JSON.parse(text));
    }),
  );
});

function faultOf(text: string): JsonError {
  try {
    parseJson(text);
  } catch (error) {
    assert.ok(error instanceof JsonError);
    return error;
  }
  assert.fail('was accepted');
}
