/** Signing in and out, and the one-time addresses. */
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { parseEmail, parseName, passwordFault, passwordHelp } from './credentials.ts';
import { localPath } from './next-path.ts';
import { endSession } from './sessions.ts';
import { type Deps as SignInVerbDeps, signIn } from './sign-in.ts';
import { formText } from './visit.ts';
import { acceptWelcome, type Guest, readCode, type Deps as WelcomeDeps } from './welcome.ts';

export interface Deps extends SignInVerbDeps, WelcomeDeps {}

export function signInPages(deps: Deps): PageRoute[] {
  return [
    { method: 'GET', path: '/sign-in', access: 'public', handle: showSignIn },
    { method: 'POST', path: '/sign-in', access: 'public', handle: (visit) => trySignIn(deps, visit) },
    {
      method: 'POST',
      path: '/sign-out',
      access: 'public',
      async handle({ sessionHash }) {
        await endSession(deps, sessionHash);
        return { redirect: '/sign-in', session: { end: true }, notice: 'You are signed out.' };
      },
    },
    {
      method: 'GET',
      path: '/welcome/:code',
      access: 'public',
      handle: async (visit) => welcomePage(await readCode(deps, visit.params.code ?? ''), {}),
    },
    { method: 'POST', path: '/welcome/:code', access: 'public', handle: (visit) => welcome(deps, visit) },
  ];
}

function showSignIn({ worker, query }: Visit): PageAnswer {
  const next = localPath(query.get('next'));
  return worker ? { redirect: next } : { view: 'people/sign-in', model: { title: 'Sign in', next } };
}

async function trySignIn(deps: Deps, { form, ip, sessionHash }: Visit): Promise<PageAnswer> {
  const next = localPath(formText(form, 'next'));
  const email = formText(form, 'email');
  const session = await signIn(deps, { email, password: formText(form, 'password'), ip, sessionHash });
  if (session !== undefined) return { redirect: next, session: { begin: session } };
  const fault = 'This e-mail address and password do not belong together.';
  return { view: 'people/sign-in', status: 422, model: { title: 'Sign in', next, email, fault } };
}

async function welcome(deps: Deps, { form, params }: Visit): Promise<PageAnswer> {
  const code = params.code ?? '';
  const guest = await readCode(deps, code);
  const typed = { email: formText(form, 'email'), name: formText(form, 'name') };
  const password = formText(form, 'password');
  const email = guest.purpose === 'worker' ? guest.worker.email : parseEmail(typed.email);
  const name = parseName(typed.name);
  const errors = {
    email: email === undefined ? 'Type an e-mail address.' : undefined,
    name: name === undefined ? 'Type a name of up to 100 characters.' : undefined,
    password: passwordFault(password, email ?? ''),
    again: password === formText(form, 'password_again') ? undefined : 'The two passwords differ.',
  };
  if (name === undefined || Object.values(errors).some(Boolean)) {
    return { ...welcomePage(guest, { ...typed, errors }), status: 422 };
  }
  const session = await acceptWelcome(deps, { code, name, password, email });
  return { redirect: '/', session: { begin: session }, notice: `Welcome, ${name}.` };
}

function welcomePage(guest: Guest, typed: Record<string, unknown>) {
  const known = guest.purpose === 'worker' ? { email: guest.worker.email, name: guest.worker.name } : {};
  const title = guest.purpose === 'setup' ? 'Set up Countersign' : 'Welcome to Countersign';
  const model = { title, isSetup: guest.purpose === 'setup', passwordHelp, ...known, ...typed };
  return {
    view: 'people/welcome',
    model: guest.purpose === 'worker' ? { ...model, email: known.email } : model,
  };
}
