/** POST /packages/export and /packages/convert: packages made of records, and of what other products describe. */
import { z } from 'zod';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { convertToPackage } from './convert.ts';
import { exportPackage } from './export.ts';
import type { ImportDeps } from './import.ts';

const exportBody = z.strictObject({
  name: z.string(),
  revision: z.number().int().min(1).default(1),
  records: z.array(z.strictObject({ context: z.string(), id: z.string() })),
});

const convertBody = z.strictObject({
  text: z.string(),
  format: z.string().optional(),
  name: z.string().optional(),
});

export function exportApi(deps: Pick<ImportDeps, 'db' | 'recordTypes'>): ApiRoute[] {
  return [
    apiRoute({
      method: 'POST',
      path: '/packages/export',
      summary: 'Make a package of services, accounts and bots; secrets become prompts',
      access: 'admin',
      body: exportBody,
      handle: async ({ body, actor }) => ({ body: { ...(await exportPackage(deps, { ...body, actor })) } }),
    }),
    apiRoute({
      method: 'POST',
      path: '/packages/convert',
      summary: "Turn another product's description into a package; nothing is stored",
      access: 'admin',
      body: convertBody,
      async handle({ body: { text, format, name } }) {
        const asked = { text, ...(format !== undefined && { format }), ...(name !== undefined && { name }) };
        return { body: { ...convertToPackage(asked) } };
      },
    }),
  ];
}
