/** Reads dates written for people, as strtotime does: "tomorrow", "next friday 8am", "-90 seconds". Pure. */
import { offsetAt, timeOfWall } from './php-date.ts';

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const month = '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?';
const dayName = '(sun|mon|tue|wed|thu|fri|sat)(?:day|sday|nesday|rsday|urday|s|rs|nes)?';
const unit = '(sec|second|min|minute|hour|day|weekday|week|fortnight|month|year)s?';
const clock = '(\\d{1,2})(?::(\\d\\d)(?::(\\d\\d)(?:[.,]\\d+)?)?)?\\s?([ap])\\.?m\\.?';
const clock24 = 't?(\\d{1,2}):(\\d\\d)(?::(\\d\\d)(?:[.,]\\d+)?)?';

interface Reading {
  /** Wall clock of the zone as a date read in UTC. */
  wall: Date;
  zone: string;
  isTimeSet: boolean;
  weekday?: { day: number; step: number };
}

type Word = readonly [RegExp, (reading: Reading, match: string[]) => void];

const words: readonly Word[] = [
  [/^(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/, (r, m) => setDay(r, num(m[1]), num(m[2]) - 1, num(m[3]))],
  [/^(\d{4})\/(\d{1,2})\/(\d{1,2})(?!\d)/, (r, m) => setDay(r, num(m[1]), num(m[2]) - 1, num(m[3]))],
  [/^(\d{1,2})\/(\d{1,2})\/(\d{4})(?!\d)/, (r, m) => setDay(r, num(m[3]), num(m[1]) - 1, num(m[2]))],
  [/^(\d{1,2})[-.](\d{1,2})[-.](\d{4})(?!\d)/, (r, m) => setDay(r, num(m[3]), num(m[2]) - 1, num(m[1]))],
  [
    word(`(\\d{1,2})(?:st|nd|rd|th)?[ -]${month}(?:[ ,-]+(\\d{4}))?`),
    (r, m) => setNamed(r, m[3], m[2], m[1]),
  ],
  [word(`${month} (\\d{1,2})(?:st|nd|rd|th)?(?:,? (\\d{4}))?(?!:)`), (r, m) => setNamed(r, m[3], m[1], m[2])],
  [word(clock), (r, m) => setTime(r, (num(m[1]) % 12) + (m[4] === 'p' ? 12 : 0), num(m[2]), num(m[3]))],
  [word(clock24, '(?!\\d)'), (r, m) => setTime(r, num(m[1]), num(m[2]), num(m[3]))],
  [word('now'), () => undefined],
  [word('today|midnight'), (r) => setTime(r, 0, 0, 0)],
  [word('noon'), (r) => setTime(r, 12, 0, 0)],
  [word('tomorrow'), (r) => moveDay(r, 1)],
  [word('yesterday'), (r) => moveDay(r, -1)],
  [word('(first|last) day of(?: (next|last|previous|this) month)?'), setEdge],
  [word(`(next|last|previous|this) ${unit}`), (r, m) => move(r, stepOf(m[1]), m[2] ?? '')],
  [word(`(next|last|previous|this) ${dayName}`), (r, m) => setWeekday(r, m[2] ?? '', stepOf(m[1]))],
  [
    word(`([+-]?\\s?\\d{1,12})\\s?${unit}( ago)?`),
    (r, m) => move(r, num(m[1]) * (m[3] ? -1 : 1), m[2] ?? ''),
  ],
  [word(`(an?|one) ${unit}( ago)?`), (r, m) => move(r, m[3] ? -1 : 1, m[2] ?? '')],
  [word(dayName), (r, m) => setWeekday(r, m[1] ?? '', 0)],
  [/^(\d{4})$/, (r, m) => void r.wall.setUTCFullYear(num(m[1]))],
  [word('(?:utc|gmt|z)'), (r) => setZone(r, 'UTC')],
  [/^[+-]\d\d:?\d\d(?!\d)/, (r, m) => setZone(r, m[0] ?? 'UTC')],
  [word('at|on|,|of'), () => undefined],
];

/**
 * The time in seconds that a text names, seen from `now`; digits alone (or "@digits") are that time itself.
 * `undefined` for what cannot be read. Words: the relative forms of PHP's manual that bots use.
 */
export function readTime(text: string, now: number, timeZone: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  const digits = /^@?(-?\d+(?:\.\d+)?)$/.exec(trimmed)?.[1];
  if (digits !== undefined) return Number(digits);
  const reading: Reading = {
    wall: new Date(Math.floor(now + offsetAt(now, timeZone)) * 1000),
    zone: timeZone,
    isTimeSet: false,
  };
  for (let rest = trimmed.slice(0, 200); rest !== ''; ) {
    const found = words.find(([pattern]) => pattern.test(rest));
    const match = found?.[0].exec(rest);
    if (!found || !match) return undefined;
    found[1](reading, match);
    rest = rest.slice(match[0].length).trimStart();
  }
  settleWeekday(reading);
  const seconds = timeOfWall(reading.wall.getTime() / 1000, reading.zone);
  return Number.isNaN(seconds) ? undefined : seconds;
}

function word(pattern: string, end = '(?![a-z])'): RegExp {
  return new RegExp(`^(?:${pattern})${end}`);
}

function num(digits: string | undefined): number {
  return Number((digits ?? '0').replace(/\s/g, ''));
}

function stepOf(step: string | undefined): number {
  return step === 'next' ? 1 : step === 'this' ? 0 : -1;
}

function setZone(reading: Reading, zone: string): void {
  reading.zone = zone;
}

function setDay(reading: Reading, year: number, monthIndex: number, day: number): void {
  reading.wall.setUTCFullYear(year, monthIndex, day);
  if (!reading.isTimeSet) setTime(reading, 0, 0, 0);
}

function setNamed(
  reading: Reading,
  year: string | undefined,
  name: string | undefined,
  day: string | undefined,
): void {
  const monthIndex = monthNames.indexOf((name ?? '').slice(0, 3));
  setDay(reading, year === undefined ? reading.wall.getUTCFullYear() : Number(year), monthIndex, Number(day));
}

function setTime(reading: Reading, hours: number, minutes: number, seconds: number): void {
  reading.wall.setUTCHours(hours, minutes, seconds, 0);
  reading.isTimeSet = true;
}

function moveDay(reading: Reading, step: number): void {
  reading.wall.setUTCDate(reading.wall.getUTCDate() + step);
  if (!reading.isTimeSet) setTime(reading, 0, 0, 0);
}

function setEdge(reading: Reading, match: string[]): void {
  const monthIndex = reading.wall.getUTCMonth() + (match[2] ? stepOf(match[2]) : 0);
  reading.wall.setUTCFullYear(
    reading.wall.getUTCFullYear(),
    monthIndex + (match[1] === 'last' ? 1 : 0),
    match[1] === 'last' ? 0 : 1,
  );
}

function setWeekday(reading: Reading, name: string, step: number): void {
  reading.weekday = { day: dayNames.indexOf(name.slice(0, 3)), step };
  if (!reading.isTimeSet) setTime(reading, 0, 0, 0);
}

function settleWeekday(reading: Reading): void {
  if (!reading.weekday) return;
  const { day, step } = reading.weekday;
  let ahead = (day - reading.wall.getUTCDay() + 7) % 7;
  if (step > 0 && ahead === 0) ahead = 7;
  if (step < 0) ahead -= 7;
  reading.wall.setUTCDate(reading.wall.getUTCDate() + ahead);
}

function move(reading: Reading, count: number, name: string): void {
  const { wall } = reading;
  if (name === 'month') wall.setUTCMonth(wall.getUTCMonth() + count);
  else if (name === 'year') wall.setUTCFullYear(wall.getUTCFullYear() + count);
  else if (name === 'weekday') moveWeekdays(wall, Math.sign(count), Math.min(Math.abs(count), 10_000));
  else {
    const seconds = {
      sec: 1,
      second: 1,
      min: 60,
      minute: 60,
      hour: 3600,
      day: 86_400,
      week: 604_800,
      fortnight: 1_209_600,
    };
    wall.setTime(wall.getTime() + count * (seconds[name as keyof typeof seconds] ?? 0) * 1000); // `unit` lists them
  }
}

function moveWeekdays(wall: Date, step: number, count: number): void {
  for (let left = count; left > 0; ) {
    wall.setUTCDate(wall.getUTCDate() + step);
    if (wall.getUTCDay() % 6 !== 0) left--;
  }
}
