/** What pages gain from script: cards in dialogs, copy buttons, progress. Every page works without it. */

document.addEventListener('click', (event) => {
  const { target } = event;
  if (!(target instanceof Element)) return;
  const copyButton = target.closest('[data-copy-button]');
  if (copyButton) return void copy(copyButton);
  const link = target.closest('a[data-card]');
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (link instanceof HTMLAnchorElement && isPlain && !event.defaultPrevented) {
    event.preventDefault();
    openCard(link);
  }
  closeMenus(target);
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') closeMenus(null);
});

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form instanceof HTMLFormElement && form.matches('[data-progress]')) showProgress(form, event);
});

// A page that comes back from the browser's memory must not still look busy.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) hideProgress(form);
});

prepare(document);
markSection();

/** Shows the buttons that only work with script. */
function prepare(root) {
  for (const button of root.querySelectorAll('[data-copy-button]')) button.hidden = false;
}

/** Marks the main link whose section this page belongs to; the server marks only the section's first page. */
function markSection() {
  for (const link of document.querySelectorAll('.nav-list a:not([aria-current])')) {
    const sections = [link.pathname, ...(link.dataset.also ?? '').split(' ')].filter(Boolean);
    const isWithin = sections.some((section) => `${location.pathname}/`.startsWith(`${section}/`));
    if (isWithin) link.setAttribute('aria-current', 'true');
  }
}

/** Opens the target's card over the page, or, inside a dialog, in its place. Falls back to going there. */
async function openCard(link) {
  // A second press while the first is on its way would open a second dialog.
  if (document.documentElement.hasAttribute('aria-busy')) return;
  const card = await fetchCard(link.href);
  if (!card) {
    location.assign(link.href);
    return;
  }
  const open = link.closest('dialog');
  const dialog = open ?? createDialog(link);
  dialog.querySelector('.popup-body').replaceChildren(card);
  prepare(card);
  const heading = card.querySelector('h1, h2');
  dialog.setAttribute('aria-label', heading?.textContent.trim() || link.textContent.trim());
  if (!open) dialog.showModal();
  const start = heading ?? card;
  start.tabIndex = -1;
  start.focus();
  dialog.scrollTop = 0;
}

async function fetchCard(address) {
  if (new URL(address).origin !== location.origin) return null;
  document.documentElement.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(address, { headers: { Accept: 'text/html' } });
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const card = page.querySelector('[data-card-body]');
    return card && document.adoptNode(card);
  } catch {
    return null;
  } finally {
    document.documentElement.removeAttribute('aria-busy');
  }
}

function createDialog(opener) {
  const dialog = document.createElement('dialog');
  dialog.className = 'popup';
  const bar = document.createElement('div');
  bar.className = 'popup-bar';
  const announcer = document.createElement('span');
  announcer.className = 'visually-hidden';
  announcer.setAttribute('role', 'status');
  announcer.setAttribute('data-announcer', '');
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'button button-small';
  close.textContent = 'Close';
  close.addEventListener('click', () => dialog.close());
  bar.append(announcer, close);
  const body = document.createElement('div');
  body.className = 'popup-body';
  dialog.append(bar, body);
  dialog.addEventListener('click', (event) => {
    // The dialog itself is hit only beside its content, that is on the backdrop.
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    opener.focus();
  });
  document.body.append(dialog);
  return dialog;
}

/** Copies the value beside the button; where the browser refuses, the value is selected for copying by hand. */
async function copy(button) {
  const value = button.closest('[data-copy]').querySelector('[data-copy-value]');
  try {
    await navigator.clipboard.writeText(value.textContent);
    announce(button, 'Copied');
    flash(button, 'Copied');
  } catch {
    getSelection().selectAllChildren(value);
    announce(button, 'Selected. Copy it with the keyboard.');
  }
}

function flash(button, text) {
  const label = button.firstChild;
  if (button.dataset.flash) return;
  const before = label.textContent;
  button.dataset.flash = 'yes';
  label.textContent = text;
  setTimeout(() => {
    label.textContent = before;
    delete button.dataset.flash;
  }, 1500);
}

/** Says it to screen readers. Regions outside an open dialog are silent, so the dialog has its own. */
function announce(near, text) {
  const region = (near.closest('dialog') ?? document).querySelector('[data-announcer]');
  region.textContent = '';
  setTimeout(() => {
    region.textContent = text;
  }, 50);
}

/** Marks the pressed button as busy and refuses a second press. */
function showProgress(form, event) {
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = 'yes';
  const button = event.submitter ?? form.querySelector('button[type="submit"]');
  // Later: a disabled button's name and value would not be sent.
  setTimeout(() => {
    if (event.defaultPrevented) return hideProgress(form);
    button?.setAttribute('aria-busy', 'true');
    if (button) button.disabled = true;
  });
  setTimeout(() => {
    if (form.dataset.sent) announce(form, 'Working…');
  }, 1000);
}

function hideProgress(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll('button[aria-busy]')) {
    button.removeAttribute('aria-busy');
    button.disabled = false;
  }
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (!except || !menu.contains(except)) {
      const hadFocus = menu.contains(document.activeElement);
      menu.open = false;
      if (!except && hadFocus) menu.querySelector('summary').focus();
    }
  }
}
