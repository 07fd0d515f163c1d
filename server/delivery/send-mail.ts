/** Sends a mail: checked, kept sealed before the first byte leaves, and what became of it kept beside. */
import type { Knex } from 'knex';
import type { Config } from '../config.ts';
import { HubError } from '../errors.ts';
import { writeJson } from '../json.ts';
import type { Vault } from '../vault.ts';
import type { MailDoor } from './mail.ts';
import { type MailRequest, readMail } from './mail-message.ts';
import { deleteOldMails, endMail, insertMail, settleMails } from './store-mails.ts';

const pruneBatch = 200;

export interface Deps {
  db: Knex;
  vault: Vault;
  config: Pick<Config, 'url' | 'totalTimeoutMs' | 'keepDeliveriesDays'>;
  /** Undefined: no mail server is set. */
  mailDoor: MailDoor | undefined;
  now(): number;
  newId(): string;
}

/** The run that sends. */
export interface MailRun {
  runId: string;
  botId: string;
}

export interface SentMail {
  messageId: string;
  /** Who it is from, and how many it goes to. */
  from: string;
  recipients: number;
  /** Addresses that the server did not take. */
  refused: string[];
}

/**
 * Throws `request_refused` and `too_large` before anything is sent; `remote_failed` when the server refused the mail
 * or could not be used, and, in words of its own, when nobody knows whether the mail arrived.
 */
export async function sendMail(deps: Deps, run: MailRun, request: MailRequest): Promise<SentMail> {
  const { db, vault, mailDoor, now } = deps;
  if (!mailDoor) {
    throw new HubError('request_refused', 'No mail server is set. Set COUNTERSIGN_SMTP_URL and start again.');
  }
  const mail = readMail(request, mailDoor.senders);
  const id = deps.newId();
  const recipients = mail.to.length + mail.cc.length + mail.bcc.length;
  const sealedMail = vault.seal(writeJson(mail), { table: 'mails', id, field: 'sealed_mail' });
  await insertMail(db, { id, ...run, sealedMail, recipients, startedAt: now() });
  const messageId = `<${id.toLowerCase()}@${deps.config.url.hostname}>`;
  const answer = await mailDoor.send(mail, messageId);
  const fault = answer.status === 'sent' ? null : answer.fault;
  await endMail(db, id, { status: answer.status, fault, now: now() });
  if (answer.status === 'sent') {
    return { messageId, from: mail.from.address, recipients, refused: answer.refused };
  }
  const doubt = answer.status === 'unknown' ? ' The mail may have arrived all the same.' : '';
  throw new HubError('remote_failed', `${answer.fault}${doubt}`);
}

/** Marks what a process left when it died while it was sending. */
export async function settleInterruptedMails({
  db,
  config,
  now,
}: Pick<Deps, 'db' | 'config' | 'now'>): Promise<void> {
  const fault = 'The hub stopped while this mail was on its way.';
  // Sign-in, mail and answer have each their own time-out; nothing takes longer than all of them.
  await settleMails(db, { startedBefore: now() - 10 * config.totalTimeoutMs, fault, now: now() });
}

/** Deletes mails older than the days that deliveries are kept, in small batches. */
export async function pruneMails({ db, config, now }: Pick<Deps, 'db' | 'config' | 'now'>): Promise<void> {
  const before = now() - config.keepDeliveriesDays * 86_400_000;
  while ((await deleteOldMails(db, before, pruneBatch)) === pruneBatch);
}
