/** /api/v1/notice-addresses and /notices. Admin keys only. */
import { z } from 'zod';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import {
  changeAddress,
  createAddress,
  type AddressDeps as Deps,
  getAddress,
  repeatNotice,
  rotateSecret,
  testAddress,
} from './addresses.ts';
import type { Notice, NoticeAddress } from './notice.ts';
import { deleteAddress, listAddresses } from './store.ts';
import { listNotices } from './store-notices.ts';

const fields = z.strictObject({ name: z.string(), url: z.string(), kinds: z.array(z.string()) });
const changes = fields.partial().extend({ is_on: z.boolean().optional() });

export function noticesApi(deps: Deps): ApiRoute[] {
  const { db } = deps;
  return [
    apiRoute({
      method: 'GET',
      path: '/notice-addresses',
      summary: 'List addresses that are told what happens',
      access: 'admin',
      async handle({ query }) {
        const { items, next } = await listAddresses(db, readPaging(query));
        return { body: { items: items.map((address) => addressJson(address)), next } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/notice-addresses',
      summary: 'Have an address told what happens; its secret is told once',
      access: 'admin',
      body: fields,
      async handle({ body }) {
        const { address, secret } = await createAddress(deps, body);
        return { status: 201, body: { ...addressJson(address), secret } };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/notice-addresses/:id',
      summary: 'Read an address for notices',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        return { body: addressJson(await getAddress(db, id)) };
      },
    }),
    apiRoute({
      method: 'PATCH',
      path: '/notice-addresses/:id',
      summary: 'Change an address for notices, or start it again',
      access: 'admin',
      body: changes,
      async handle({ params: { id = '' }, body: { is_on: isOn, ...rest } }) {
        return { body: addressJson(await changeAddress(deps, id, { ...rest, isOn })) };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: '/notice-addresses/:id',
      summary: 'Delete an address for notices, and what waits for it',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        await getAddress(db, id);
        await deleteAddress(db, id);
        return { status: 204, body: undefined };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/notice-addresses/:id/secret',
      summary: 'Make another secret for an address; it is told once',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        const { address, secret } = await rotateSecret(deps, id);
        return { body: { ...addressJson(address), secret } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/notice-addresses/:id/test',
      summary: 'Send a notice of the kind test',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        return { status: 202, body: noticeJson(await testAddress(deps, id)) };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/notice-addresses/:id/notices',
      summary: 'List what an address was told, newest first',
      access: 'admin',
      async handle({ params: { id = '' }, query }) {
        const { limit } = readPaging(new URLSearchParams({ limit: query.get('limit') ?? '50' }));
        await getAddress(db, id);
        const after = query.get('after') || undefined;
        const rows = await listNotices(db, id, { limit: limit + 1, after });
        const items = rows.slice(0, limit);
        const next = rows.length > limit ? (items.at(-1)?.id ?? null) : null;
        return { body: { items: items.map(noticeJson), next } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/notices/:id/repeat',
      summary: 'Send an ended notice once more, under its id',
      access: 'admin',
      async handle({ params: { id = '' } }) {
        return { status: 202, body: noticeJson(await repeatNotice(deps, id)) };
      },
    }),
  ];
}

function addressJson(address: NoticeAddress): Record<string, unknown> {
  const { id, name, url, kinds, state, problem, lastSuccessAt, createdAt, updatedAt } = address;
  return {
    id,
    name,
    url,
    kinds,
    state,
    problem,
    secret: { set: true },
    last_success_at: iso(lastSuccessAt),
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  };
}

function noticeJson(notice: Notice): Record<string, unknown> {
  const { id, addressId, kind, state, tries, lastStatus, lastFault, deliveryId } = notice;
  return {
    id,
    address_id: addressId,
    kind,
    body: JSON.parse(notice.body),
    state,
    tries,
    next_at: iso(notice.nextAt),
    last_status: lastStatus,
    last_fault: lastFault,
    delivery_id: deliveryId,
    created_at: iso(notice.createdAt),
    ended_at: iso(notice.endedAt),
  };
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
