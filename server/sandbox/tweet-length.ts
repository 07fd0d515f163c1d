/** How long a tweet is in Twitter's weighted count. Pure. */

/** Longest tweet in weighted characters. */
export const maxTweetLength = 280;

/** Latin counts 1, most other scripts 2, an emoji 2, a URL 23; counted after NFC. */
export function tweetLength(text: string): number {
  let length = 0;
  const withoutUrls = text.normalize('NFC').replace(/https?:\/\/\S+/g, () => {
    length += 23;
    return '';
  });
  for (const { segment } of graphemes.segment(withoutUrls)) {
    if (/\p{Emoji_Presentation}|\p{Regional_Indicator}|\ufe0f|\u20e3/u.test(segment)) length += 2;
    else for (const char of segment) length += isLight(char.codePointAt(0) ?? 0) ? 1 : 2;
  }
  return length;
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function isLight(point: number): boolean {
  return lightRanges.some(([from, to]) => point >= from && point <= to);
}

const lightRanges = [
  [0, 4351],
  [8192, 8205],
  [8208, 8223],
  [8242, 8247],
] as const;
