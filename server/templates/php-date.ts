/** Times as PHP writes and reads them; a time is a count of seconds since 1970. Pure. */
import { TemplateError } from './template-error.ts';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** Writes a time with the letters of PHP's date(); a backslash keeps the next character. */
export function formatTime(seconds: number, format: string, timeZone: string): string {
  const offset = offsetAt(seconds, timeZone);
  const wall = new Date((seconds + offset) * 1000);
  if (Number.isNaN(wall.getTime())) throw new TemplateError('This time is out of range.');
  return format.replace(/\\([\s\S])|[A-Za-z]/g, (letter: string, kept: string | undefined) =>
    kept === undefined ? writeLetter(letter, wall, seconds, offset, timeZone) : kept,
  );
}

function writeLetter(letter: string, wall: Date, seconds: number, offset: number, timeZone: string): string {
  const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
  const [weekday, hour] = [wall.getUTCDay(), wall.getUTCHours()];
  const two = (value: number) => String(value).padStart(2, '0');
  const zone = (colon: string) => {
    const size = Math.abs(offset);
    return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 3600))}${colon}${two(Math.floor(size / 60) % 60)}`;
  };
  const again = (format: string) => formatTime(seconds, format, timeZone);
  const dayOfYear = Math.floor((Date.UTC(year, month, day) - Date.UTC(year, 0, 1)) / 86_400_000);
  const isLeap = new Date(Date.UTC(year, 1, 29)).getUTCDate() === 29;
  const letters: Record<string, () => string> = {
    d: () => two(day),
    D: () => (days[weekday] ?? '').slice(0, 3),
    j: () => String(day),
    l: () => days[weekday] ?? '',
    N: () => String(weekday || 7),
    S: () => ordinal(day),
    w: () => String(weekday),
    z: () => String(dayOfYear),
    W: () => two(isoWeek(wall).week),
    o: () => String(isoWeek(wall).year),
    F: () => months[month] ?? '',
    m: () => two(month + 1),
    M: () => (months[month] ?? '').slice(0, 3),
    n: () => String(month + 1),
    t: () => String(new Date(Date.UTC(year, month + 1, 0)).getUTCDate()),
    L: () => (isLeap ? '1' : '0'),
    Y: () => String(year).padStart(4, '0'),
    y: () => two(year % 100),
    a: () => (hour < 12 ? 'am' : 'pm'),
    A: () => (hour < 12 ? 'AM' : 'PM'),
    g: () => String(hour % 12 || 12),
    G: () => String(hour),
    h: () => two(hour % 12 || 12),
    H: () => two(hour),
    i: () => two(wall.getUTCMinutes()),
    s: () => two(wall.getUTCSeconds()),
    u: () => String(Math.round((seconds % 1) * 1e6)).padStart(6, '0'),
    v: () => String(wall.getUTCMilliseconds()).padStart(3, '0'),
    e: () => timeZone,
    I: () =>
      offset >
      Math.min(
        offsetAt(Date.UTC(year, 0, 1) / 1000, timeZone),
        offsetAt(Date.UTC(year, 6, 1) / 1000, timeZone),
      )
        ? '1'
        : '0',
    O: () => zone(''),
    P: () => zone(':'),
    p: () => (offset === 0 ? 'Z' : zone(':')),
    T: () => (timeZone === 'UTC' ? 'UTC' : zone(':')),
    Z: () => String(offset),
    U: () => String(Math.floor(seconds)),
    c: () => again('Y-m-d\\TH:i:sP'),
    r: () => again('D, d M Y H:i:s O'),
  };
  return letters[letter]?.() ?? letter;
}

function ordinal(day: number): string {
  if (day > 10 && day < 14) return 'th';
  return ['th', 'st', 'nd', 'rd'][day % 10] ?? 'th';
}

function isoWeek(wall: Date): { year: number; week: number } {
  const thursday = new Date(wall.getTime() + (4 - (wall.getUTCDay() || 7)) * 86_400_000);
  const year = thursday.getUTCFullYear();
  return { year, week: 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / 604_800_000) };
}

/** Seconds that a zone is ahead of UTC at a time. Throws for an unknown zone. */
export function offsetAt(seconds: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(timeZone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3]) * 60);
  let parts: Intl.DateTimeFormatPart[];
  try {
    const options = { timeZone, timeZoneName: 'longOffset' } as const;
    parts = new Intl.DateTimeFormat('en-US', options).formatToParts(seconds * 1000);
  } catch {
    throw new TemplateError(`"${timeZone}" is no time zone.`);
  }
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  const offset = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name);
  if (!offset) return 0;
  const size = Number(offset[2]) * 3600 + Number(offset[3]) * 60 + Number(offset[4] ?? 0);
  return offset[1] === '-' ? -size : size;
}

/** The time at which a zone's clocks show `wall` (seconds, read as if in UTC). */
export function timeOfWall(wall: number, timeZone: string): number {
  const first = wall - offsetAt(wall, timeZone);
  return wall - offsetAt(first, timeZone);
}
