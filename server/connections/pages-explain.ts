/** The signature explainer: a request typed by hand, or a delivery, beside what the remote side made of it. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit, WorkerActor } from '../http/route.ts';
import { getUsableAccount } from './accounts.ts';
import { type ExplainDeps, type ExplainedRequest, explainDelivery, explainTyped } from './explain.ts';
import { formText } from './form.ts';
import type { BaseStringDifference } from './oauth1/difference.ts';
import { worker } from './pages-accounts.ts';
import { formFaults, idOf } from './pages-visit.ts';

export function explainPages(deps: ExplainDeps): PageRoute[] {
  return [
    worker('GET', '/connected-accounts/:id/explain', (visit, me) => typedForm(deps, visit, me)),
    worker('POST', '/connected-accounts/:id/explain', (visit, me) => explainForm(deps, visit, me)),
    worker('GET', '/activity/:id/signature', (visit, me) => delivered(deps, visit, me)),
    worker('POST', '/activity/:id/signature', (visit, me) => delivered(deps, visit, me)),
  ];
}

interface Typed {
  method: string;
  url: string;
  headers: string;
  body: string;
}

async function typedForm(deps: ExplainDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const text = (name: string) => visit.query.get(name) ?? '';
  const typed = { method: text('method') || 'GET', url: text('url'), headers: '', body: '' };
  return typedPage(deps, visit, me, typed, {});
}

async function explainForm(deps: ExplainDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const text = (name: string) => formText(visit.form, name);
  const typed = {
    method: text('method').trim(),
    url: text('url').trim(),
    headers: text('headers'),
    body: text('body'),
  };
  const theirs = text('theirs').trim();
  try {
    const explained = await explainTyped(deps, {
      actor: me,
      account: idOf(visit),
      method: typed.method,
      url: typed.url,
      headers: readHeaders(typed.headers),
      // Browsers send line ends as CRLF, whatever was typed.
      ...(typed.body !== '' && { body: typed.body.replaceAll('\r\n', '\n') }),
      ...(theirs !== '' && { theirs }),
    });
    return await typedPage(deps, visit, me, typed, { explained });
  } catch (error) {
    const { message, status } = formFaults(error);
    return typedPage(deps, visit, me, typed, { failure: { message, status } });
  }
}

async function typedPage(
  deps: ExplainDeps,
  visit: Visit,
  me: WorkerActor,
  typed: Typed,
  { explained, failure }: { explained?: ExplainedRequest; failure?: { message: string; status: number } },
): Promise<PageAnswer> {
  const { id, name } = await getUsableAccount(deps, me, idOf(visit));
  return {
    view: 'connections/explain',
    ...(failure && { status: failure.status }),
    model: {
      title: 'Explain a signature',
      account: { id, name },
      ...typed,
      failure: failure?.message ?? null,
      explained: explained ? explainedModel(explained) : null,
    },
  };
}

async function delivered(deps: ExplainDeps, visit: Visit, me: WorkerActor): Promise<PageAnswer> {
  const theirs = formText(visit.form, 'theirs').trim();
  const explained = await explainDelivery(deps, {
    actor: me,
    delivery: idOf(visit),
    ...(theirs !== '' && { theirs }),
  });
  const { account, method, url } = explained;
  return {
    view: 'connections/signature',
    model: {
      title: 'Signature',
      delivery: { id: idOf(visit), method, url },
      account,
      byHand: `/connected-accounts/${account.id}/explain?${new URLSearchParams({ method, url })}`,
      explained: explainedModel(explained),
    },
  };
}

function explainedModel({ method, url, signature, note }: ExplainedRequest) {
  const { difference, ...told } = signature;
  const originOf = { query: 'Query', body: 'Body', protocol: 'Protocol' } as const;
  return {
    method,
    url,
    ...told,
    parameters: told.parameters.map((parameter) => ({ ...parameter, origin: originOf[parameter.origin] })),
    note,
    difference: difference && differenceModel(difference),
  };
}

function differenceModel({ same, index, part, parameter, ours, theirs, guesses }: BaseStringDifference) {
  const [first = '', ...others] = guesses;
  const place = part && { method: 'the method', url: 'the URL', parameters: 'the parameters' }[part];
  const where = parameter ? `${place}, at ${parameter.name}` : place;
  return { same, first, others, where, position: index === null ? null : index + 1, ours, theirs };
}

/** One header a line. */
function readHeaders(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    if (line.trim() === '') return [];
    const colon = line.indexOf(':');
    if (colon < 1) throw new HubError('bad_request', "Write each header as 'Name: value', one a line.");
    return [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
  });
}
