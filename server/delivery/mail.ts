/** The second door out: mail, to the one configured server. The only file that touches nodemailer. */
import { createTransport } from 'nodemailer';
import type { Mail, Mailbox } from './mail-message.ts';
import { isAddress } from './mail-message.ts';

/** What became of a mail. `unknown`: it was on its way when the connection broke, and may have arrived. */
export type MailAnswer =
  | { status: 'sent'; refused: string[] }
  | { status: 'failed' | 'unknown'; fault: string };

export interface MailDoor {
  /** Addresses that mails may come from; the first is used where none is asked for. */
  senders: readonly string[];
  /** Never rejects. */
  send(mail: Mail, messageId: string): Promise<MailAnswer>;
}

export interface MailSettings {
  /** `smtp://` or `smtps://`, with `?from=` for the senders. */
  smtpUrl: string;
  connectTimeoutMs: number;
  totalTimeoutMs: number;
}

/**
 * `smtps:` speaks TLS at once, `smtp:` as soon as the server offers it. With a password an unencrypted connection is
 * refused, and certificates are verified, but for a server on this machine.
 */
export function createMailDoor({ smtpUrl, connectTimeoutMs, totalTimeoutMs }: MailSettings): MailDoor {
  const url = new URL(smtpUrl);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isLocal = host === 'localhost' || host === '::1' || /^127\./.test(host);
  const user = decodeURIComponent(url.username);
  const pass = decodeURIComponent(url.password);
  const isSecure = url.protocol === 'smtps:';
  const options = {
    host,
    port: Number(url.port) || (isSecure ? 465 : 587),
    secure: isSecure,
    requireTLS: user !== '' && !isSecure && !isLocal,
    tls: { rejectUnauthorized: !isLocal },
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    socketTimeout: totalTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(user !== '' && { auth: { user, pass } }),
  };
  const named = url.searchParams.getAll('from').flatMap((list) => list.split(','));
  const senders = named.map((one) => one.trim()).filter(isAddress);
  if (senders.length === 0 && isAddress(user)) senders.push(user);
  return {
    senders,
    async send(mail, messageId) {
      // One connection a mail: what fails belongs to this mail alone.
      const transport = createTransport(options);
      let isOnItsWay = false;
      transport.use('stream', ({ message }, done) => {
        const read = message.createReadStream.bind(message);
        message.createReadStream = (...given) => {
          isOnItsWay = true;
          return read(...given);
        };
        done();
      });
      try {
        const { rejected } = await transport.sendMail({ ...messageOf(mail), messageId });
        return { status: 'sent', refused: rejected };
      } catch (error) {
        const told = faultOf(error, host, pass);
        const isAnswered = told.code !== undefined;
        return { status: isAnswered || !isOnItsWay ? 'failed' : 'unknown', fault: told.message };
      } finally {
        transport.close();
      }
    },
  };
}

function messageOf(mail: Mail) {
  const list = (boxes: readonly Mailbox[]) => boxes.map(({ name, address }) => ({ name, address }));
  return {
    from: mail.from,
    to: list(mail.to),
    cc: list(mail.cc),
    bcc: list(mail.bcc),
    subject: mail.subject,
    headers: mail.headers.map(([key, value]) => ({ key, value })),
    text: mail.text,
    ...(mail.html !== null && { html: mail.html }),
  };
}

/** The server's own words where it answered, without our password. */
function faultOf(error: unknown, host: string, pass: string): { code: number | undefined; message: string } {
  const { responseCode, response, code } = (error ?? {}) as {
    responseCode?: number;
    response?: string;
    code?: string;
  };
  const mask = (text: string) => (pass === '' ? text : text.replaceAll(pass, '[masked]'));
  if (responseCode !== undefined) {
    const said = mask((response ?? String(responseCode)).replace(/\p{Cc}+/gu, ' ')).slice(0, 300);
    return { code: responseCode, message: `The mail server ${host} refused: ${said}` };
  }
  const reason = (code !== undefined && reasons[code]) || 'the connection broke';
  return { code: undefined, message: `The mail server ${host} could not be used: ${reason}.` };
}

const reasons: Readonly<Record<string, string>> = {
  EAUTH: 'it offers no way to sign in that the hub knows',
  ECONNREFUSED: 'it takes no connections',
  EDNS: 'its name is not known',
  ESOCKET: 'the connection could not be made, or its certificate is not valid',
  ETIMEDOUT: 'it did not answer in time',
  ETLS: 'it offers no encryption, and a password is not sent without',
};
