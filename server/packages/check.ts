/** Looks at a package by itself, without database or settings: `countersign package check`. Pure. */
import { parsePackage } from './grammar.ts';
import { locateFaults, type PackageFault, readPackageText } from './package-text.ts';
import { buildPlan } from './plan.ts';
import type { RecordType } from './record-type.ts';

export interface PackageCheck {
  faults: PackageFault[];
  unsupported: PackageFault[];
  warnings: PackageFault[];
}

/** Every fault that shows in the text alone; what waits for an answer is not held against it. Throws `too_large`. */
export function checkPackage(
  text: string,
  options: { recordTypes: readonly RecordType[]; maxBytes: number },
): PackageCheck {
  const onlyFaults = (faults: PackageFault[]) => ({
    faults: locateFaults(text, faults),
    unsupported: [],
    warnings: [],
  });
  const json = readPackageText(text, options.maxBytes);
  if (!json.ok) return onlyFaults(json.faults);
  const parsed = parsePackage(json.value);
  if (!parsed.ok) return onlyFaults(parsed.faults);
  let count = 0;
  const plan = buildPlan({
    package: parsed.package,
    answers: {},
    recordTypes: options.recordTypes,
    skipUnsupported: false,
    newId: () => `checked-${++count}`,
    randomBytes: (size) => new Uint8Array(size),
  });
  return {
    faults: locateFaults(text, plan.faults),
    unsupported: locateFaults(text, plan.unsupported),
    warnings: locateFaults(text, plan.warnings),
  };
}
