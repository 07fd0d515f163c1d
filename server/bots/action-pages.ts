/** Pages of actions: a behavior made by hand from its first action, an action that is added, and the form of one. */
import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { writeJson } from '../json.ts';
import { type ActionType, eventsOf } from './action.ts';
import { readActionForm } from './action-edit.ts';
import { actionFields, actionProblems, type Deps as FormDeps, type Tested } from './action-form.ts';
import { httpRequest } from './actions/http-request.ts';
import { findActionType } from './actions/index.ts';
import { seen } from './behavior-pages.ts';
import { type Deps as BehaviorDeps, changeBehavior } from './behaviors.ts';
import { type FieldErrors, formText, refusalOf, versionOf, workerOf } from './form.ts';
import { type JsonObject, textOf } from './json-value.ts';
import {
  actionNodes,
  actionPlace,
  addAction,
  copyAction,
  getAction,
  moveAction,
  removeAction,
  stepAction,
} from './node-actions.ts';
import { getNode, pointerOf, replaceNode } from './node-edit.ts';
import { offeredPlaceholders } from './placeholder-list.ts';
import { type Deps as SampleDeps, tryTemplate } from './placeholder-sample.ts';
import { titleOfAction } from './remarks.ts';

export type Deps = BehaviorDeps & FormDeps & SampleDeps;

/** What an action begins with, before anything is filled in. */
export function freshAction(type: ActionType): JsonObject {
  if (type !== httpRequest) return { action: type.id };
  return {
    action: type.id,
    http_verb: 'get',
    run_in_simulator: '1',
    response_placeholder: '_http_response',
  };
}

export function actionPages(deps: Deps): PageRoute[] {
  const edit = async (visit: Visit): Promise<PageAnswer> => {
    const { action, type } = await target(visit);
    return page(visit, type, action, await problemsOf(visit, type, action));
  };
  const save = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior, type, action: old, place } = await target(visit);
    if (!type) throw new HubError('not_found', 'There is no action here that can be edited.');
    const action = readActionForm(type, visit.form, old);
    if (visit.form.has('test')) return page(visit, type, action, {}, await tested(visit));
    if (visit.form.has('show')) return page(visit, type, action, {});
    const errors = await problemsOf(visit, type, action);
    if (Object.keys(errors).length > 0) return page(visit, type, action, errors, null, 400);
    const nodes = replaceNode(behavior.nodes, place.node, (node) => {
      const actions = Array.isArray(node.params.actions) ? [...node.params.actions] : [];
      actions[place.index] = action;
      return { ...node, params: { ...node.params, actions } };
    });
    return store(visit, nodes, 'The action was saved.', place.node, async (errors) =>
      page(visit, type, action, errors, null, 409),
    );
  };
  const place = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior, type, action, place } = await target(visit);
    const to = formText(visit.form, 'to');
    const title = titleOfAction(textOf(action.action) ?? '');
    const [nodes, done] = ((): [typeof behavior.nodes, string] => {
      switch (formText(visit.form, 'do')) {
        case 'up':
          return [stepAction(behavior.nodes, place, 'up'), `"${title}" was moved up.`];
        case 'down':
          return [stepAction(behavior.nodes, place, 'down'), `"${title}" was moved down.`];
        case 'move':
          return [moveAction(behavior.nodes, place, to), `"${title}" was moved.`];
        case 'copy':
          return [copyAction(behavior.nodes, place, to), `"${title}" was copied.`];
        case 'remove':
          return [removeAction(behavior.nodes, place), `"${title}" was removed.`];
        default:
          throw new HubError('bad_request', 'This is no way to change an action.');
      }
    })();
    return store(visit, nodes, done, place.node, async (errors) =>
      page(visit, type, action, errors, null, 409),
    );
  };
  const blank = async (visit: Visit): Promise<PageAnswer> => {
    const type = typeAsked(visit.query.get('action') ?? '');
    return newPage(visit, type, freshAction(type), {});
  };
  const create = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const address = visit.params.path ?? '';
    const type = typeAsked(formText(visit.form, 'action'));
    const action = readActionForm(type, visit.form, {});
    if (visit.form.has('test')) return newPage(visit, type, action, {}, await tested(visit));
    if (visit.form.has('show')) return newPage(visit, type, action, {});
    const errors = await problemsOf(visit, type, action);
    if (Object.keys(errors).length > 0) return newPage(visit, type, action, errors, null, 400);
    const { nodes } = addAction(behavior.nodes, address, action);
    return store(visit, nodes, `"${type.title}" was added.`, address, async (errors) =>
      newPage(visit, type, action, errors, null, 409),
    );
  };

  const target = async (visit: Visit) => {
    const { behavior, bot } = await seen(deps, visit);
    const place = actionPlace(visit.params.path ?? '');
    const action = getAction(behavior.nodes, place);
    return { behavior, bot, place, action, type: findActionType(textOf(action.action) ?? '') };
  };
  const problemsOf = async (visit: Visit, type: ActionType | undefined, action: JsonObject) => {
    const { behavior, bot } = await seen(deps, visit);
    const events = type && eventsOf(type);
    const errors = type ? await actionProblems(deps, type, action, bot) : {};
    if (!events || events.includes(behavior.event.key)) return errors;
    return { '': `"${type.title}" cannot run on this behavior's event.`, ...errors };
  };
  const tested = async (visit: Visit): Promise<Tested> => {
    const name = formText(visit.form, 'test');
    const template = formText(visit.form, name);
    return { name, ...(await tryTemplate(deps, { ...(await seen(deps, visit)), template })) };
  };
  const store = async (
    visit: Visit,
    nodes: unknown[],
    notice: string,
    node: string,
    refused: (errors: FieldErrors) => Promise<PageAnswer>,
  ): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    try {
      const version = versionOf(visit.form);
      const change = { actor: workerOf(visit), behavior: behavior.id, fields: { nodes }, version };
      await changeBehavior(deps, change);
      return { redirect: `/behaviors/${behavior.id}/tree#node-${node}`, notice };
    } catch (error) {
      return refused(refusalOf(error, []));
    }
  };
  const page = async (
    visit: Visit,
    type: ActionType | undefined,
    action: JsonObject,
    errors: FieldErrors,
    tested: Tested = null,
    status = 200,
  ): Promise<PageAnswer> => {
    const { behavior, bot, place } = await target(visit);
    const nodes = actionNodes(behavior.nodes);
    return {
      view: 'bots/action',
      status,
      model: {
        title: titleOfAction(textOf(action.action) ?? ''),
        behavior: { id: behavior.id, title: behavior.title, version: behavior.updatedAt },
        address: visit.params.path,
        node: { address: place.node, title: getNode(behavior.nodes, place.node).title },
        paramsJson: type ? null : writeJson(action, 2),
        fault: errors[''] ?? null,
        hasBehavior: type?.fields.some(({ kind }) => kind === 'behavior') ?? false,
        fields: type ? await actionFields(deps, { type, action, bot, errors, tested }) : [],
        placeholders: offeredPlaceholders(
          behavior,
          bot,
          `${pointerOf(place.node)}/params/actions/${place.index}`,
        ),
        places: nodes.map(({ address, title }) => ({
          value: address,
          label: title,
          selected: address === place.node,
        })),
      },
    };
  };
  const newPage = async (
    visit: Visit,
    type: ActionType,
    action: JsonObject,
    errors: FieldErrors,
    tested: Tested = null,
    status = 200,
  ): Promise<PageAnswer> => {
    const { behavior, bot } = await seen(deps, visit);
    const address = visit.params.path ?? '';
    return {
      view: 'bots/action-new',
      status,
      model: {
        title: `Add: ${type.title}`,
        behavior: { id: behavior.id, title: behavior.title, version: behavior.updatedAt },
        node: { address, title: getNode(behavior.nodes, address).title },
        action: { id: type.id, title: type.title },
        fault: errors[''] ?? null,
        hasBehavior: type.fields.some(({ kind }) => kind === 'behavior'),
        fields: await actionFields(deps, { type, action, bot, errors, tested }),
        placeholders: offeredPlaceholders(behavior, bot, `${pointerOf(address)}/params`),
      },
    };
  };
  return [
    { method: 'GET', path: '/behaviors/:id/nodes/:path', access: 'worker', handle: edit },
    { method: 'POST', path: '/behaviors/:id/nodes/:path', access: 'worker', handle: save },
    { method: 'POST', path: '/behaviors/:id/nodes/:path/place', access: 'worker', handle: place },
    { method: 'GET', path: '/behaviors/:id/tree/:path/new', access: 'worker', handle: blank },
    { method: 'POST', path: '/behaviors/:id/tree/:path/new', access: 'worker', handle: create },
  ];
}

/** The action that a page was asked for; sending a request for one that is not here. */
export function typeAsked(id: string): ActionType {
  return findActionType(id) ?? httpRequest;
}
