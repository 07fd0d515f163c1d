/** A mail as an action asks for it, checked: senders, recipients, headers, sizes. Pure. */
import { HubError } from '../errors.ts';

export const mostRecipients = 50;
const longestContent = 1_048_576;
const longestSubject = 500;
const mostHeaders = 30;

export interface MailRequest {
  /** An address of `senders`; '' for the first. */
  from: string;
  /** Name of the sender. */
  sendAs: string;
  /** Addresses with or without names, by commas, semicolons or lines. */
  to: string;
  cc: string;
  bcc: string;
  subject: string;
  headers: readonly [string, string][];
  text: string;
  /** The same as HTML; null: text alone. */
  html: string | null;
}

export interface Mailbox {
  name: string;
  address: string;
}

export interface Mail {
  from: Mailbox;
  to: Mailbox[];
  cc: Mailbox[];
  bcc: Mailbox[];
  subject: string;
  headers: readonly [string, string][];
  text: string;
  html: string | null;
}

/** Throws `request_refused` and `too_large`, naming what and why; then nothing is sent. */
export function readMail(request: MailRequest, senders: readonly string[]): Mail {
  const refuse = (message: string): never => {
    throw new HubError('request_refused', message);
  };
  const [first] = senders;
  if (first === undefined) {
    return refuse(
      'No sender is set. Add ?from=ADDRESS to COUNTERSIGN_SMTP_URL; several stand with commas between them.',
    );
  }
  const wanted = request.from.trim();
  const from = wanted === '' ? first : senders.find((one) => one.toLowerCase() === wanted.toLowerCase());
  if (from === undefined) {
    return refuse(`'${wanted.slice(0, 100)}' is not one of the senders in COUNTERSIGN_SMTP_URL.`);
  }
  for (const [what, text] of [
    ['subject', request.subject],
    ['name of the sender', request.sendAs],
  ] as const) {
    if (hasControl(text)) refuse(`The ${what} has a line break or another control character in it.`);
    if (text.length > longestSubject) refuse(`The ${what} has more than ${longestSubject} characters.`);
  }
  const [to, cc, bcc] = [request.to, request.cc, request.bcc].map(readMailboxes) as [
    Mailbox[],
    Mailbox[],
    Mailbox[],
  ];
  const count = to.length + cc.length + bcc.length;
  if (count === 0) refuse('The mail has nobody to go to.');
  if (count > mostRecipients) refuse(`A mail goes to at most ${mostRecipients} addresses, not ${count}.`);
  checkHeaders(request.headers);
  const size = Buffer.byteLength(request.text) + Buffer.byteLength(request.html ?? '');
  if (size > longestContent) {
    throw new HubError('too_large', `A mail has at most ${longestContent} bytes, not ${size}.`);
  }
  const { subject, headers, text, html } = request;
  return { from: { name: request.sendAs.trim(), address: from }, to, cc, bcc, subject, headers, text, html };
}

/** Reads `Ana Ruiz <ana@example.com>, bo@example.com`; names may be quoted. Throws for what is no address. */
export function readMailboxes(list: string): Mailbox[] {
  return splitList(list).map((entry) => {
    const [, name = '', inBrackets] = /^(.*)<([^<>]*)>$/.exec(entry) ?? [];
    const address = (inBrackets ?? entry).trim();
    const shown = name.trim().replace(/^"(.*)"$/, '$1');
    if (isAddress(address) && !hasControl(shown)) return { name: shown, address };
    throw new HubError('request_refused', `'${entry.slice(0, 100)}' is no mail address.`);
  });
}

/** One address, without a name: enough to know that it can mean nothing else to a mail server. */
export function isAddress(text: string): boolean {
  const [, local = '', domain = ''] = /^([^\s@<>()[\]\\,;:"]+)@([^\s@<>()[\]\\,;:"]+)$/.exec(text) ?? [];
  const isPart = (part: string) => part !== '' && part.length <= 63;
  return (
    local !== '' &&
    local.length <= 64 &&
    domain.length <= 253 &&
    domain.split('.').every(isPart) &&
    !hasControl(text)
  );
}

/** What the hub writes itself, and what mail servers write. */
const ownHeader =
  /^(from|to|cc|bcc|sender|subject|date|message-id|return-path|received|mime-version|content-.*|dkim-.*|arc-.*|authentication-results|resent-.*|x-mailer)$/i;

function checkHeaders(headers: readonly [string, string][]): void {
  const refuse = (message: string): never => {
    throw new HubError('request_refused', message);
  };
  if (headers.length > mostHeaders) refuse(`A mail has at most ${mostHeaders} headers of its own.`);
  for (const [name, value] of headers) {
    if (!/^[!-9;-~]{1,64}$/.test(name)) refuse(`'${name.slice(0, 100)}' is no name of a header.`);
    if (ownHeader.test(name)) refuse(`The header ${name} is written by the hub and cannot be set.`);
    if (hasControl(value)) refuse(`The header ${name} has a line break or another control character in it.`);
    if (value.length > 900) refuse(`The header ${name} has more than 900 characters.`);
  }
}

/** Splits at commas, semicolons and line ends that stand in no quotes. */
function splitList(list: string): string[] {
  const entries = list.match(/(?:"[^"]*"|[^,;\r\n"])+/g) ?? [];
  if (/"/.test(list.replace(/"[^"\r\n]*"/g, ''))) {
    throw new HubError('request_refused', 'A quotation mark in the addresses has no other.');
  }
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
