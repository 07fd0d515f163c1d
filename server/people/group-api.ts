/** /api/v1/groups. Admin keys only. */
import { z } from 'zod';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { pageOf, readPaging } from '../paging.ts';
import { type GroupWithMembers, listGroups, listMembers } from './group-store.ts';
import { changeGroup, createGroup, type Deps, getGroup, removeGroup } from './groups.ts';

const newGroup = z.strictObject({ name: z.string(), members: z.array(z.string()).default([]) });
const groupChanges = z.strictObject({ name: z.string().optional(), members: z.array(z.string()).optional() });

export function groupApi(deps: Deps): ApiRoute[] {
  const { db } = deps;
  return [
    apiRoute({
      method: 'GET',
      path: '/groups',
      summary: 'List groups of workers',
      access: 'admin',
      async handle({ query }) {
        const { limit, after } = readPaging(query);
        const rows = await listGroups(db, { limit: limit + 1, ...(after && { after }) });
        const { items, next } = pageOf(rows, limit);
        const members = await listMembers(
          db,
          items.map(({ id }) => id),
        );
        const shown = items.map((group) =>
          groupJson({ ...group, members: members.filter(({ groupId }) => groupId === group.id) }),
        );
        return { body: { items: shown, next } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/groups',
      summary: 'Make a group; members are ids of workers',
      access: 'admin',
      body: newGroup,
      async handle({ body: { name, members }, actor }) {
        const id = await createGroup(deps, actor, { name, memberIds: members });
        return { status: 201, body: groupJson(await getGroup(db, id)) };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/groups/:id',
      summary: 'Read a group',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        return { body: groupJson(await getGroup(db, id)) };
      },
    }),
    apiRoute({
      method: 'PATCH',
      path: '/groups/:id',
      summary: 'Rename a group, or replace its members',
      access: 'admin',
      body: groupChanges,
      async handle({ params: { id = '' }, body: { name, members }, actor }) {
        await changeGroup(deps, actor, id, { name, memberIds: members });
        return { body: groupJson(await getGroup(db, id)) };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: '/groups/:id',
      summary: 'Delete a group that owns nothing',
      access: 'admin',
      async handle({ params: { id = '' }, actor }) {
        await removeGroup(deps, actor, id);
        return { status: 204, body: undefined };
      },
    }),
  ];
}

function groupJson({ id, name, members, createdAt }: GroupWithMembers) {
  return {
    id,
    name,
    members: members.map((member) => ({ id: member.id, label: member.name })),
    created_at: new Date(createdAt).toISOString(),
  };
}
