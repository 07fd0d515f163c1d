/**
 * Line numbers beside a package's text, faults marked where they are; a press on a fault leads to its line. Without
 * this script the page shows the lines around the fault.
 */
function numberLines(text) {
  const faults = new Map(
    [...document.querySelectorAll('[data-fault-line]')].map((item) => [Number(item.dataset.faultLine), item]),
  );
  const numbers = document.createElement('ol');
  numbers.className = 'editor-numbers';
  numbers.setAttribute('aria-hidden', 'true');
  const editor = document.createElement('div');
  editor.className = 'editor';
  text.replaceWith(editor);
  editor.append(numbers, text);
  // Long lines scroll, so that each has one number.
  text.wrap = 'off';

  const count = () => text.value.split('\n').length;
  const number = () => {
    const lines = count();
    const shown = numbers.childElementCount;
    for (let extra = shown; extra > lines; extra -= 1) numbers.lastChild.remove();
    // Put in at once: a package may have thousands of lines.
    const added = document.createDocumentFragment();
    for (let line = shown + 1; line <= lines; line += 1) {
      const item = document.createElement('li');
      item.textContent = String(line);
      item.classList.toggle('editor-fault', faults.has(line));
      added.append(item);
    }
    numbers.append(added);
    follow();
  };
  const follow = () => {
    numbers.scrollTop = text.scrollTop;
  };
  text.addEventListener('input', number);
  text.addEventListener('scroll', follow);
  new ResizeObserver(() => {
    numbers.style.height = `${text.clientHeight}px`;
  }).observe(text);

  const lead = (line) => {
    const before = text.value.split('\n').slice(0, line - 1);
    const start = before.reduce((sum, one) => sum + one.length + 1, 0);
    const end = text.value.indexOf('\n', start);
    text.closest('details')?.setAttribute('open', '');
    text.focus();
    text.setSelectionRange(start, end < 0 ? text.value.length : end);
    text.scrollTop = Math.max(0, (line - 4) * (text.scrollHeight / Math.max(1, count())));
  };
  for (const [line, item] of faults) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button button-small';
    button.textContent = `Go to line ${line}`;
    button.addEventListener('click', () => lead(line));
    item.append(' ', button);
  }
  number();
  const [first] = faults.keys();
  if (first !== undefined)
    text.scrollTop = Math.max(0, (first - 4) * (text.scrollHeight / Math.max(1, count())));
}

for (const text of document.querySelectorAll('textarea[name="package"]')) numberLines(text);
