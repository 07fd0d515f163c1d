/** A file that is dropped on a text field, or chosen below it, is shown there, so that it can be read first. */
const text = document.querySelector('textarea[name="json"]');
const file = document.querySelector('input[type="file"]');

text.addEventListener('dragover', (event) => {
  if (event.dataTransfer.types.includes('Files')) event.preventDefault();
});
text.addEventListener('drop', (event) => {
  const [dropped] = event.dataTransfer.files;
  if (!dropped) return;
  event.preventDefault();
  show(dropped);
});
file.addEventListener('change', () => {
  if (file.files[0]) show(file.files[0]);
});

async function show(chosen) {
  if (chosen.size > 1_000_000) return;
  text.value = await chosen.text();
  file.value = '';
}
