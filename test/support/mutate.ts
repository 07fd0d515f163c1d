/** Damaged copies of a JSON value, for tests that feed a reader what nobody wrote on purpose. */
import fc from 'fast-check';

/** Anything JSON can be, and texts that mean something to a package. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(null, true, false, 0, -1, 1e21, '', '0', [], {}),
    fc.constantFrom(
      '{{{',
      '{{{uid.x}}}',
      '{{% if %}}',
      '{{{ x|nope }}}',
      '{{#',
      '{{{uid}}}',
      '{{%',
      '../',
      '\u0000',
    ),
    fc.constantFrom('constructor', '__proto__', 'toString', 'bot', 'behavior', 'cerberusweb.contexts.bot'),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('uid', 'key', 'type', 'nodes', 'params', 'a/b~c', ''), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value;

/** The value with up to four places replaced, removed, doubled or renamed. */
export function mutated(original: unknown): fc.Arbitrary<unknown> {
  const step = fc.record({
    at: fc.nat(),
    how: fc.constantFrom('replace', 'remove', 'double', 'rename'),
    value: anyJson,
  });
  return fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => {
    const root = { value: structuredClone(original) };
    for (const { at, how, value } of steps) change(root, at, how, value);
    return root.value;
  });
}

type Box = Record<string, unknown>;

function change(root: { value: unknown }, at: number, how: string, value: unknown): void {
  const places = placesIn(root as Box);
  const place = places[at % places.length];
  if (!place) return;
  const { box, key } = place;
  const inner = box[key];
  if (how === 'replace' || box === (root as Box)) box[key] = structuredClone(value);
  else if (how === 'double' && Array.isArray(box)) box.push(structuredClone(inner));
  else if (how === 'rename' && !Array.isArray(box)) {
    delete box[key];
    box[`${key}_`] = inner;
  } else if (Array.isArray(box)) box.splice(Number(key), 1);
  else delete box[key];
}

function placesIn(box: Box): { box: Box; key: string }[] {
  return Object.entries(box).flatMap(([key, value]) => [
    { box, key },
    ...(typeof value === 'object' && value !== null ? placesIn(value as Box) : []),
  ]);
}
