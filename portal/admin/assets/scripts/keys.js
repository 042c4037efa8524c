// Keys: j and k move through a table, every action shows its key while "?" is
// held. An element with data-key is pressed by that key; with data-focus it (or
// what the selector names) is only focused, so that Enter confirms.
const typing = el => el.matches('input:not([type=checkbox]),textarea,select,[contenteditable]')

function act(el) {
  if (!el.dataset.focus) return el.click()
  if (el.dataset.focus === 'self') return el.focus()
  if (el.tagName === 'SUMMARY') el.parentElement.open = true
  document.querySelector(el.dataset.focus)?.focus()
}

function move(step) {
  const rows = [...document.querySelectorAll('[data-rows] tbody tr')]
  if (!rows.length) return
  const at = rows.findIndex(r => r.getAttribute('aria-selected') === 'true')
  const row = rows[Math.min(rows.length - 1, Math.max(0, at + step))]
  rows.forEach(r => r.setAttribute('aria-selected', String(r === row)))
  row.querySelector('a').focus()
}

document.addEventListener('keydown', e => {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(e.target)) return
  if (e.key === '?') return document.body.classList.add('keyshown')
  if (e.key === 'j' || e.key === 'k' && document.querySelector('[data-rows]')) {
    e.preventDefault()
    return move(e.key === 'j' ? 1 : -1)
  }
  const el = [...document.querySelectorAll('[data-key]')].find(x => x.dataset.key === e.key)
  if (!el || e.repeat && !'+-'.includes(e.key)) return
  e.preventDefault()
  act(el)
})
document.addEventListener('keyup', () => document.body.classList.remove('keyshown'))
addEventListener('blur', () => document.body.classList.remove('keyshown'))
document.querySelectorAll('[data-keys]').forEach(el => { el.hidden = false })
document.getElementById('problem')?.focus()
