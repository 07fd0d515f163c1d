/** The inbox with script: what changes appears by itself, and the reply box counts. The server's limits are the truth. */

const label = '[a-z0-9\\u00c0-\\u024f](?:[a-z0-9_\\u00c0-\\u024f-]*[a-z0-9\\u00c0-\\u024f])?';
const path = '(?::\\d{1,5})?(?:[/?#](?:[^\\s<>"“”\'’]*[a-z0-9\\u00c0-\\u024f=_#/+-])?)?';
const commonEndings = '[a-z]{2}|com|org|net|info|biz|dev|app|shop|store|online|site|blog|cloud|xyz';
const bare = `(?<![@#$/\\w.\\u00c0-\\u024f-])(?:${label}\\.)+(?:${commonEndings})(?![\\w@+-])`;
const link = new RegExp(`https?://(?:${label}\\.)+[a-z]{2,24}${path}|${bare}${path}`, 'gi');
const emoji = /\p{RGI_Emoji}/gv;

const region = document.querySelector('[data-live]');
if (region) listen(region);
const form = document.querySelector('form[data-reply]');
if (form) countIn(form);

/** Takes the region anew from the server whenever something in it changed. */
function listen(live) {
  const { conversation } = live.dataset;
  // Older messages do not change, and whoever reads them shall not lose the place.
  if (conversation && new URLSearchParams(location.search).has('after')) return;
  const events = new EventSource('/conversations/events');
  // What happened since the page was made, or while the connection was down, was not told.
  events.addEventListener('open', () => refresh(live));
  events.addEventListener('message', ({ data }) => {
    if (!conversation || JSON.parse(data).conversation === conversation) refresh(live);
  });
  window.addEventListener('pagehide', () => events.close());
}

let isRefreshing = false;
let isAskedAgain = false;

async function refresh(live) {
  if (isRefreshing) {
    isAskedAgain = true;
    return;
  }
  isRefreshing = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (answer.redirected || !answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector('[data-live]');
    // A press that has begun would be lost with what it is on.
    if (live.matches(':active')) setTimeout(() => refresh(live), 300);
    else if (fresh && fresh.innerHTML !== live.innerHTML) replace(live, fresh);
    // What may still be sent changes with what was said; the reply being typed stays.
    const allowance = document.querySelector('#reply-allowance');
    const left = page.querySelector('#reply-allowance');
    if (allowance && left) allowance.textContent = left.textContent;
  } catch {
    // Away for a moment; the next event asks again.
  } finally {
    isRefreshing = false;
    if (isAskedAgain) {
      isAskedAgain = false;
      refresh(live);
    }
  }
}

/** Puts the new content in place; the focus stays where it was, and new messages are said. */
function replace(live, fresh) {
  const known = new Set(Array.from(live.querySelectorAll('[data-message]'), (one) => one.dataset.message));
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const same = focused && selectorOf(focused);
  live.replaceChildren(...fresh.childNodes);
  if (same) live.querySelector(same)?.focus();
  for (const message of live.querySelectorAll('[data-message]:not(.message-out)')) {
    if (known.has(message.dataset.message)) continue;
    announce(
      `${message.querySelector('strong').textContent}: ${message.querySelector('.message-text').textContent}`,
    );
  }
}

function selectorOf(element) {
  const href = element.getAttribute('href');
  if (href) return `a[href="${CSS.escape(href)}"]`;
  return element.id ? `#${CSS.escape(element.id)}` : element.localName;
}

function announce(text) {
  document.querySelector('[data-announcer]').textContent = text;
}

/** Counts as one types, and says when something is too long. */
function countIn(box) {
  const { count, limit, maxButtons, maxLabel } = box.dataset;
  const length = count === 'weighted' ? weightedLength : codePoints;
  const update = () => {
    tell(box.querySelector('[data-counter]'), length(box.elements.text.value), Number(limit), 'characters');
    const labels = labelsIn(box.elements.buttons.value);
    const counter = box.querySelector('[data-button-counter]');
    const longest = Math.max(0, ...labels.map(codePoints));
    tell(counter, labels.length, Number(maxButtons), 'buttons');
    counter.textContent += `, the longest of ${longest} of ${maxLabel} characters`;
    if (longest > Number(maxLabel)) counter.className = 'error';
  };
  box.addEventListener('input', update);
  update();
}

function tell(counter, length, limit, what) {
  const over = length - limit;
  counter.className = over > 0 ? 'error' : 'help';
  const excess = over > 0 ? `: ${over.toLocaleString('en')} too many` : '';
  counter.textContent = `${length.toLocaleString('en')} of ${limit.toLocaleString('en')} ${what}${excess}`;
}

function codePoints(text) {
  return Array.from(text.normalize('NFC')).length;
}

function labelsIn(text) {
  return text.split('\n').flatMap((line) => line.split('|')[0].trim() || []);
}

/** A link counts 23, an emoji of whatever parts 2, Latin and its neighbours 1, other scripts 2. */
function weightedLength(text) {
  const pieces = text.normalize('NFC').split(link);
  return pieces.reduce((sum, piece) => sum + weightOf(piece), (pieces.length - 1) * 23);
}

function weightOf(text) {
  const rest = text.replace(emoji, '');
  const light = Array.from(rest).filter((character) => isLight(character.codePointAt(0))).length;
  return 2 * (text.match(emoji) ?? []).length + 2 * Array.from(rest).length - light;
}

function isLight(point) {
  return (
    point <= 4351 ||
    (point >= 8192 && point <= 8205) ||
    (point >= 8208 && point <= 8223) ||
    (point >= 8242 && point <= 8247)
  );
}
