/** Looks at a package by itself, without database or settings: `countersign package check`. Pure. */
import { parsePackage } from './grammar.ts';
import { locateFaults, type PackageFault, readPackageText } from './package-text.ts';
import { buildPlan, isPending } from './plan.ts';
import type { RecordType, Remark } from './record-type.ts';
import type { SchemaCheck } from './schema.ts';

export interface PackageCheck {
  faults: PackageFault[];
  unsupported: PackageFault[];
  warnings: PackageFault[];
}

export interface CheckOptions {
  recordTypes: readonly RecordType[];
  schema: SchemaCheck;
  maxBytes: number;
}

/**
 * Every fault that shows in the text alone; what waits for an answer is not held against it. What is not as the schema
 * has it, and was not named for another reason, is a warning. Throws `too_large`.
 */
export function checkPackage(text: string, options: CheckOptions): PackageCheck {
  const json = readPackageText(text, options.maxBytes);
  const found = json.ok ? checkValue(json.value, options) : { ...nothing, faults: json.faults };
  const beside = json.ok ? unnamed(options.schema(JSON.parse(text)), found) : [];
  return {
    faults: locateFaults(text, found.faults),
    unsupported: locateFaults(text, found.unsupported),
    warnings: locateFaults(text, [...found.warnings, ...beside]),
  };
}

const nothing: PackageCheck = { faults: [], unsupported: [], warnings: [] };

function checkValue(value: unknown, { recordTypes }: CheckOptions): PackageCheck {
  const parsed = parsePackage(value);
  if (!parsed.ok) return { ...nothing, faults: parsed.faults };
  let count = 0;
  return buildPlan({
    package: parsed.package,
    answers: {},
    recordTypes,
    skipUnsupported: false,
    newId: () => `checked-${++count}`,
    randomBytes: (size) => new Uint8Array(size),
  });
}

/** What the schema alone has found. A fault speaks for all around its place, a warning for its place. */
function unnamed(remarks: readonly Remark[], { faults, unsupported, warnings }: PackageCheck): Remark[] {
  const grave = [...faults, ...unsupported].map(({ path }) => path);
  return remarks.filter(
    ({ path }) => !isPending(grave, path) && !warnings.some((warning) => warning.path === path),
  );
}
