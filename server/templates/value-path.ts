/** Writing into a value along a dotted path, as Cerb's dict_set does. Pure. */
import { checkLength } from './list-filters.ts';
import { toList, toMap } from './php-value.ts';
import { TemplateError } from './template-error.ts';
import { maxValueDepth, type TemplateValue } from './template-value.ts';

/** A copy with `value` at a dotted path; lists on the way are made, "[]" appends. */
export function setAtPath(target: TemplateValue, path: string[], value: TemplateValue): TemplateValue {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (path.length > maxValueDepth) throw new TemplateError(`A path has more than ${maxValueDepth} steps.`);
  if (key.endsWith('[]') && key !== '[]') return setAtPath(target, [key.slice(0, -2), '[]', ...rest], value);
  if (key === '[]') return checkLength([...toList(target), setAtPath(null, rest, value)]);
  if (Array.isArray(target) && /^\d+$/.test(key) && Number(key) <= target.length)
    return checkLength(target.toSpliced(Number(key), 1, setAtPath(target[Number(key)] ?? null, rest, value)));
  return new Map(toMap(target)).set(key, setAtPath(toMap(target).get(key) ?? null, rest, value));
}
