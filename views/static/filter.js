/** Narrows a list while its search field is typed into; without this script the form asks the server. */
for (const field of document.querySelectorAll('[data-filter]')) {
  const list = document.getElementById(field.dataset.filter);
  const count = document.querySelector(`[data-filter-count="${field.dataset.filter}"]`);
  if (!list) continue;
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of list.children) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
      if (!item.hidden) shown++;
    }
    if (count) count.textContent = `${shown} ${shown === 1 ? 'package' : 'packages'}`;
  });
}
