/** Cerb's roles as owners: no record here takes one; an import may give what they own to a group. Pure. */
import { isRoleContext, ownerContexts } from '../people/actor.ts';
import type { PackageItem, ParsedPackage } from './grammar.ts';
import { isObject, type JsonObject, own, textOf } from './reading.ts';

/** A group as an import chooses it. */
export interface RoleGroup {
  id: string;
  name: string;
}

/** Uids of the items that a role owns. */
export function ownedByRoles({ items }: ParsedPackage): string[] {
  return items.flatMap((item) => (roleKey(item.fields) === undefined ? [] : [item.uid]));
}

/** The package with the group as owner wherever it names a role; each is told in the warnings. */
export function giveToGroup(parsed: ParsedPackage, group: RoleGroup): ParsedPackage {
  const warnings = parsed.items.flatMap(({ uid, path, fields }) => {
    const key = roleKey(fields);
    if (key === undefined) return [];
    return {
      path: `${path}/${key}`,
      message: `'${uid}' is owned by a role; the group '${group.name}' will own it.`,
    };
  });
  return {
    ...parsed,
    items: parsed.items.map((item) => ownedBy(item, group.id)),
    warnings: [...parsed.warnings, ...warnings],
  };
}

function ownedBy(item: PackageItem, groupId: string): PackageItem {
  const { fields } = item;
  switch (roleKey(fields)) {
    case 'owner':
      return { ...item, fields: { ...fields, owner: { context: ownerContexts.group, id: groupId } } };
    case 'owner__context':
      return { ...item, fields: { ...fields, owner__context: ownerContexts.group, owner_id: groupId } };
    default:
      return item;
  }
}

/** The field in which a role stands as owner. */
function roleKey(fields: JsonObject): 'owner' | 'owner__context' | undefined {
  const owner = own(fields, 'owner');
  if (isObject(owner)) return isRole(own(owner, 'context')) ? 'owner' : undefined;
  return isRole(own(fields, 'owner__context')) ? 'owner__context' : undefined;
}

function isRole(context: unknown): boolean {
  return isRoleContext(textOf(context) ?? '');
}
