/** Variables as rows of a form: `variable_0_key`, `variable_0_label`, … Pure. */
import { formText } from './form.ts';
import { flagOf } from './json-value.ts';
import { optionsOf, type Variable, variableTypes } from './variable.ts';

export interface VariableRow extends Variable {
  typeTitle: string;
  /** Options of a picklist, one a line. */
  options: string;
  /** Of yes/no: yes unless something else is given. */
  isTicked: boolean;
  /** Of text: asked for in a field of several lines. */
  isLong: boolean;
}

export function variableRows(variables: readonly Variable[]): VariableRow[] {
  return variables.map((variable) => ({
    ...variable,
    typeTitle: variableTypes.get(variable.type) ?? variable.type,
    options: optionsOf(variable).join('\n'),
    isTicked: flagOf(variable.params.checkbox_default_on),
    isLong: variable.params.widget === 'multiple',
  }));
}

/** Names of a row's fields. */
export function rowNames(index: number): Record<string, string> {
  return Object.fromEntries(
    ['key', 'label', 'type', 'private', 'options', 'ticked', 'long', 'remove'].map((part) => [
      part,
      `variable_${index}_${part}`,
    ]),
  );
}

/** Rows as sent; a row marked to be removed, or without a name, is gone. What a row does not show is kept. */
export function readVariableRows(form: FormData, old: readonly Variable[]): VariableRow[] {
  const rows: VariableRow[] = [];
  for (let index = 0; form.has(`variable_${index}_key`) && index < 200; index++) {
    const text = (name: string) => formText(form, `variable_${index}_${name}`).trim();
    const typed = text('key');
    if (typed === '' || text('remove') !== '') continue;
    const key = typed.startsWith('var_') ? typed : `var_${typed}`;
    const type = text('type') || 'S';
    const before = old.find((variable) => variable.key === key);
    const params = { ...before?.params };
    // Only for the type that the row had are these shown.
    if (type === 'C' && before?.type === type) params.checkbox_default_on = text('ticked') === '' ? '0' : '1';
    if (text('long') !== '') params.widget = 'multiple';
    else if (type === 'S' && params.widget === 'multiple') params.widget = 'single';
    if (type === 'D' || type === 'X') params.options = text('options');
    const label = text('label') || key.slice(4);
    rows.push(...variableRows([{ key, label, type, isPrivate: text('private') === '1', params }]));
  }
  return rows;
}
