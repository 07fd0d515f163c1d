/** What kinds of nodes there are, and what may stand in what (Cerb's decision trees). Pure. */

export interface NodeKind {
  title: string;
  /** Kinds that may stand below it. */
  holds: readonly string[];
  /** What it is for, in a sentence. */
  help: string;
}

const steps = ['action', 'switch', 'loop'];

/** By the type that packages use. Other types are kept where they are. */
export const nodeKinds: ReadonlyMap<string, NodeKind> = new Map([
  ['action', { title: 'Actions', holds: [], help: 'Does one thing after the other.' }],
  [
    'switch',
    { title: 'Decision', holds: ['outcome'], help: 'Takes the first of its outcomes whose conditions hold.' },
  ],
  ['outcome', { title: 'Outcome', holds: steps, help: 'One way out of a decision.' }],
  ['loop', { title: 'Loop', holds: steps, help: 'Does what stands in it once for each item of a list.' }],
  [
    'subroutine',
    { title: 'Subroutine', holds: steps, help: 'Runs only where the action "Run subroutine" names it.' },
  ],
]);

/** Kinds that may stand below a node of this type; undefined is the behavior itself. */
export function kindsBelow(type: string | undefined): readonly string[] {
  return type === undefined ? [...steps, 'subroutine'] : (nodeKinds.get(type)?.holds ?? []);
}

/** What people call a type; the type itself where we do not know it. */
export function titleOfKind(type: string): string {
  return nodeKinds.get(type)?.title ?? type;
}
