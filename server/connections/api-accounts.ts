/** /api/v1/connected-accounts: keeping accounts, and their credentials. */
import { z } from 'zod';
import { type ApiCall, type ApiRoute, apiRoute } from '../http/route.ts';
import { readPaging } from '../paging.ts';
import { isAdmin, ownerContexts } from '../people/actor.ts';
import { type ConnectedAccount, statusAt } from './account.ts';
import { type AccountChangeDeps, changeAccount, createAccount, removeAccount } from './account-changes.ts';
import { getVisibleAccount, type Owners } from './accounts.ts';
import { isoTime } from './api-services.ts';
import { type CredentialDeps, putCredentials, testJson } from './credentials.ts';
import type { Dependents } from './dependents.ts';
import { acceptIdentity, testAccount } from './health.ts';
import { createLinkAddress, type LinkDeps } from './link.ts';
import { listAccounts } from './store-accounts.ts';
import { unlinkAccount } from './unlink.ts';

export interface AccountApiDeps extends AccountChangeDeps, CredentialDeps, LinkDeps {
  owners: Owners;
  dependents: Dependents;
  eraseDeliveriesOf(db: AccountChangeDeps['db'], accountId: string): Promise<void>;
}

const owner = z.strictObject({
  context: z.string(),
  id: z.union([z.string(), z.number()]).transform(String),
});
const newAccount = z.strictObject({
  name: z.string(),
  uri: z.string().nullish(),
  service_id: z.string(),
  owner: owner.optional(),
});
const accountChanges = newAccount.omit({ service_id: true }).partial();
const credentials = z.record(z.string(), z.string());

export function accountApi(deps: AccountApiDeps): ApiRoute[] {
  const idOf = (call: Pick<ApiCall, 'params'>) => call.params.id ?? '';
  const accountJson = (account: ConnectedAccount) => writeAccount(deps, account);
  return [
    apiRoute({
      method: 'GET',
      path: '/connected-accounts',
      summary: 'List connected accounts; a key without admin rights sees those given to it',
      access: 'key',
      async handle({ query, actor }) {
        const ids = actor.kind === 'api_key' ? actor.accountIds : [];
        const page = await listAccounts(deps.db, isAdmin(actor) ? 'all' : { ids }, readPaging(query));
        return { body: { items: await Promise.all(page.items.map(accountJson)), next: page.next } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/connected-accounts',
      summary: 'Create a connected account',
      access: 'admin',
      body: newAccount,
      async handle({ body, actor }) {
        return { status: 201, body: await accountJson(await createAccount(deps, actor, fieldsOf(body))) };
      },
    }),
    apiRoute({
      method: 'GET',
      path: '/connected-accounts/:id',
      summary: 'Read the status of a connected account',
      access: 'key',
      async handle(call) {
        return { body: await accountJson(await getVisibleAccount(deps.db, call.actor, idOf(call))) };
      },
    }),
    apiRoute({
      method: 'PATCH',
      path: '/connected-accounts/:id',
      summary: 'Change name, uri or owner of a connected account',
      access: 'admin',
      body: accountChanges,
      async handle(call) {
        const changed = await changeAccount(deps, call.actor, idOf(call), fieldsOf(call.body));
        return { body: await accountJson(changed) };
      },
    }),
    apiRoute({
      method: 'DELETE',
      path: '/connected-accounts/:id',
      summary: 'Delete a connected account; ?with=dependents deletes what uses it',
      access: 'admin',
      async handle(call) {
        const withDependents = call.query.get('with') === 'dependents';
        await removeAccount(deps, call.actor, idOf(call), { withDependents });
        return { status: 204, body: undefined };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/connected-accounts/:id/link',
      summary: 'Give out an address at which the account can be linked within 10 minutes',
      access: 'admin',
      body: z.strictObject({ replace: z.boolean().optional() }),
      async handle(call) {
        const input = { account: idOf(call), replace: call.body.replace ?? false };
        const { url, expiresAt } = await createLinkAddress(deps, call.actor, input);
        return { status: 201, body: { url, expires_at: isoTime(expiresAt) } };
      },
    }),
    apiRoute({
      method: 'PUT',
      path: '/connected-accounts/:id/credentials',
      summary:
        "Store credentials by the names of the provider's fields, after trying them; ?force=1 stores them all the same",
      access: 'admin',
      body: credentials,
      async handle(call) {
        const force = call.query.get('force') === '1';
        const input = { account: idOf(call), credentials: call.body, force };
        const { account, test } = await putCredentials(deps, call.actor, input);
        return { body: { status: statusAt(account, deps.now()), test: testJson(test) } };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/connected-accounts/:id/test',
      summary: 'Ask the remote service who the account is',
      access: 'admin',
      async handle(call) {
        return { body: testJson(await testAccount(deps, call.actor, idOf(call))) };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/connected-accounts/:id/unlink',
      summary:
        "Forget the account's tokens, and have the remote service end them where it has an address for that",
      access: 'admin',
      async handle(call) {
        return { body: testJson(await unlinkAccount(deps, call.actor, idOf(call))) };
      },
    }),
    apiRoute({
      method: 'POST',
      path: '/connected-accounts/:id/accept-identity',
      summary: 'Agree that the account is the other one that it answers as now',
      access: 'admin',
      body: z.strictObject({ id: z.string() }),
      async handle(call) {
        const input = { account: idOf(call), id: call.body.id };
        return { body: await accountJson(await acceptIdentity(deps, call.actor, input)) };
      },
    }),
  ];
}

/** The API's owner object as the fields of packages. */
function fieldsOf({ owner: given, ...fields }: { owner?: z.output<typeof owner> | undefined }) {
  return given === undefined ? fields : { ...fields, owner__context: given.context, owner_id: given.id };
}

async function writeAccount(deps: AccountApiDeps, account: ConnectedAccount) {
  const { context, id } = account.owner;
  return {
    id: account.id,
    uri: account.uri,
    name: account.name,
    service_id: account.serviceId,
    owner: { context: ownerContexts[context], id, label: await deps.owners.label(account.owner) },
    status: statusAt(account, deps.now()),
    identity: account.identity,
    access_level: account.accessLevel,
    linked_at: isoTime(account.linkedAt),
    expires_at: isoTime(account.expiresAt),
    last_error: account.lastError,
    extra: account.extra,
    life: lifeJson(account),
  };
}

/** What is known of the credentials' life beside their end. */
function lifeJson({ life }: ConnectedAccount) {
  return {
    consent_ends_at: isoTime(life.consentEndsAt),
    renews_at: isoTime(life.renewAt),
    renewed_at: isoTime(life.renewedAt),
    checked_at: isoTime(life.checkedAt),
    found_identity: life.found,
  };
}
