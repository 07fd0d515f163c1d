/**
 * Beside a template: placeholders are put in where the cursor is, and a test shows what it gives without leaving the
 * page. Without this script they can be copied, and the test button sends the form.
 */
for (const template of document.querySelectorAll('[data-template]')) prepareTemplate(template);

function prepareTemplate(template) {
  const text = template.querySelector('textarea');
  for (const code of template.querySelectorAll('[data-insert]')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'link';
    button.addEventListener('click', () => insert(text, code.textContent));
    code.replaceWith(button);
    button.append(code);
  }
  template.querySelector('[data-test]')?.addEventListener('click', (event) => {
    event.preventDefault();
    test(template, event.currentTarget);
  });
}

function insert(text, tag) {
  text.setRangeText(tag, text.selectionStart, text.selectionEnd, 'end');
  text.focus();
  announce(`${tag} was inserted.`);
}

async function test(template, button) {
  const { form, name, value } = button;
  const fields = new FormData(form);
  fields.set(name, value);
  button.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(fields) });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const tested = [...page.querySelectorAll('[data-template]')].find(
      (one) => one.querySelector('textarea').name === value,
    );
    const output = tested?.querySelector('[data-test-output]');
    template
      .querySelector('[data-test-output]')
      .replaceChildren(...(output ? output.childNodes : ['The test could not be made. Reload the page.']));
  } catch {
    template.querySelector('[data-test-output]').textContent = 'The hub could not be reached.';
  } finally {
    button.removeAttribute('aria-busy');
  }
}

function announce(text) {
  document.querySelector('[data-announcer]').textContent = text;
}
