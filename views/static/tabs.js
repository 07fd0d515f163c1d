/** Sections as tabs, by the pattern for tabs of ARIA; without this script they stand below each other. */
function makeTabs(group) {
  const panels = [...group.querySelectorAll('[data-tab]')];
  const list = document.createElement('div');
  list.className = 'tab-list';
  list.setAttribute('role', 'tablist');
  const tabs = panels.map((panel, index) => {
    const tab = document.createElement('button');
    tab.type = 'button';
    tab.textContent = panel.dataset.tab;
    tab.id = `tab-${index}`;
    panel.id = `panel-${index}`;
    tab.setAttribute('role', 'tab');
    tab.setAttribute('aria-controls', panel.id);
    panel.setAttribute('role', 'tabpanel');
    panel.setAttribute('aria-labelledby', tab.id);
    panel.removeAttribute('aria-label');
    panel.querySelector('h2')?.classList.add('visually-hidden');
    tab.addEventListener('click', () => choose(index));
    return tab;
  });
  list.append(...tabs);
  group.prepend(list);
  list.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = tabs.indexOf(document.activeElement);
    const next = (at + step + tabs.length) % tabs.length;
    choose(next);
    tabs[next].focus();
  });
  // A field that refuses what it holds must be seen.
  group.addEventListener(
    'invalid',
    ({ target }) => choose(panels.findIndex((panel) => panel.contains(target))),
    true,
  );
  const choose = (chosen) => {
    for (const [index, tab] of tabs.entries()) {
      tab.setAttribute('aria-selected', String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    }
  };
  choose(0);
}

for (const group of document.querySelectorAll('[data-tabs]')) makeTabs(group);
