/** Midnight of a time zone, by the time zone data of the platform. Pure. */

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** Whether the name is one of the time zones known here (`America/New_York`). */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-CA', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/**
 * The first minute after `at` that has a later date in the zone. Where clocks jump over midnight that is the first
 * minute there is of the new day; days of 23, 24 and 25 hours come out by themselves.
 */
export function nextMidnight(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  // en-CA writes 2026-03-08, so that dates compare as text.
  const today = format.format(at);
  let [before, later] = [Math.floor(at / minuteMs), Math.floor((at + 50 * hourMs) / minuteMs)];
  while (later - before > 1) {
    const middle = Math.floor((before + later) / 2);
    if (format.format(middle * minuteMs) > today) later = middle;
    else before = middle;
  }
  return later * minuteMs;
}
