// The document viewer: zoom (wheel with Ctrl, pinch, keys), drag, quarter
// turns, contrast, side by side. What is pointed at or focused is looked at;
// the first sheet otherwise.
const viewer = document.querySelector('[data-viewer]')
const tools = viewer?.querySelector('[data-tools]')
const looks = new Map()

function draw(glass) {
  const l = looks.get(glass)
  const img = glass.firstElementChild
  const sideways = l.turn % 2 !== 0
  const fit = sideways ? Math.min(1, glass.clientHeight / img.offsetWidth, glass.clientWidth / img.offsetHeight) : 1
  img.style.transform = `translate(${l.x}px,${l.y}px) rotate(${l.turn * 90}deg) scale(${l.zoom * fit})`
  glass.classList.toggle('zoomed', l.zoom > 1)
}

function zoom(glass, factor) {
  const l = looks.get(glass)
  l.zoom = Math.min(8, Math.max(1, l.zoom * factor))
  if (l.zoom === 1) l.x = l.y = 0
  draw(glass)
}

function watch(glass) {
  looks.set(glass, { zoom: 1, turn: 0, x: 0, y: 0 })
  const fingers = new Map()
  const gap = () => { const [a, b] = [...fingers.values()]; return Math.hypot(a.x - b.x, a.y - b.y) }
  let last
  glass.addEventListener('wheel', e => {
    if (!e.ctrlKey && looks.get(glass).zoom === 1) return
    e.preventDefault()
    zoom(glass, e.deltaY < 0 ? 1.15 : 1 / 1.15)
  }, { passive: false })
  glass.addEventListener('dblclick', () => zoom(glass, looks.get(glass).zoom > 1 ? 1 / 8 : 2.5))
  glass.addEventListener('pointerdown', e => {
    current = glass
    fingers.set(e.pointerId, { x: e.clientX, y: e.clientY })
    if (looks.get(glass).zoom > 1) glass.setPointerCapture(e.pointerId)
    last = fingers.size === 2 ? gap() : 0
  })
  glass.addEventListener('pointermove', e => {
    const from = fingers.get(e.pointerId)
    if (!from) return
    fingers.set(e.pointerId, { x: e.clientX, y: e.clientY })
    if (fingers.size === 2) {
      zoom(glass, gap() / (last || gap()))
      last = gap()
      return
    }
    const l = looks.get(glass)
    if (l.zoom === 1) return
    l.x += e.clientX - from.x
    l.y += e.clientY - from.y
    draw(glass)
  })
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) glass.addEventListener(end, e => fingers.delete(e.pointerId))
  glass.addEventListener('focus', () => { current = glass })
  glass.addEventListener('pointerenter', () => { current = glass })
}

let current
const glasses = viewer ? [...viewer.querySelectorAll('[data-glass]')] : []
glasses.forEach(watch)
current = glasses[0]

const views = {
  in: () => zoom(current, 1.4),
  out: () => zoom(current, 1 / 1.4),
  turn: () => { looks.get(current).turn++; draw(current) },
  reset: () => { looks.set(current, { zoom: 1, turn: 0, x: 0, y: 0 }); draw(current) },
  contrast: b => press(b, on => glasses.forEach(g => g.classList.toggle('contrast', on))),
  beside: b => press(b, on => viewer.querySelector('[data-sheets]').classList.toggle('beside', on)),
}

function press(button, apply) {
  const on = button.getAttribute('aria-pressed') !== 'true'
  button.setAttribute('aria-pressed', String(on))
  apply(on)
}

if (tools && glasses.length) {
  tools.hidden = false
  tools.addEventListener('click', e => {
    const b = e.target.closest('[data-view]')
    if (b) views[b.dataset.view](b)
  })
}
