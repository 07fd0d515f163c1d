/** Setup » Groups. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { listGroups, listMembers } from './group-store.ts';
import { changeGroup, createGroup, type Deps, getGroup, removeGroup } from './groups.ts';
import { listWorkers } from './store.ts';
import { formText, workerOf } from './visit.ts';

/** Longest list shown. */
const mostGroups = 500;

export function groupPages(deps: Deps): PageRoute[] {
  return [
    { method: 'GET', path: '/setup/groups', access: 'admin', handle: () => listPage(deps, {}) },
    { method: 'POST', path: '/setup/groups', access: 'admin', handle: (visit) => create(deps, visit) },
    { method: 'GET', path: '/setup/groups/:id', access: 'admin', handle: (visit) => card(deps, visit, {}) },
    { method: 'POST', path: '/setup/groups/:id', access: 'admin', handle: (visit) => save(deps, visit) },
    {
      method: 'POST',
      path: '/setup/groups/:id/delete',
      access: 'admin',
      handle: (visit) => remove(deps, visit),
    },
  ];
}

interface Typed {
  name: string;
  memberIds: readonly string[];
}

async function create(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const typed = readForm(visit.form);
  try {
    const id = await createGroup(deps, workerOf(visit), typed);
    return { redirect: `/setup/groups/${id}`, notice: `The group ${typed.name} was made.` };
  } catch (error) {
    return { ...(await listPage(deps, { typed, error: refusal(error) })), status: 422 };
  }
}

async function save(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const typed = readForm(visit.form);
  try {
    await changeGroup(deps, workerOf(visit), idOf(visit), typed);
    return { redirect: `/setup/groups/${idOf(visit)}`, notice: 'The group was saved.' };
  } catch (error) {
    return { ...(await card(deps, visit, { typed, error: refusal(error) })), status: 422 };
  }
}

async function remove(deps: Deps, visit: Visit): Promise<PageAnswer> {
  try {
    const { name } = await removeGroup(deps, workerOf(visit), idOf(visit));
    return { redirect: '/setup/groups', notice: `The group ${name} was deleted.` };
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'in_use') throw error;
    return { ...(await card(deps, visit, { inUse: error.message })), status: 409 };
  }
}

async function listPage(deps: Deps, shown: { typed?: Typed; error?: string }) {
  const groups = await listGroups(deps.db, { limit: mostGroups });
  const members = await listMembers(
    deps.db,
    groups.map(({ id }) => id),
  );
  return {
    view: 'people/groups',
    model: {
      title: 'Groups',
      groups: groups.map((group) => ({
        ...group,
        members: members.filter(({ groupId }) => groupId === group.id).map(({ name }) => name),
      })),
      name: shown.typed?.name ?? '',
      error: shown.error,
      workers: await choices(deps, shown.typed?.memberIds ?? []),
    },
  };
}

async function card(deps: Deps, visit: Visit, shown: { typed?: Typed; error?: string; inUse?: string }) {
  const group = await getGroup(deps.db, idOf(visit));
  return {
    view: 'people/group',
    model: {
      title: group.name,
      group,
      name: shown.typed?.name ?? group.name,
      error: shown.error,
      inUse: shown.inUse,
      owned: await deps.ownedBy(deps.db, { context: 'group', id: group.id }),
      workers: await choices(deps, shown.typed?.memberIds ?? group.members.map(({ id }) => id)),
    },
  };
}

/** Every worker as a tick box; those who are disabled only where they are members. */
async function choices(deps: Deps, memberIds: readonly string[]) {
  const workers = await listWorkers(deps.db);
  return workers
    .filter(({ id, isDisabled }) => !isDisabled || memberIds.includes(id))
    .map(({ id, name, email }) => ({ id, label: `${name} (${email})`, checked: memberIds.includes(id) }));
}

function readForm(form: FormData): Typed {
  const memberIds = form.getAll('members').filter((value) => typeof value === 'string');
  return { name: formText(form, 'name').trim(), memberIds };
}

function refusal(error: unknown): string {
  if (error instanceof HubError && error.code === 'bad_request') return error.message;
  throw error;
}

function idOf(visit: Visit): string {
  return visit.params.id ?? '';
}
