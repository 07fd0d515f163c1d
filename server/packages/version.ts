/** Which of Cerb's packages this hub covers. Pure. */

/** Packages that ask for a Cerb up to this version find what they need. */
export const coveredCerbVersion = '10.4.10';

/** Cerb's plugins whose work is done here. */
export const coveredPlugins: readonly string[] = ['cerberusweb.core', 'cerb.bots', 'cerb.webhooks'];

/**
 * Compares versions as PHP's version_compare does, on which packages rely: negative, zero or positive. Words rank
 * dev < alpha < beta < RC < # (a number) < pl; any other word comes before dev.
 */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [partsOf(left), partsOf(right)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = comparePart(a[i], b[i]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: string): string[] {
  return version
    .replace(/[-_+]/g, '.')
    .replace(/(\d)([^\d.])/g, '$1.$2')
    .replace(/([^\d.])(\d)/g, '$1.$2')
    .split('.')
    .filter((part) => part !== '');
}

/** A version that goes on is later with a number (10.4 < 10.4.0), and earlier or later with a word by its rank. */
function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === undefined) return b === undefined ? 0 : -comparePart(b, undefined);
  if (b === undefined) return /^\d/.test(a) ? 1 : rank(a) - rank('#');
  if (/^\d/.test(a) && /^\d/.test(b)) return Number(a) - Number(b);
  return rank(a) - rank(b);
}

const words = ['dev', 'a', 'b', 'rc', '#', 'p'];

function rank(part: string): number {
  if (/^\d/.test(part)) return words.indexOf('#');
  const word = part
    .toLowerCase()
    .replace(/^alpha$/, 'a')
    .replace(/^beta$/, 'b')
    .replace(/^pl$/, 'p');
  return words.indexOf(word);
}
