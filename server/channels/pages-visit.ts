/** What the pages of channels share: who visits, and the faults that a form shows. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import type { ChannelOverview } from './overview.ts';
import { badgesOf } from './pages-words.ts';

/** A page for workers. */
export function worker(
  method: PageRoute['method'],
  path: string,
  handle: (visit: Visit, me: WorkerActor) => Promise<PageAnswer>,
): PageRoute {
  return {
    method,
    path,
    access: 'worker',
    handle: async (visit) => {
      if (!visit.worker) throw new HubError('unauthorized');
      return handle(visit, visit.worker);
    },
  };
}

export function idOf(visit: Visit): string {
  return visit.params.id ?? '';
}

/** A form's text; files and absent fields read as ''. */
export function formText(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}

export interface Failure {
  message: string;
  status: number;
  /** Message of a fault, by its path. */
  faults: Readonly<Record<string, string>>;
}

/** What a form can show of a refusal; other errors are pages of their own. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof HubError) || error.code === 'not_found' || error.status >= 500) throw error;
  const { faults } = error.extra;
  // Verbs of this feature put nothing else under this name.
  const list = (faults ?? []) as { path: string; message: string }[];
  return {
    message: error.message,
    status: error.status,
    faults: Object.fromEntries(list.map(({ path, message }) => [path, message])),
  };
}

/** What stands above every page of a channel. */
export function headOf(
  { channel, type, bot, notices }: ChannelOverview,
  tab: string,
): Record<string, unknown> {
  const href = `/channels/${channel.id}`;
  const tabs = [
    { href, text: 'Configurations' },
    { href: `${href}/set-up`, text: 'Set-up list' },
    { href: `${href}/test`, text: 'Test' },
    { href: `${href}/requests`, text: 'Requests' },
  ];
  return {
    title: `${type.title} Channel`,
    bot: { id: bot.id, name: bot.name },
    channel: { id: channel.id, name: channel.name, isEnabled: channel.isEnabled, badges: badgesOf(channel) },
    tabs: tabs.map((one) => ({ ...one, isCurrent: one.text === tab })),
    notices,
  };
}
