/** Setup > Webhook Listeners: the list, the card, another address or secret, trying, deleting. */
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import type { Deps } from './api.ts';
import { getListener, rotateGuid, rotateSecret } from './listeners.ts';
import { behaviorOf, cardPage } from './pages-card.ts';
import { formPages } from './pages-form.ts';
import { deleteListener, listListeners } from './store.ts';
import { tryListener } from './try-listener.ts';
import type { ListenerRecord } from './webhook-listener.ts';

export function webhooksPages(deps: Deps): PageRoute[] {
  const idOf = (visit: Visit) => visit.params.id ?? '';
  const page = (path: string, handle: PageRoute['handle']): PageRoute => ({
    method: 'GET',
    path: `/webhook-listeners${path}`,
    access: 'admin',
    handle,
  });
  const press = (path: string, handle: PageRoute['handle']): PageRoute => ({
    ...page(path, handle),
    method: 'POST',
  });
  return [
    page('', (visit) => listPage(deps, visit)),
    ...formPages(deps),
    page('/:id', async (visit) => cardPage(deps, await getListener(deps.db, idOf(visit)))),
    press('/:id/guid', async (visit) => {
      const { id } = await rotateGuid(deps, idOf(visit));
      const notice = 'The listener has another address. Enter it at the remote service.';
      return { redirect: `/webhook-listeners/${id}`, notice };
    }),
    press('/:id/secret', async (visit) => {
      const { listener, madeSecret } = await rotateSecret(deps, idOf(visit));
      return cardPage(deps, listener, madeSecret);
    }),
    page('/:id/test', async (visit) => testPage(await getListener(deps.db, idOf(visit)), sample)),
    press('/:id/test', (visit) => runTest(deps, visit)),
    press('/:id/delete', async (visit) => {
      const { id, name } = await getListener(deps.db, idOf(visit));
      await deleteListener(deps.db, id);
      return { redirect: '/webhook-listeners', notice: `The webhook listener ${name} was deleted.` };
    }),
  ];
}

async function listPage(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const { items, next } = await listListeners(deps.db, readPaging(visit.query));
  const listeners = await Promise.all(
    items.map(async (listener) => ({ ...listener, behavior: await behaviorOf(deps, listener) })),
  );
  const following = next === null ? null : `/webhook-listeners?after=${next}`;
  return {
    view: 'webhooks/listeners',
    model: { title: 'Webhook Listeners', listeners, next: following },
  };
}

interface Typed {
  method: string;
  query: string;
  headers: string;
  body: string;
}

const sample: Typed = { method: 'POST', query: '', headers: 'Content-Type: application/json', body: '{}' };

async function runTest(deps: Deps, { params, form, worker }: Visit): Promise<PageAnswer> {
  const listener = await getListener(deps.db, params.id ?? '');
  const text = (name: string) => String(form.get(name) ?? '');
  const typed = {
    method: text('method'),
    query: text('query'),
    headers: text('headers'),
    body: text('body'),
  };
  const lines = typed.headers.split(/\r?\n/).filter((line) => line.includes(':'));
  const headers = Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
  const trial = { ...typed, headers, body: typed.body.replaceAll('\r\n', '\n') };
  // The route is for admins, so there is a worker.
  const actor = worker as WorkerActor;
  const { answer, run } = await tryListener(deps, { actor, listenerId: listener.id, trial });
  return testPage(listener, typed, {
    ...answer,
    headers: (answer.headers ?? []).map(([name, value]) => `${name}: ${value}`).join('\n'),
    error: run.error?.message,
    transcript: run.transcript.map(({ title, text: told }) => ({ title, text: told })),
  });
}

function testPage(listener: ListenerRecord, typed: Typed, result?: object): PageAnswer {
  const methods = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'];
  return {
    view: 'webhooks/test',
    model: {
      title: `Test: ${listener.name}`,
      listener,
      typed,
      result,
      methods: methods.map((value) => ({ value, label: value, selected: value === typed.method })),
    },
  };
}
