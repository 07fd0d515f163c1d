/** Setup > Chat Portals: the list, the card with the snippet, the form. */
import { listSeenBots } from '../bots/bots.ts';
import { choices, type FieldErrors, formText, refusalOf, workerOf } from '../bots/form.ts';
import { findBot } from '../bots/store.ts';
import type { Config } from '../config.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { addressOf, type PortalRecord, snippetOf } from './portal.ts';
import {
  changePortal,
  createPortal,
  getPortal,
  type Deps as PortalDeps,
  type PortalForm,
  removePortalOf,
} from './portals.ts';
import { listPortals } from './store-portals.ts';
import { openPortal } from './visitors.ts';

export interface Deps extends PortalDeps {
  config: Pick<Config, 'url'>;
}

const fields = ['name', 'bot', 'interaction', 'sites'];
const list = '/setup/portals';

export function portalPages(deps: Deps): PageRoute[] {
  const found = (visit: Visit) => getPortal(deps.db, visit.params.id ?? '');
  const all = async (): Promise<PageAnswer> => {
    const portals = await listPortals(deps.db);
    const rows = await Promise.all(
      portals.map(async (portal) => ({ ...portal, bot: await botOf(deps, portal) })),
    );
    return { view: 'chats/portals', model: { title: 'Chat Portals', portals: rows } };
  };
  const card = async (visit: Visit): Promise<PageAnswer> => {
    const portal = await found(visit);
    const { origin } = deps.config.url;
    const opened = portal.isEnabled ? await openPortal(deps.db, portal.token) : undefined;
    return {
      view: 'chats/portal',
      model: {
        title: portal.name,
        portal,
        bot: await botOf(deps, portal),
        address: addressOf(origin, portal),
        snippet: snippetOf(origin, portal),
        hasNoBehavior: opened !== undefined && opened.behavior === undefined,
      },
    };
  };
  const form = async (
    visit: Visit,
    typed: PortalForm,
    errors: FieldErrors,
    portal: PortalRecord | undefined,
  ): Promise<PageAnswer> => {
    const bots = await listSeenBots(deps.db, workerOf(visit), { limit: 500 });
    const options = [
      { value: '', label: 'Choose a bot' },
      ...bots.map(({ id, name }) => ({ value: id, label: name })),
    ];
    return {
      view: 'chats/portal-form',
      status: Object.keys(errors).length > 0 ? 400 : 200,
      model: {
        title: portal ? `Edit ${portal.name}` : 'New chat portal',
        portal: portal ?? null,
        form: typed,
        errors,
        fault: errors[''] ?? null,
        bots: choices(options, typed.bot),
      },
    };
  };
  const create = async (visit: Visit): Promise<PageAnswer> => {
    const typed = readForm(visit.form);
    try {
      const id = await createPortal(deps, workerOf(visit), typed);
      return { redirect: `${list}/${id}`, notice: `The chat portal '${typed.name}' was made.` };
    } catch (error) {
      return form(visit, typed, refusalOf(error, fields), undefined);
    }
  };
  const save = async (visit: Visit): Promise<PageAnswer> => {
    const portal = await found(visit);
    const typed = readForm(visit.form);
    try {
      await changePortal(deps, workerOf(visit), portal.id, typed);
      return { redirect: `${list}/${portal.id}`, notice: 'The changes were saved.' };
    } catch (error) {
      return form(visit, typed, refusalOf(error, fields), portal);
    }
  };
  const remove = async (visit: Visit): Promise<PageAnswer> => {
    const { name } = await removePortalOf(deps, visit.params.id ?? '');
    return { redirect: list, notice: `The chat portal '${name}' was deleted.` };
  };
  const route = (method: 'GET' | 'POST', path: string, handle: PageRoute['handle']): PageRoute => ({
    method,
    path: list + path,
    access: 'admin',
    handle,
  });
  const blank = (visit: Visit) =>
    form(visit, { ...nothing, bot: visit.query.get('bot') ?? '' }, {}, undefined);
  return [
    route('GET', '', all),
    route('GET', '/new', blank),
    route('POST', '/new', create),
    route('GET', '/:id', card),
    route('GET', '/:id/edit', async (visit) => {
      const portal = await found(visit);
      return form(visit, filled(portal), {}, portal);
    }),
    route('POST', '/:id/edit', save),
    route('POST', '/:id/delete', remove),
  ];
}

const nothing: PortalForm = { name: '', bot: '', interaction: '', sites: '', isEnabled: false };

function filled({ name, botId, interaction, sites, isEnabled }: PortalRecord): PortalForm {
  return { name, bot: botId, interaction, sites: sites.join('\n'), isEnabled };
}

function readForm(form: FormData): PortalForm {
  return {
    name: formText(form, 'name').trim(),
    bot: formText(form, 'bot'),
    interaction: formText(form, 'interaction'),
    sites: formText(form, 'sites'),
    isEnabled: formText(form, 'is_enabled') === 'yes',
  };
}

async function botOf({ db }: Deps, { botId }: PortalRecord): Promise<{ id: string; name: string } | null> {
  const bot = await findBot(db, botId);
  return bot ? { id: bot.id, name: bot.name } : null;
}
