/** SQL of mails: an intent before each is sent, and what became of it. */
import type { Knex } from 'knex';

export type MailStatus = 'sending' | 'sent' | 'failed' | 'unknown';

interface MailRow {
  id: string;
  run_id: string;
  bot_id: string;
  sealed_mail: string;
  recipients: number;
  status: MailStatus;
  fault: string | null;
  started_at: number;
  ended_at: number | null;
}

export async function insertMail(
  db: Knex,
  mail: {
    id: string;
    runId: string;
    botId: string;
    sealedMail: string;
    recipients: number;
    startedAt: number;
  },
): Promise<void> {
  await db<MailRow>('mails').insert({
    id: mail.id,
    run_id: mail.runId,
    bot_id: mail.botId,
    sealed_mail: mail.sealedMail,
    recipients: mail.recipients,
    status: 'sending',
    fault: null,
    started_at: mail.startedAt,
    ended_at: null,
  });
}

/** The answer of the server wins over `unknown`, should another process have given the mail up. */
export async function endMail(
  db: Knex,
  id: string,
  { status, fault, now }: { status: Exclude<MailStatus, 'sending'>; fault: string | null; now: number },
): Promise<void> {
  await db<MailRow>('mails').where({ id }).update({ status, fault, ended_at: now });
}

/** Mails of a process that is gone: nobody knows whether they arrived. Says how many there were. */
export async function settleMails(
  db: Knex,
  { startedBefore, fault, now }: { startedBefore: number; fault: string; now: number },
): Promise<number> {
  return db<MailRow>('mails')
    .where({ status: 'sending' })
    .where('started_at', '<', startedBefore)
    .update({ status: 'unknown', fault, ended_at: now });
}

/** At most so many that were begun before then; says how many. */
export async function deleteOldMails(db: Knex, before: number, limit: number): Promise<number> {
  const old = await db<MailRow>('mails').where('started_at', '<', before).limit(limit).select('id');
  if (old.length === 0) return 0;
  return db('mails')
    .whereIn(
      'id',
      old.map(({ id }) => id),
    )
    .delete();
}
