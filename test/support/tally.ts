/** Counts what the test runner reports, and sums it up. Pure. */

/** What the runner's events say of a test; `file` reports and suites come as tests too. */
export interface Report {
  name: string;
  skip?: string | boolean;
  todo?: string | boolean;
  details: { duration_ms: number; type?: string; error?: Error };
}

export interface Tally {
  pass(report: Report): void;
  fail(report: Report): void;
  /** The lines for people, the very last one in the form `N passed, N failed`; and the exit code. */
  sum(leftOut: readonly string[], mustBeWhole: boolean): { lines: string[]; exitCode: 0 | 1 };
}

export function createTally(): Tally {
  const took: { title: string; ms: number }[] = [];
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  return {
    pass(report) {
      if (!isTest(report)) return;
      if (report.skip !== undefined || report.todo !== undefined) skipped++;
      else passed++;
      took.push({ title: report.name, ms: report.details.duration_ms });
    },
    fail(report) {
      // A file whose tests fail fails as well, and was counted by them; one that crashes fails by itself.
      const isCountedBelow = report.details.error?.message.includes('subtest');
      if (report.details.type !== 'suite' && !isCountedBelow) failed++;
    },
    sum(leftOut, mustBeWhole) {
      const slowest = took.sort((a, b) => b.ms - a.ms).slice(0, 10);
      const allFailed = failed + (mustBeWhole ? leftOut.length : 0);
      return {
        lines: [
          '',
          'The ten slowest tests:',
          ...slowest.map(({ title, ms }) => `  ${(ms / 1000).toFixed(1)} s  ${title}`),
          ...leftOut.flatMap((what) => ['', `LEFT OUT: ${what}`]),
          '',
          ...(skipped > 0 ? [`${skipped} skipped`] : []),
          `${passed} passed, ${allFailed} failed`,
        ],
        exitCode: allFailed > 0 || passed === 0 ? 1 : 0,
      };
    },
  };
}

/** The runner reports each file as a test of its own, and each `describe`; those are not counted. */
function isTest({ name, details }: Report): boolean {
  return details.type !== 'suite' && !name.endsWith('.test.ts');
}
