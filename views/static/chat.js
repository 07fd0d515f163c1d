/** A conversation with script: it goes on without loading the page anew. A visitor's cannot go on without. */

const longestPauseMs = 3000;
const pollMs = 1500;
/** Names a visitor's conversation. It is in this variable alone: not in the address, no cookie, no storage. */
let token = '';
let isBusy = false;
const look = document.querySelector('[data-chat]')?.dataset.look ?? location.href.split('#')[0];

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches('[data-chat-form]')) return;
  event.preventDefault();
  if (!isBusy) send(form, event.submitter);
});
proceed();

async function send(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter));
  const hadFocus = form.contains(document.activeElement) || document.activeElement === document.body;
  setBusy(true);
  try {
    const answer = await ask(form.action, { method: 'POST', body: fields });
    if (answer.status === 409 && token) {
      const told = await answer.text();
      await refresh();
      fail(told);
    } else if (!(await take(answer))) return;
  } catch {
    fail('The hub cannot be reached. Try again.');
  } finally {
    setBusy(false);
  }
  await proceed();
  if (hadFocus) focusReply();
}

/** Asks again while the bot thinks, and goes on by itself where it only waited for its messages to be seen. */
async function proceed() {
  await reveal();
  const region = document.querySelector('[data-chat]');
  if (region?.dataset.state === 'thinking') {
    setTimeout(async () => {
      await refresh().catch(() => {});
      proceed();
    }, pollMs);
  }
  const form = document.querySelector('form[data-goes-on]');
  if (form && !isBusy) send(form, null);
}

async function refresh() {
  await take(await ask(look, {}));
}

function ask(address, options) {
  const headers = { Accept: 'text/html', ...(token && { 'X-Chat-Token': token }) };
  return fetch(address, { ...options, headers });
}

/** Puts the new state of the conversation in place; false when there is none, and the reason is shown. */
async function take(answer) {
  const text = await answer.text();
  const page = new DOMParser().parseFromString(text, 'text/html');
  const fresh = page.querySelector('[data-chat]');
  if (!fresh) {
    fail(
      answer.headers.get('Content-Type')?.startsWith('text/plain') ? text : 'The conversation cannot go on.',
    );
    return false;
  }
  fail(page.querySelector('[data-failure]')?.textContent ?? '');
  if (fresh.dataset.token) {
    token = fresh.dataset.token;
    fresh.removeAttribute('data-token');
    document.querySelector('[data-chat]').replaceChildren();
  }
  const old = document.querySelector('[data-chat]');
  const known = new Set(Array.from(old.querySelectorAll('[data-message]'), ({ dataset }) => dataset.message));
  for (const message of fresh.querySelectorAll('[data-message]')) {
    if (known.has(message.dataset.message)) continue;
    message.dataset.fresh = '';
    if (message.dataset.delay) message.hidden = true;
  }
  old.replaceWith(document.adoptNode(fresh));
  return true;
}

/** Shows and says what is new, with the pauses that the bot takes. */
async function reveal() {
  const region = document.querySelector('[data-chat]');
  const form = region?.querySelector('form');
  const waits = region?.querySelector('[data-fresh][hidden]');
  if (waits && form) form.hidden = true;
  for (const message of region?.querySelectorAll('[data-fresh]') ?? []) {
    if (message.hidden) {
      setBusy(true);
      await new Promise((done) => setTimeout(done, Math.min(longestPauseMs, Number(message.dataset.delay))));
      setBusy(false);
      message.hidden = false;
    }
    delete message.dataset.fresh;
    message.scrollIntoView({ block: 'nearest' });
    if (!message.classList.contains('message-out')) announce(message);
  }
  if (waits && form) form.hidden = false;
}

function announce(message) {
  const name = message.querySelector('strong')?.textContent;
  const text = message.querySelector('[data-said]').textContent;
  const region = document.querySelector('[data-announcer]');
  // Several messages of one turn are said one after another.
  const line = document.createElement('p');
  line.textContent = name ? `${name}: ${text}` : text;
  region.append(line);
  setTimeout(() => line.remove(), 10_000);
}

function setBusy(busy) {
  isBusy = busy;
  const region = document.querySelector('[data-chat]');
  region.setAttribute('aria-busy', String(busy));
  const thinking = region.querySelector('[data-thinking]');
  if (thinking) thinking.hidden = !busy && region.dataset.state !== 'thinking';
  for (const control of region.querySelectorAll('form button')) control.disabled = busy;
}

function fail(text) {
  document.querySelector('[data-failure]').textContent = text;
}

/** To where the reply goes. */
function focusReply() {
  const reply = document.querySelector('[data-chat] form :is(input:not([type="hidden"]), textarea, button)');
  reply?.focus();
}
