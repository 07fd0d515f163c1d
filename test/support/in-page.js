/** What is looked for within a page; `axe.ts` puts it there beside axe-core. */
globalThis.inPage = { findViolations, findOverflow, findPoorControls };

async function findViolations() {
  const { violations } = await globalThis.axe.run({ resultTypes: ['violations'] });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

function findOverflow() {
  const { scrollWidth } = document.documentElement;
  return scrollWidth > innerWidth ? [`the page is ${scrollWidth} px wide`] : [];
}

/** Fields without a label, and controls that do not show that they have the focus. */
function findPoorControls() {
  const controls = document.querySelectorAll(
    'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]',
  );
  return Array.from(controls).flatMap((control) => {
    const problems = [];
    if (control.labels?.length === 0 && !control.matches('button')) problems.push('no label');
    control.focus();
    if (document.activeElement === control && !hasRing(control)) problems.push('no focus ring');
    return problems.map((problem) => `${problem}: ${control.outerHTML.slice(0, 200)}`);
  });
}

function hasRing(control) {
  const { outlineStyle, outlineWidth } = getComputedStyle(control);
  return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
}
