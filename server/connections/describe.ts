/** Services and accounts in the shape in which packages write them, secrets left out. Pure. */
import { writeJson } from '../json.ts';
import type { RecordDescription } from '../packages/record-type.ts';
import { ownerContexts } from '../people/actor.ts';
import { hashSecret } from '../people/secret-hash.ts';
import type { AccountDraft } from './account.ts';
import { escapePointer } from './reading.ts';
import { ownHostsOf, type Providers, type ServiceDraft, secretKeys, serviceContext } from './service.ts';

/** `params` of the draft hold their secrets. Allowed hosts are named where they are others than the service's own. */
export function describeService(draft: ServiceDraft, providers: Providers): RecordDescription {
  const provider = providers.get(draft.extensionId);
  const hidden = provider ? secretKeys(provider) : new Set(Object.keys(draft.params));
  const params = Object.entries(draft.params);
  const shown = params.filter(([key]) => !hidden.has(key));
  const ownHosts = provider ? ownHostsOf(provider, draft.params) : [];
  const hasOwnHosts = writeJson([...ownHosts].sort()) === writeJson([...draft.allowedHosts].sort());
  return {
    label: draft.name,
    fields: {
      name: draft.name,
      ...(draft.uri === null ? {} : { uri: draft.uri }),
      extension_id: draft.extensionId,
      params: {
        ...Object.fromEntries(shown),
        ...(hasOwnHosts ? {} : { allowed_hosts: draft.allowedHosts }),
      },
    },
    secrets: params.flatMap(([key, value]) => {
      if (!hidden.has(key)) return [];
      const label = provider?.serviceFields.find((field) => field.key === key)?.label ?? key;
      return secret(key, label, writeJson(value));
    }),
    references: [],
  };
}

/** Of the credentials nothing is told but which there are. */
export function describeAccount(draft: AccountDraft, providers: Providers): RecordDescription {
  const fields = [...providers.values()].flatMap(({ accountFields }) => accountFields);
  return {
    label: draft.name,
    fields: {
      name: draft.name,
      ...(draft.uri === null ? {} : { uri: draft.uri }),
      service_id: draft.serviceId,
      owner__context: ownerContexts[draft.owner.context],
      owner_id: draft.owner.id,
    },
    secrets: Object.entries(draft.credentials).map(([key, value]) =>
      secret(key, fields.find((field) => field.key === key)?.label ?? key, value),
    ),
    references: [{ path: '/service_id', context: serviceContext, id: draft.serviceId }],
  };
}

function secret(key: string, label: string, value: string): RecordDescription['secrets'][number] {
  return { path: `/params/${escapePointer(key)}`, label, mark: hashSecret(value) };
}
