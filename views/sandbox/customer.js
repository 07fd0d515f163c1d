// Keeps the thread of the customers' page up to date. Without it, "Refresh" does.

const parts = ['thread', 'posts'];

async function refresh() {
  if (document.hidden) return;
  const address = document.querySelector('.write a.button').href;
  const answer = await fetch(address).catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const id of parts) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    // Only what changed: otherwise a button would lose the focus while one tabs to it.
    if (old && fresh && old.innerHTML !== fresh.innerHTML) {
      old.innerHTML = fresh.innerHTML;
      scrollToNewest();
    }
  }
}

function scrollToNewest() {
  const chat = document.querySelector('.chat');
  if (chat) chat.scrollTop = chat.scrollHeight;
}

scrollToNewest();
setInterval(refresh, 1500);
