/** Why one parameter's value in a remote side's base string may differ from ours: one row a cause. Pure. */
import { decodeOnce, type EncodedPair, isSecret } from './base-string.ts';
import { percentEncode } from './package.ts';
import type { Parameter } from './parameters.ts';

interface Cause {
  /** Values as they stand in the parameter string, encoded once. */
  holds(ours: string, theirs: string): boolean;
  /** `WHAT` stands for the parameter. */
  sentence: string;
  /** It would tell a part of the value, so it is not tried on what is hidden. */
  isPartial?: true;
}

const causes: readonly Cause[] = [
  {
    sentence: 'They decoded + as a space in WHAT, where it was sent escaped.',
    holds: (ours, theirs) => ours.includes('%2B') && theirs === ours.replaceAll('%2B', '%20'),
  },
  {
    sentence: 'They kept + in WHAT, where it stands for a space.',
    holds: (ours, theirs) => ours.includes('%20') && theirs === ours.replaceAll('%20', '%2B'),
  },
  {
    sentence: 'They write a space as +, not as %20, in WHAT.',
    holds: (ours, theirs) => ours.includes('%20') && theirs === ours.replaceAll('%20', '+'),
  },
  { sentence: 'They encoded WHAT twice.', holds: (ours, theirs) => theirs === percentEncode(ours) },
  { sentence: 'They did not encode WHAT.', holds: (ours, theirs) => theirs === decodeOnce(ours) },
  {
    sentence: 'They decoded WHAT twice.',
    holds: (ours, theirs) => theirs === percentEncode(decodeOnce(decodeOnce(ours))),
  },
  {
    sentence: 'They write escapes in lower case in WHAT.',
    holds: (ours, theirs) => theirs.replace(/%[0-9a-f]{2}/gi, (code) => code.toUpperCase()) === ours,
  },
  {
    sentence: "They escape other characters in WHAT: ! * ' ( ) must be, ~ must not.",
    holds: (ours, theirs) => decodeOnce(theirs) === decodeOnce(ours),
  },
  {
    sentence: 'They take WHAT for ISO 8859-1; it is UTF-8.',
    holds: (ours, theirs) => asLatin1(ours).includes(theirs),
  },
  {
    sentence: 'They compose accents differently (Unicode normalisation) in WHAT.',
    holds: (ours, theirs) => decodeOnce(ours).normalize('NFC') === decodeOnce(theirs).normalize('NFC'),
  },
  {
    sentence: 'They have other line ends in WHAT.',
    holds: (ours, theirs) => withLineFeeds(ours) === withLineFeeds(theirs),
  },
  {
    sentence: 'They cut off the spaces around WHAT.',
    holds: (ours, theirs) => decodeOnce(ours).trim() === decodeOnce(theirs).trim(),
  },
  {
    sentence: 'They have other capitals in WHAT.',
    holds: (ours, theirs) => decodeOnce(ours).toLowerCase() === decodeOnce(theirs).toLowerCase(),
  },
  { sentence: 'They have no value for WHAT.', holds: (_, theirs) => theirs === '' },
  {
    sentence: 'They stopped at one of = & ; ? # within WHAT.',
    isPartial: true,
    holds: (ours, theirs) => {
      const whole = decodeOnce(ours);
      const begin = decodeOnce(theirs);
      return whole.startsWith(begin) && /^[=&;?#]/.test(whole.slice(begin.length));
    },
  },
];

/** One sentence; the last resort is that the value is another. */
export function valueCause(
  ours: EncodedPair,
  theirs: EncodedPair,
  origin: Parameter['origin'] | undefined,
): string {
  const name = decodeOnce(ours.name);
  const what = `the ${origin ?? 'query'} parameter ${showName(name)}`;
  if (ours.value === theirs.value)
    return `They spell the name of ${what} differently: ${showName(theirs.name)}.`;
  const cause = causes.find(
    ({ isPartial, holds }) => !(isPartial && isSecret(name)) && holds(ours.value, theirs.value),
  );
  if (cause) return cause.sentence.replace('WHAT', () => what);
  const advice = isSecret(name) ? ': see which account they mean, or link this one again' : '';
  return `They have another value for ${what}${advice}.`;
}

/** Quoted where it could be taken for words. */
export function showName(name: string): string {
  return /^[\w.[\]~-]{1,60}$/.test(name) ? name : JSON.stringify(name.slice(0, 60));
}

/** What a reader of ISO 8859-1 makes of the value, and what a writer of it sends; none where both are ASCII. */
function asLatin1(encoded: string): string[] {
  const text = decodeOnce(encoded);
  const bytes = Buffer.from(text);
  if (bytes.length === text.length) return [];
  const written = [...text].map((char) =>
    char.charCodeAt(0) < 0x80 ? percentEncode(char) : `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [percentEncode(bytes.toString('latin1')), written.join('')];
}

function withLineFeeds(encoded: string): string {
  return decodeOnce(encoded).replaceAll('\r\n', '\n');
}
