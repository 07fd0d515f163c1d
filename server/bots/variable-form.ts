/** Variables as rows of a form: `variable_0_key`, `variable_0_label`, … Pure. */
import { formText } from './form.ts';
import { optionsOf, type Variable, variableTypes } from './variable.ts';

export interface VariableRow extends Variable {
  typeTitle: string;
  /** Options of a picklist, one a line. */
  options: string;
}

export function variableRows(variables: readonly Variable[]): VariableRow[] {
  return variables.map((variable) => ({
    ...variable,
    typeTitle: variableTypes.get(variable.type) ?? variable.type,
    options: optionsOf(variable).join('\n'),
  }));
}

/** Names of a row's fields. */
export function rowNames(index: number): Record<string, string> {
  return Object.fromEntries(
    ['key', 'label', 'type', 'private', 'options', 'remove'].map((part) => [
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
    const params = { ...old.find((variable) => variable.key === key)?.params };
    if (type === 'D' || type === 'X') params.options = text('options');
    const label = text('label') || key.slice(4);
    rows.push(...variableRows([{ key, label, type, isPrivate: text('private') === '1', params }]));
  }
  return rows;
}
