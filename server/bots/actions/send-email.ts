/** Send email, through the one mail server of the settings. */
import type { Remark } from '../../packages/record-type.ts';
import { textOfHtml } from '../../templates/html-text.ts';
import type { ActionTools, ActionType } from '../action.ts';
import { flagOf, type JsonObject, textOf } from '../json-value.ts';
import { parseHeaderLines } from './http-request.ts';

const formats = [
  { value: '', label: 'Text' },
  { value: 'html', label: 'HTML' },
];

/** `send_email`. Cerb's senders and templates of HTML are records that are not here. */
export const sendEmail: ActionType = {
  id: 'send_email',
  title: 'Send email',
  fields: [
    {
      key: 'from_address_id',
      label: 'From',
      kind: 'template',
      help: 'One of the senders in COUNTERSIGN_SMTP_URL; empty: the first of them',
    },
    { key: 'send_as', label: 'Send as', kind: 'template', help: 'Name of the sender' },
    { key: 'to', label: 'To', kind: 'template', help: 'Addresses with commas between them' },
    { key: 'cc', label: 'Cc', kind: 'template' },
    { key: 'bcc', label: 'Bcc', kind: 'template' },
    { key: 'subject', label: 'Subject', kind: 'template' },
    { key: 'headers', label: 'Headers', kind: 'template', rows: 3, help: 'One a line: Name: value' },
    { key: 'format', label: 'Format', kind: 'select', options: formats },
    { key: 'content', label: 'Content', kind: 'template', rows: 8 },
    { key: 'run_in_simulator', label: 'Also send email in simulator mode', kind: 'flag' },
  ],
  remarks(params) {
    const found: Remark[] = [];
    const given = (key: string) => (textOf(params[key]) ?? '').trim();
    if (['to', 'cc', 'bcc'].every((key) => given(key) === '')) {
      found.push({ path: '/to', message: 'The mail has nobody to go to.' });
    }
    if (/^[1-9]\d*$/.test(given('from_address_id'))) {
      const message =
        "The sender is an id of another system. Write an address, or leave it empty for the hub's own.";
      found.push({ path: '/from_address_id', message });
    }
    if (!formats.some(({ value }) => value === given('format'))) {
      const message = `A mail is sent as text or HTML; "${given('format')}" is not known here.`;
      found.push({ path: '/format', message });
    }
    if (/[^0]/.test(given('html_template_id'))) {
      found.push({ path: '/html_template_id', message: 'There are no templates for mails here.' });
    }
    return found;
  },
  async run(params, tools) {
    const mail = await renderMail(params, tools);
    tools.say(`>>> Sending email:\n${shown(mail)}`);
    if (tools.mode === 'simulate' && !flagOf(params.run_in_simulator)) {
      tools.say('>>> NOTE: this email is not set to be sent in the simulator; nothing was sent');
      return 'skipped';
    }
    const { messageId, from, recipients, refused } = await tools.mail(mail);
    tools.say(`>>> Sent from ${from} to ${recipients - refused.length} of ${recipients} as ${messageId}`);
    if (refused.length > 0) tools.say(`[ERROR] The mail server did not take: ${refused.join(', ')}`);
    return 'done';
  },
};

type MailRequest = Parameters<ActionTools['mail']>[0];

async function renderMail(params: JsonObject, tools: ActionTools): Promise<MailRequest> {
  const render = (key: string) => tools.render(textOf(params[key]) ?? '');
  const from = (await render('from_address_id')).trim();
  const content = await render('content');
  const isHtml = textOf(params.format) === 'html';
  return {
    from: from === '0' ? '' : from,
    sendAs: (await render('send_as')).trim(),
    to: await render('to'),
    cc: await render('cc'),
    bcc: await render('bcc'),
    subject: (await render('subject')).trim(),
    headers: parseHeaderLines(await render('headers')),
    text: isHtml ? textOfHtml(content) : content,
    html: isHtml ? content : null,
  };
}

function shown(mail: MailRequest): string {
  const lines = [
    ['From', [mail.sendAs, mail.from].filter(Boolean).join(' ')],
    ['To', mail.to],
    ['Cc', mail.cc],
    ['Bcc', mail.bcc],
    ['Subject', mail.subject],
    ...mail.headers,
  ];
  const head = lines.flatMap(([name, value]) => (value?.trim() ? [`${name}: ${value.trim()}`] : []));
  return [...head, '', mail.html ?? mail.text].join('\n');
}
