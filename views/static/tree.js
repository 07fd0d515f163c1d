/** Nodes of a tree are dragged to their place, or moved with Alt and an arrow; without this script the menus do it. */
const form = document.querySelector('[data-move]');
const page = form.getAttribute('action');
let dragged = null;

document.querySelector('[data-drag-help]').hidden = false;
for (const node of document.querySelectorAll('[data-node]')) {
  const row = node.querySelector(':scope > .tree-row');
  if (node.dataset.node !== '') {
    row.draggable = true;
    row.addEventListener('dragstart', (event) => {
      dragged = node;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', titleOf(node));
      announce(`${titleOf(node)} is being moved.`);
    });
    row.addEventListener('dragend', () => {
      dragged = null;
      clearMarks();
    });
  }
  row.addEventListener('dragover', (event) => {
    const place = placeAt(node, row, event);
    clearMarks();
    if (!place) return;
    event.preventDefault();
    row.classList.add(`drop-${place.how}`);
  });
  row.addEventListener('drop', (event) => {
    const place = placeAt(node, row, event);
    if (!place) return;
    event.preventDefault();
    send(dragged.dataset.node, { parent: place.parent, index: place.index });
  });
}

document.addEventListener('keydown', (event) => {
  const by = event.altKey && { ArrowUp: 'up', ArrowDown: 'down' }[event.key];
  const node = event.target.closest('[data-node]');
  if (!by || !node?.dataset.node) return;
  event.preventDefault();
  form.elements.do.value = by;
  send(node.dataset.node, {});
});

/** Above, below or within the row's node; null where what is dragged may not stand. */
function placeAt(node, row, event) {
  if (!dragged || dragged.contains(node)) return null;
  const address = node.dataset.node;
  const part = (event.clientY - row.getBoundingClientRect().top) / row.offsetHeight;
  const holds = node.dataset.holds.split(' ').includes(dragged.dataset.type);
  const parent = node.parentElement.closest('[data-node]');
  const mayStandBeside = parent?.dataset.holds.split(' ').includes(dragged.dataset.type);
  if (holds && (!mayStandBeside || (part > 0.3 && part < 0.7))) {
    return { how: 'into', parent: address, index: '' };
  }
  if (!mayStandBeside) return null;
  const index = Number(address.split('.').pop()) + (part < 0.5 ? 0 : 1);
  return { how: part < 0.5 ? 'before' : 'after', parent: parent.dataset.node, index: String(index) };
}

function send(address, { parent = '', index = '' }) {
  form.action = `${page}/${address}/place`;
  form.elements.parent.value = parent;
  form.elements.index.value = index;
  form.submit();
}

function clearMarks() {
  for (const row of document.querySelectorAll('.drop-before, .drop-into, .drop-after')) {
    row.classList.remove('drop-before', 'drop-into', 'drop-after');
  }
}

function titleOf(node) {
  return node.querySelector('[data-node-link]').textContent;
}

function announce(text) {
  document.querySelector('[data-announcer]').textContent = text;
}
