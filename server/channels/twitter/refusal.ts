/** Reads a refusal of the service: its code by the table, else its status. Pure. */

import { retryAt } from '../../connections/rate-headers.ts';
import { digitsOf } from '../../json.ts';
import type { ChannelAnswer, Refusal } from '../channel.ts';
import {
  details,
  type ErrorMeaning,
  mayBeDone,
  meanings,
  problems,
  registrationMeanings,
  serverTrouble,
  statusMeanings,
} from './errors.ts';
import { listAt, member, textAt } from './reading.ts';

/** `send` cannot be repeated; `register` reads some codes of its own; `read` changes nothing. */
export type Purpose = 'send' | 'register' | 'read';

/**
 * What an answer that is no success means. The service's own words are shown where no code is known, and while
 * registering, because one code there has many reasons.
 */
export function readRefusal(answer: ChannelAnswer, now: number, purpose: Purpose): Refusal {
  const { code, words } = findError(answer);
  const meaning = meaningOf(answer, code, words, purpose);
  const isTrouble = meaning === serverTrouble;
  if (isTrouble && purpose === 'send') return { ok: false, remedy: 'unknown', code, message: mayBeDone };
  const message = purpose === 'register' ? meaning.sentence + quoted(words) : meaning.sentence;
  const refusal = { ok: false, remedy: meaning.remedy, code, message } as const;
  if (meaning.remedy !== 'wait') return refusal;
  const pause = retryAt(answer.headers, now);
  return {
    ...refusal,
    retryAt: meaning.waitMs === undefined ? pause : Math.max(pause, now + meaning.waitMs),
  };
}

/** An answer that says success and lacks what every success holds: it was done, and we do not know what. */
export function unreadable(purpose: Purpose): Refusal {
  const message = 'The service answered in a way that could not be read.';
  return purpose === 'send'
    ? { ok: false, remedy: 'unknown', code: '', message: `${message} The message may have been taken.` }
    : { ok: false, remedy: 'fail', code: '', message };
}

/** Numbered codes; the last part of a problem's type; or the status as `http_403`. */
function findError({ json, status }: ChannelAnswer): { code: string; words: string } {
  const errors = listAt(json, 'errors');
  const words = [json, ...errors]
    .flatMap((one) => [textAt(one, 'detail'), textAt(one, 'message'), textAt(one, 'title')])
    .find((text) => text !== undefined);
  const type = [json, ...errors]
    .map((one) => textAt(one, 'type')?.split('/').at(-1))
    .find((name) => name !== undefined && Object.hasOwn(problems, name));
  const number = errors.map((one) => digitsOf(member(one, 'code'))).find((digits) => digits !== undefined);
  const reason = [json, ...errors].map((one) => textAt(one, 'reason')).find((text) => text !== undefined);
  const code = type ?? number ?? reason?.slice(0, 64) ?? `http_${status}`;
  return {
    code,
    words: (words ?? '')
      .replace(/[\p{C}\s]+/gu, ' ')
      .slice(0, 200)
      .trim(),
  };
}

function meaningOf(answer: ChannelAnswer, code: string, words: string, purpose: Purpose): ErrorMeaning {
  const byWords = details.find(([pattern]) => pattern.test(words))?.[1];
  const known =
    (purpose === 'register' ? own(registrationMeanings, code) : undefined) ??
    own(problems, code) ??
    byWords ??
    own(meanings, code) ??
    own(statusMeanings, String(answer.status));
  if (known) return known;
  if (answer.status >= 500) return serverTrouble;
  const sentence = `The service refused this with status ${answer.status} and code ${code}.`;
  return { remedy: 'fail', sentence: purpose === 'register' ? sentence : sentence + quoted(words) };
}

function quoted(words: string): string {
  return words === '' ? '' : ` It says: "${words}"`;
}

function own(table: Readonly<Record<string, ErrorMeaning>>, key: string): ErrorMeaning | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
