// Copying of whole ids. The button shows only where copying is possible.
if (navigator.clipboard) {
  for (const b of document.querySelectorAll('[data-copy]')) {
    b.hidden = false
    b.addEventListener('click', async () => {
      await navigator.clipboard.writeText(b.dataset.copy)
      b.classList.add('done')
      setTimeout(() => b.classList.remove('done'), 1200)
    })
  }
}
