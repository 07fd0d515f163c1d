/** The edit page of an account: its fields, the Link button, what was approved, pasted tokens, test, unlink. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import type { Remark } from '../packages/record-type.ts';
import { isAdmin } from '../people/actor.ts';
import { accessLevelWords, type ConnectedAccount, identityName, tellApart } from './account.ts';
import { getUsableAccount, getVisibleAccount, whyNotUsable } from './accounts.ts';
import { putCredentials, type TestResult } from './credentials.ts';
import { faultAt, fieldModels, formText, readParams } from './form.ts';
import { acceptIdentity, testAccount } from './health.ts';
import { beginLink, consentOrigin, showsPin } from './link.ts';
import { findWaitingPin } from './link-pin.ts';
import { discardApproval, findApproval, saveAccount } from './link-save.ts';
import { type AccountPageDeps, accountModel, ownerFields, ownerOptions, worker } from './pages-accounts.ts';
import { linkRefusal, onwardAnswer } from './pages-link.ts';
import { formFaults, idOf } from './pages-visit.ts';
import { accountFieldsOf, asksForNothing, guideOf } from './service.ts';
import { openServiceOf } from './services.ts';
import { unlinkAccount } from './unlink.ts';

export function accountEditPages(deps: AccountPageDeps): PageRoute[] {
  const base = '/connected-accounts/:id';
  return [
    worker('GET', `${base}/edit`, (visit, me) => edit(deps, visit, me)),
    worker('POST', `${base}/edit`, (visit, me) => save(deps, visit, me)),
    worker('POST', `${base}/link`, (visit, me) => link(deps, visit, me)),
    worker('POST', `${base}/discard`, async (visit, me) => {
      const account = await getUsableAccount(deps, me, idOf(visit));
      const flowId = formText(visit.form, 'flow');
      const holder = { worker: me, browserHash: visit.browserHash };
      await discardApproval(deps, holder, { accountId: account.id, flowId });
      return { redirect: editPath(account), notice: 'The approval was discarded. Nothing was changed.' };
    }),
    worker('POST', `${base}/test`, (visit, me) =>
      showing(deps, visit, me, async () => ({ test: await testAccount(deps, me, idOf(visit)) })),
    ),
    worker('POST', `${base}/credentials`, (visit, me) => paste(deps, visit, me)),
    worker('POST', `${base}/identity`, async (visit, me) => {
      const id = formText(visit.form, 'found');
      const { identity } = await acceptIdentity(deps, me, { account: idOf(visit), id });
      const notice = `The account is ${identityName(identity)} from now on.`;
      return { redirect: `/connected-accounts/${idOf(visit)}`, notice };
    }),
    worker('POST', `${base}/unlink`, async (visit, me) => {
      const { message } = await unlinkAccount(deps, me, idOf(visit));
      return { redirect: `/connected-accounts/${idOf(visit)}/edit`, notice: message };
    }),
  ];
}

/** What a form of the page led to, to be shown on it. */
interface Shown {
  test?: TestResult;
  failure?: { message: string; status: number; faults: readonly Remark[] };
  /** A refused host that an admin may allow with one press. */
  refusedHost?: { host: string; serviceId: string };
  typed?: { name: string; uri: string; owner: string };
}

async function edit(
  deps: AccountPageDeps,
  visit: Visit,
  me: WorkerActor,
  shown: Shown = {},
): Promise<PageAnswer> {
  const account = await getVisibleAccount(deps.db, me, idOf(visit));
  const opened = await openServiceOf(deps, account.serviceId);
  const holder = { worker: me, browserHash: visit.browserHash };
  const { approval, isUnknown } = await findApproval(deps, account, holder);
  const reason = await whyNotUsable(deps.owners, me, account);
  const origin = consentOrigin(deps, opened);
  const faults = shown.failure?.faults ?? [];
  const ownerValue = `${account.owner.context}:${account.owner.id}`;
  return {
    view: 'connections/account-edit',
    ...(shown.failure && { status: shown.failure.status }),
    ...(origin !== undefined && reason === undefined && { formActions: [origin] }),
    model: {
      title: `Edit ${account.name}`,
      account: await accountModel(deps, account),
      service: { id: opened.service.id, name: opened.service.name },
      name: shown.typed?.name ?? account.name,
      uri: shown.typed?.uri ?? account.uri ?? '',
      owners: isAdmin(me) ? await ownerOptions(deps, me, shown.typed?.owner ?? ownerValue) : null,
      isAdmin: isAdmin(me),
      reason: reason ?? null,
      isLinkable: origin !== undefined,
      showsPin: showsPin(opened),
      isPushed: isAdmin(me) && opened.provider.push?.isPushed(opened.params) === true,
      pinFlowId: (await findWaitingPin(deps, account, opened, holder))?.id ?? null,
      isUnknown,
      approval: approval && {
        flowId: approval.flowId,
        as: identityName(approval.identity) ?? 'an account without a name',
        access: accessLevelWords(approval.accessLevel),
        mayOnlyRead: approval.accessLevel === 'read',
        change: approval.isOtherIdentity ? tellApart(account.identity, approval.identity) : null,
        expiresAt: approval.expiresAt,
      },
      credentialFields: fieldModels(accountFieldsOf(opened), {}, faults),
      asksForNothing: asksForNothing(opened),
      guide: guideOf(opened.params),
      test: shown.test && {
        kind: shown.test.ok ? (shown.test.isTested ? 'ok' : 'info') : 'bad',
        ...shown.test,
      },
      failure: shown.failure?.message ?? null,
      refusedHost: isAdmin(me) ? (shown.refusedHost ?? null) : null,
      errors: {
        name: faultAt(faults, '/name'),
        uri: faultAt(faults, '/uri'),
        owner: faultAt(faults, '/owner_id'),
        replace: faultAt(faults, '/replace_identity'),
      },
    },
  };
}

async function save(deps: AccountPageDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const text = (name: string) => formText(visit.form, name);
  const typed = { name: text('name'), uri: text('uri'), owner: text('owner') };
  try {
    const saved = await saveAccount(
      deps,
      { worker: me, browserHash: visit.browserHash },
      {
        account: idOf(visit),
        fields: { name: typed.name, uri: typed.uri, ...ownerFields(typed.owner) },
        flowId: text('flow') || undefined,
        replacesIdentity: text('replace_identity') !== '',
      },
    );
    const who = identityName(saved.identity);
    const isLinkedNow = text('flow') !== '' && who !== null;
    const notice = isLinkedNow ? `Linked as ${who}. The changes were saved.` : 'The changes were saved.';
    return { redirect: `/connected-accounts/${saved.id}`, notice };
  } catch (error) {
    return edit(deps, visit, me, { failure: formFaults(error), typed });
  }
}

async function link(deps: AccountPageDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  try {
    const input = { worker: me, browserHash: visit.browserHash, account: idOf(visit) };
    return onwardAnswer(await beginLink(deps, input));
  } catch (error) {
    return linkRefusal(error, `/connected-accounts/${idOf(visit)}/edit`);
  }
}

async function paste(deps: AccountPageDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const account = await getUsableAccount(deps, me, idOf(visit));
  const fields = accountFieldsOf(await openServiceOf(deps, account.serviceId));
  const sent = Object.entries(readParams(visit.form, fields));
  const credentials = Object.fromEntries(
    sent.map(([key, value]) => [key, typeof value === 'string' ? value : '']),
  );
  const force = formText(visit.form, 'force') !== '';
  return showing(deps, visit, me, async () => ({
    test: (await putCredentials(deps, me, { account: account.id, credentials, force })).test,
  }));
}

/** Runs what a button asks for and shows the page again with what came of it. */
async function showing(
  deps: AccountPageDeps,
  visit: Visit,
  me: WorkerActor,
  work: () => Promise<Shown>,
): Promise<PageAnswer> {
  try {
    return await edit(deps, visit, me, await work());
  } catch (error) {
    if (error instanceof HubError && error.code === 'host_not_allowed') {
      const account = await getVisibleAccount(deps.db, me, idOf(visit));
      const host = typeof error.extra.host === 'string' ? error.extra.host : '';
      const failure = { message: error.message, status: error.status, faults: [] };
      return edit(deps, visit, me, { failure, refusedHost: { host, serviceId: account.serviceId } });
    }
    return edit(deps, visit, me, { failure: formFaults(error) });
  }
}

function editPath(account: ConnectedAccount): string {
  return `/connected-accounts/${account.id}/edit`;
}
