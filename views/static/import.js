/** Shows a chosen package file in the text field, so that it can be read before it is imported. */
const file = document.querySelector('[data-package-file]');
const text = document.querySelector('textarea[name="package"]');

file?.addEventListener('change', async () => {
  const [chosen] = file.files;
  if (!chosen || chosen.size > 1_000_000) return;
  text.value = await chosen.text();
  text.dispatchEvent(new Event('input'));
  file.value = '';
});
