// The applicant's text follows the form: the server renders it, as it does
// without this script.
const form = document.querySelector('[data-decide]')
if (form) {
  const box = document.getElementById('preview')
  let timer, running
  const refresh = async () => {
    running?.abort()
    running = new AbortController()
    try {
      const answer = await fetch(form.dataset.decide, { method: 'POST', body: new URLSearchParams(new FormData(form)), signal: running.signal })
      if (!answer.ok || answer.redirected) return
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const fresh = page.getElementById('preview')
      if (fresh) box.replaceChildren(...fresh.childNodes)
    } catch (e) {
      if (e.name !== 'AbortError') throw e
    }
  }
  const soon = () => { clearTimeout(timer); timer = setTimeout(refresh, 350) }
  form.addEventListener('input', soon)
  form.querySelector('[data-preview-button]').addEventListener('click', e => { e.preventDefault(); refresh() })
}
