/** Nodes that a package adds to a behavior: of the same package, or one that is here already. Pure. */
import type { PackageItem } from './grammar.ts';
import { pointerKeys } from './positions.ts';
import { isObject, type JsonObject, textOf } from './reading.ts';
import type { RecordReading, Remark } from './record-type.ts';

/** One node to add, templates filled. */
export interface NodeAddition {
  item: PackageItem;
  /** Id, uri or uid of the behavior, as it was written. */
  behavior: string;
  /** Where below the behavior: '' for its root, else a pointer, a uid of this section or a node's title. */
  parent: string;
  node: JsonObject;
}

/** A behavior's nodes with those that were added, and where each of them came to stand. */
export interface Additions {
  nodes: readonly unknown[];
  placed: { at: string; path: string }[];
  faults: Remark[];
}

/** Reads an item of the section `behavior_nodes`. */
export function readAddition(item: PackageItem, fields: JsonObject): NodeAddition {
  const { behavior_id: behavior, parent_id: parent, ...node } = fields;
  const parentText = (textOf(parent) ?? '').trim();
  return {
    item,
    behavior: (textOf(behavior) ?? '').trim(),
    parent: parentText === '0' ? '' : parentText,
    node,
  };
}

/** Puts each node behind its siblings; a node may stand below one that was added before it. */
export function addNodes(nodes: unknown, additions: readonly NodeAddition[]): Additions {
  const added: Additions = { nodes: Array.isArray(nodes) ? nodes : [], placed: [], faults: [] };
  const byUid = new Map<string, string>();
  for (const { item, parent, node } of additions) {
    const at = parent === '' ? '' : (byUid.get(parent) ?? findParent(added.nodes, parent));
    if (at === undefined) {
      const message = `'${item.uid}' is to stand below '${parent}', which is no node of the behavior: name the node by its title, its pointer such as /nodes/0, or 0 for the top.`;
      added.faults.push({ path: `${item.path}/parent_id`, message });
      continue;
    }
    const keys = pointerKeys(at);
    const place = `${at}/nodes/${siblingsAt(added.nodes, keys).length}`;
    added.nodes = appended(added.nodes, keys, node);
    added.placed.push({ at: place, path: item.path });
    byUid.set(item.uid, place);
  }
  return added;
}

/** What was read of a behavior, with what is said of added nodes at the places where they stand. */
export function placedReading<T>(
  reading: RecordReading<T>,
  base: string,
  placed: Additions['placed'],
): RecordReading<T> {
  if (placed.length === 0) return reading;
  return {
    ...reading,
    faults: atAdditions(reading.faults, base, placed),
    unsupported: atAdditions(reading.unsupported, base, placed),
    warnings: atAdditions(reading.warnings, base, placed),
    references: atAdditions(reading.references, base, placed),
  };
}

/** Remarks about nodes that were added, at the place of the package where the node stands. */
export function atAdditions<T extends { path: string }>(
  remarks: readonly T[],
  base: string,
  placed: Additions['placed'],
): T[] {
  return remarks.map((remark) => {
    const within = placed.filter(({ at }) => `${remark.path}/`.startsWith(`${base}${at}/`));
    const nearest = within.sort((a, b) => b.at.length - a.at.length)[0];
    if (!nearest) return remark;
    return { ...remark, path: nearest.path + remark.path.slice(base.length + nearest.at.length) };
  });
}

/** Pointer of the node that a package names as parent; undefined when there is none, or more than one. */
function findParent(nodes: readonly unknown[], name: string): string | undefined {
  const all = nodesIn(nodes, '');
  if (name.startsWith('/')) return all.find(({ at }) => at === name)?.at;
  const titled = all.filter(({ title }) => title === name);
  return titled.length === 1 ? titled[0]?.at : undefined;
}

function nodesIn(nodes: readonly unknown[], path: string): { at: string; title: string | undefined }[] {
  return nodes.flatMap((node, index) => {
    const at = `${path}/nodes/${index}`;
    if (!isObject(node)) return [];
    return [{ at, title: textOf(node.title) }, ...nodesIn(Array.isArray(node.nodes) ? node.nodes : [], at)];
  });
}

/** `keys` lead to the parent: nodes, index, nodes, index, … */
function siblingsAt(nodes: readonly unknown[], [, index, ...rest]: readonly string[]): readonly unknown[] {
  if (index === undefined) return nodes;
  const inner = nodes[Number(index)];
  const below = isObject(inner) && Array.isArray(inner.nodes) ? inner.nodes : [];
  return siblingsAt(below, rest);
}

function appended(nodes: readonly unknown[], keys: readonly string[], node: JsonObject): readonly unknown[] {
  const [, index, ...rest] = keys;
  if (index === undefined) return [...nodes, node];
  return nodes.map((entry, at) => {
    if (at !== Number(index) || !isObject(entry)) return entry;
    return { ...entry, nodes: appended(Array.isArray(entry.nodes) ? entry.nodes : [], rest, node) };
  });
}
