/** /api/v1/connected-services/:id/keys. Admin keys only; private keys go in and never come out. */
import { z } from 'zod';
import { HubError } from '../errors.ts';
import { type ApiRoute, apiRoute } from '../http/route.ts';
import { isoTime } from './api-services.ts';
import { keySizes, stateOf } from './service-key.ts';
import {
  activateKeyOfService,
  type KeyAmong,
  listKeysOfService,
  makeServiceKey,
  pasteServiceKey,
  retireKeyOfService,
  type ServiceKeyDeps,
} from './service-keys.ts';

const newKey = z.strictObject({ bits: z.literal(keySizes).optional(), private_key: z.string().optional() });

export function serviceKeyApi(deps: ServiceKeyDeps): ApiRoute[] {
  const base = '/connected-services/:id/keys';
  return [
    apiRoute({
      method: 'GET',
      path: base,
      summary: 'List the RSA keys of a connected service; public halves only',
      access: 'admin',
      async handle({ params: { id = '' }, actor }) {
        const keys = await listKeysOfService(deps, actor, id);
        return { body: { items: keys.map((key) => keyJson({ key, keys })), next: null } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: base,
      summary: 'Make an RSA key of this many bits, or take a private key; the first signs at once',
      access: 'admin',
      body: newKey,
      async handle({ params: { id: service = '' }, body, actor }) {
        const { bits, private_key: privateKey } = body;
        if (bits !== undefined && privateKey !== undefined) {
          throw new HubError('bad_request', "Give 'bits' or 'private_key', not both.");
        }
        const made =
          privateKey === undefined
            ? await makeServiceKey(deps, actor, { service, bits: bits ?? keySizes[0] })
            : await pasteServiceKey(deps, actor, { service, privateKey });
        return { status: 201, body: keyJson(made) };
      },
    }),
    apiRoute({
      method: 'POST',
      path: `${base}/:key/activate`,
      summary: 'Sign with this key from now on; the other one stays until it is retired',
      access: 'admin',
      async handle({ params: { id: service = '', key = '' }, actor }) {
        return { body: keyJson(await activateKeyOfService(deps, actor, { service, key })) };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: `${base}/:key`,
      summary: 'Retire a key that does not sign: it is deleted for good',
      access: 'admin',
      async handle({ params: { id: service = '', key = '' }, actor }) {
        await retireKeyOfService(deps, actor, { service, key });
        return { status: 204, body: undefined };
      },
    }),
  ];
}

function keyJson({ key, keys }: KeyAmong) {
  return {
    id: key.id,
    state: stateOf(key, keys),
    bits: key.bits,
    is_pasted: key.isPasted,
    fingerprint: key.fingerprint,
    public_key: key.publicKey,
    certificate: key.certificate,
    created_at: isoTime(key.createdAt),
    activated_at: isoTime(key.activatedAt),
  };
}
