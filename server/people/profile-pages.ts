/** A worker's own page: name, password, sessions. */
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { parseName, passwordFault, passwordHelp } from './credentials.ts';
import { changeName, changePassword, type Deps as ProfileVerbDeps } from './profile.ts';
import { endOtherSessions, listOwnSessions } from './sessions.ts';
import { isOwnPassword } from './sign-in.ts';
import { formText, workerOf } from './visit.ts';
import { getWorker } from './workers.ts';

export type Deps = ProfileVerbDeps;

export function profilePages(deps: Deps): PageRoute[] {
  return [
    { method: 'GET', path: '/profile', access: 'worker', handle: (visit) => profilePage(deps, visit, {}) },
    { method: 'POST', path: '/profile/name', access: 'worker', handle: (visit) => rename(deps, visit) },
    {
      method: 'POST',
      path: '/profile/password',
      access: 'worker',
      handle: (visit) => newPassword(deps, visit),
    },
    {
      method: 'POST',
      path: '/profile/sessions/end-others',
      access: 'worker',
      async handle(visit) {
        const ended = await endOtherSessions(deps, {
          workerId: workerOf(visit).id,
          sessionHash: visit.sessionHash,
        });
        return {
          redirect: '/profile',
          notice: `${ended} other ${ended === 1 ? 'session' : 'sessions'} signed out.`,
        };
      },
    },
  ];
}

async function rename(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const name = parseName(formText(visit.form, 'name'));
  if (name === undefined) return profileFault(deps, visit, { name: 'Type a name of up to 100 characters.' });
  await changeName(deps, { workerId: workerOf(visit).id, name });
  return { redirect: '/profile', notice: 'Your name is saved.' };
}

async function newPassword(deps: Deps, visit: Visit): Promise<PageAnswer> {
  const { form, ip } = visit;
  const { id: workerId } = workerOf(visit);
  const { email } = await getWorker(deps.db, workerId);
  const password = formText(form, 'password');
  const fault = passwordFault(password, email);
  if (fault !== undefined) return profileFault(deps, visit, { password: fault });
  if (password !== formText(form, 'password_again')) {
    return profileFault(deps, visit, { again: 'The two passwords differ.' });
  }
  if (!(await isOwnPassword(deps, { workerId, password: formText(form, 'own_password'), ip }))) {
    return profileFault(deps, visit, { own: 'This is not your password.' });
  }
  const session = await changePassword(deps, { workerId, password });
  return { redirect: '/profile', session: { begin: session }, notice: 'Your password is changed.' };
}

async function profileFault(deps: Deps, visit: Visit, errors: Record<string, string>): Promise<PageAnswer> {
  return { ...(await profilePage(deps, visit, { errors })), status: 422 };
}

async function profilePage(deps: Deps, visit: Visit, more: Record<string, unknown>) {
  const worker = await getWorker(deps.db, workerOf(visit).id);
  const sessions = (await listOwnSessions(deps, worker.id)).map((session) => ({
    createdAt: session.createdAt,
    seenAt: session.seenAt,
    isThis: session.idHash === visit.sessionHash,
  }));
  const model = { worker, sessions, hasOthers: sessions.length > 1, passwordHelp, ...more };
  return { view: 'people/profile', model: { title: 'Profile', ...model } };
}
