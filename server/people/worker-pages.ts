/** Setup » Workers. */
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { parseEmail } from './credentials.ts';
import { isOwnPassword, type Deps as SignInDeps } from './sign-in.ts';
import { listWorkers, type Worker } from './store.ts';
import { formText, workerOf } from './visit.ts';
import {
  addWorker,
  changeRole,
  getWorker,
  inviteAgain,
  setDisabled,
  type Deps as WorkerVerbDeps,
} from './workers.ts';

export interface Deps extends WorkerVerbDeps, SignInDeps {}

export function workerPages(deps: Deps): PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/setup/workers',
      access: 'admin',
      handle: () => listPage(deps, {}),
    },
    { method: 'POST', path: '/setup/workers', access: 'admin', handle: (visit) => add(deps, visit) },
    {
      method: 'GET',
      path: '/setup/workers/:id',
      access: 'admin',
      handle: (visit) => workerPage(deps, visit, {}),
    },
    {
      method: 'POST',
      path: '/setup/workers/:id/role',
      access: 'admin',
      handle: (visit) => role(deps, visit),
    },
    {
      method: 'POST',
      path: '/setup/workers/:id/address',
      access: 'admin',
      async handle(visit) {
        const { address } = await inviteAgain(deps, { actor: workerOf(visit), workerId: idOf(visit) });
        return workerPage(deps, visit, { address });
      },
    },
    {
      method: 'POST',
      path: '/setup/workers/:id/disabled',
      access: 'admin',
      async handle(visit) {
        const isDisabled = formText(visit.form, 'disabled') === 'yes';
        await setDisabled(deps, { actor: workerOf(visit), workerId: idOf(visit), isDisabled });
        const { name } = await getWorker(deps.db, idOf(visit));
        return { redirect: '/setup/workers', notice: `${name} is ${isDisabled ? 'disabled' : 'enabled'}.` };
      },
    },
  ];
}

async function add(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const typed = { email: formText(visit.form, 'email'), isAdmin: formText(visit.form, 'role') === 'admin' };
  if (parseEmail(typed.email) === undefined) {
    return {
      ...(await listPage(deps, { typed, errors: { email: 'Type an e-mail address.' } })),
      status: 422,
    };
  }
  if (typed.isAdmin && !(await confirms(deps, visit))) {
    return { ...(await listPage(deps, { typed, errors: { password: wrongPassword } })), status: 422 };
  }
  const invited = await addWorker(deps, { actor: workerOf(visit), ...typed });
  return { ...(await listPage(deps, { invited })), status: 201 };
}

async function role(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const isAdmin = formText(visit.form, 'role') === 'admin';
  if (!(await confirms(deps, visit))) {
    return { ...(await workerPage(deps, visit, { errors: { password: wrongPassword } })), status: 422 };
  }
  await changeRole(deps, { actor: workerOf(visit), workerId: idOf(visit), isAdmin });
  const { name } = await getWorker(deps.db, idOf(visit));
  return { redirect: '/setup/workers', notice: `${name} is ${isAdmin ? 'an admin' : 'a worker'} now.` };
}

const wrongPassword = 'This is not your password.';

/** Who changes a role shows again that it is them: a stolen session alone makes no admins. */
function confirms(deps: Deps, visit: Visit): Promise<boolean> {
  const password = formText(visit.form, 'own_password');
  return isOwnPassword(deps, { workerId: workerOf(visit).id, password, ip: visit.ip });
}

async function listPage(deps: Deps, more: Record<string, unknown> & { typed?: { isAdmin: boolean } }) {
  const workers = (await listWorkers(deps.db)).map(workerModel);
  return {
    view: 'people/workers',
    model: { title: 'Workers', workers, roles: roleOptions(more.typed?.isAdmin === true), ...more },
  };
}

async function workerPage(deps: Deps, visit: Visit, more: Record<string, unknown>) {
  const worker = await getWorker(deps.db, idOf(visit));
  const isSelf = worker.id === workerOf(visit).id;
  const model = { worker: workerModel(worker), isSelf, roles: roleOptions(worker.isAdmin), ...more };
  return { view: 'people/worker', model: { title: worker.name, ...model } };
}

function workerModel(worker: Worker) {
  return { ...worker, isInvited: !worker.hasPassword && !worker.isDisabled };
}

function roleOptions(isAdmin: boolean) {
  return [
    { value: 'worker', label: 'Worker', selected: !isAdmin },
    { value: 'admin', label: 'Admin', selected: isAdmin },
  ];
}

function idOf(visit: Visit): string {
  return visit.params.id ?? '';
}
