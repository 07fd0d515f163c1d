/** Pages that build a tree: the editor, the form of a node, and the places where nodes go. */

import { HubError } from '../errors.ts';
import type { PageAnswer, PageRoute, Visit } from '../http/route.ts';
import { type Tested, templateFault } from './action-form.ts';
import type { BehaviorNode } from './behavior.ts';
import { seen } from './behavior-pages.ts';
import { shownTree } from './behavior-view.ts';
import { type Deps as BehaviorDeps, changeBehavior } from './behaviors.ts';
import { type FieldErrors, formText, refusalOf, versionOf, workerOf } from './form.ts';
import { editGroups } from './node-condition-form.ts';
import {
  type Changed,
  copyNode,
  getNode,
  insertNode,
  moveNode,
  type Place,
  placeOf,
  pointerOf,
  removeNode,
  replaceNode,
  stepNode,
} from './node-edit.ts';
import { blankNode, nodeProblems, nodeTemplates, readNodeForm } from './node-form.ts';
import { kindsBelow, nodeKinds, titleOfKind } from './node-kind.ts';
import { nodeModel } from './node-view.ts';
import { type Deps as SampleDeps, tryTemplate } from './placeholder-sample.ts';
import { remarksOnBehavior, titleOfEvent } from './remarks.ts';

export interface Deps extends BehaviorDeps, SampleDeps {
  templates: SampleDeps['templates'] & {
    check(template: string): { message: string; line: number | undefined } | undefined;
  };
}

export function nodePages(deps: Deps): PageRoute[] {
  const tree = (visit: Visit) => treePage(visit, null);
  const place = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const address = visit.params.path ?? '';
    try {
      const { title } = getNode(behavior.nodes, address);
      const [changed, done] = placed(behavior.nodes, address, visit.form);
      await save(visit, changed.nodes);
      const shown = changed.address === '' ? '' : `#node-${changed.address}`;
      return { redirect: `/behaviors/${behavior.id}/tree${shown}`, notice: `"${title}" was ${done}.` };
    } catch (error) {
      return treePage(visit, refusal(error));
    }
  };
  const blank = async (visit: Visit): Promise<PageAnswer> =>
    nodePage(visit, blankNode(kindAsked(visit.query.get('type') ?? '')), { parent: parentAsked(visit) });
  const create = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const node = blankNode(kindAsked(formText(visit.form, 'type')));
    const to = { parent: formText(visit.form, 'in') };
    return saved(visit, node, to, (draft) => insertNode(behavior.nodes, to, draft));
  };
  const show = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    return nodePage(visit, getNode(behavior.nodes, visit.params.path ?? ''), undefined);
  };
  const change = async (visit: Visit): Promise<PageAnswer> => {
    const { behavior } = await seen(deps, visit);
    const address = visit.params.path ?? '';
    const node = getNode(behavior.nodes, address);
    return saved(visit, node, undefined, (draft) => ({
      nodes: replaceNode(behavior.nodes, address, () => draft),
      address,
    }));
  };

  /** What the buttons of a node's form do: try a template, add or take away a condition, or save. */
  const saved = async (
    visit: Visit,
    node: BehaviorNode,
    isNew: Place | undefined,
    put: (draft: BehaviorNode) => Changed,
  ): Promise<PageAnswer> => {
    const { behavior, bot } = await seen(deps, visit);
    const { form } = visit;
    const draft = readNodeForm(form, node, behavior);
    if (form.has('test')) {
      const name = formText(form, 'test');
      const tried = await tryTemplate(deps, { behavior, bot, template: formText(form, name) });
      return nodePage(visit, draft, isNew, {}, { name, ...tried });
    }
    if (form.has('edit')) {
      const before = Array.isArray(draft.params.groups) ? draft.params.groups : [];
      const groups = editGroups(before, formText(form, 'edit'), form, behavior);
      return nodePage(visit, { ...draft, params: { ...draft.params, groups } }, isNew);
    }
    const errors: FieldErrors = nodeProblems(draft);
    for (const { name, template } of nodeTemplates(draft)) {
      const fault = templateFault(deps, template);
      if (fault) errors[name] = fault;
    }
    if (Object.keys(errors).length > 0) return nodePage(visit, draft, isNew, errors);
    try {
      const { nodes, address } = put(draft);
      await save(visit, nodes);
      const place = `/behaviors/${behavior.id}/tree`;
      const notice = `"${draft.title}" was saved.`;
      // What a new node of actions needs next is its first action.
      if (isNew && draft.type === 'action') return { redirect: `${place}/${address}`, notice };
      return { redirect: `${place}#node-${address}`, notice };
    } catch (error) {
      return nodePage(visit, draft, isNew, { '': refusal(error).message });
    }
  };
  const save = (visit: Visit, nodes: readonly BehaviorNode[]) =>
    changeBehavior(deps, {
      actor: workerOf(visit),
      behavior: visit.params.id ?? '',
      fields: { nodes },
      version: versionOf(visit.form),
    });
  const treePage = async (visit: Visit, fault: HubError | null): Promise<PageAnswer> => {
    const { behavior, bot } = await seen(deps, visit);
    return {
      view: 'bots/tree',
      status: fault?.status ?? 200,
      model: {
        title: `Build: ${behavior.title}`,
        behavior: {
          id: behavior.id,
          title: behavior.title,
          version: behavior.updatedAt,
          event: titleOfEvent(behavior.event.key),
        },
        bot: { id: bot.id, name: bot.name },
        fault: fault?.message ?? null,
        holds: kindsBelow(undefined).join(' '),
        adds: kindsBelow(undefined).map((type) => ({ type, title: titleOfKind(type) })),
        tree: shownTree(behavior, remarksOnBehavior(behavior, bot)),
      },
    };
  };
  const nodePage = async (
    visit: Visit,
    node: BehaviorNode,
    isNew: Place | undefined,
    errors: FieldErrors = {},
    tested: Tested = null,
  ): Promise<PageAnswer> => {
    const { behavior, bot } = await seen(deps, visit);
    const address = isNew ? undefined : (visit.params.path ?? '');
    return {
      view: 'bots/node',
      status: Object.keys(errors).length > 0 ? 400 : 200,
      model: nodeModel({ behavior, bot, node, address, parent: isNew?.parent, errors, tested }),
    };
  };
  return [
    { method: 'GET', path: '/behaviors/:id/tree', access: 'worker', handle: tree },
    { method: 'GET', path: '/behaviors/:id/tree/new', access: 'worker', handle: blank },
    { method: 'POST', path: '/behaviors/:id/tree/new', access: 'worker', handle: create },
    { method: 'GET', path: '/behaviors/:id/tree/:path', access: 'worker', handle: show },
    { method: 'POST', path: '/behaviors/:id/tree/:path', access: 'worker', handle: change },
    { method: 'POST', path: '/behaviors/:id/tree/:path/place', access: 'worker', handle: place },
  ];
}

/** The tree as the button asks for it, and what was done in a word. */
function placed(nodes: readonly BehaviorNode[], address: string, form: FormData): [Changed, string] {
  const index = /^\d{1,5}$/.test(formText(form, 'index')) ? Number(formText(form, 'index')) : undefined;
  const to = { parent: formText(form, 'parent'), index };
  switch (formText(form, 'do')) {
    case 'up':
      return [stepNode(nodes, address, 'up'), 'moved up'];
    case 'down':
      return [stepNode(nodes, address, 'down'), 'moved down'];
    case 'move':
      return [moveNode(nodes, address, to), 'moved'];
    case 'copy':
      return [copyNode(nodes, address, to), 'copied'];
    case 'duplicate': {
      const { parent, index: own } = placeOf(address);
      return [copyNode(nodes, address, { parent, index: own + 1 }), 'duplicated'];
    }
    case 'remove':
      return [{ nodes: removeNode(nodes, address), address: placeOf(address).parent }, 'removed'];
    default:
      throw new HubError('bad_request', 'This is no way to change a node.');
  }
}

function parentAsked(visit: Visit): string {
  const parent = visit.query.get('in') ?? '';
  if (parent !== '') pointerOf(parent);
  return parent;
}

function kindAsked(type: string): string {
  if (!nodeKinds.has(type)) throw new HubError('not_found', 'There is no such kind of node.');
  return type;
}

/** What a page can show of a refusal; anything else goes on. */
function refusal(error: unknown): HubError {
  refusalOf(error, []);
  // refusalOf lets only HubErrors pass.
  return error as HubError;
}
