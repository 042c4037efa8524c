package journeys

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"github.com/paifang/paifang/core/kyc"
)

// Widths at which every page is looked at.
const (
	narrow = 360
	broad  = 1200
)

// patience is how long anything may take that is waited for, on a machine that is busy with everything else.
const patience = time.Minute

func localeOf(s string) kyc.Locale { return kyc.Locale(s) }

// refusedForm tells the browser's note that a form came back with an error
// page from a fault: the pages answer 422 (and 409) on purpose.
func refusedForm(e *log.Entry) bool {
	return e.Source == log.EntrySourceNetwork && (strings.Contains(e.Text, "status of 422") || strings.Contains(e.Text, "status of 409"))
}

func (v *visitor) screen(width, height int64) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	must(v.t, err)
}

func (v *visitor) colours(scheme string) {
	v.t.Helper()
	_, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	must(v.t, err)
}

// ask evaluates an expression in the page, which works without scripts too.
func ask[T any](v *visitor, expression string) T {
	v.t.Helper()
	value, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		v.t.Fatalf("%v: %.200s", err, expression)
	}
	return value
}

func quoted(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// finding is what a person does to find something: fields by the name or the
// label, the rest by what is written on it.
const finding = `(() => {
const said = (e) => (e.innerText || e.getAttribute("aria-label") || "").replace(/\s+/g, " ").trim();
const seen = (e) => e.checkVisibility({ visibilityProperty: true });
const field = (what) => [...document.querySelectorAll("[name=" + CSS.escape(what) + "]")].find((e) => e.type !== "hidden" && seen(e))
  || [...document.querySelectorAll("label")].filter((l) => said(l).startsWith(what)).map((l) => l.control).find((e) => e && seen(e));
const control = (what) => {
  const all = [...document.querySelectorAll("main a, main button, main summary, a, button, summary")].filter(seen);
  return all.find((e) => said(e) === what) || all.find((e) => said(e).startsWith(what)) || all.find((e) => said(e).includes(what));
};
const place = (e) => {
  if (!e) return null;
  e.scrollIntoView({ block: "center", behavior: "instant" });
  const r = e.getClientRects()[0], x = r.left + r.width / 2, y = r.top + r.height / 2, top = document.elementFromPoint(x, y);
  return { x, y, covered: !(top && (e.contains(top) || top.contains(e))) };
};
return { field, control, place, seen, said };
})()`

type place struct {
	X, Y    float64
	Covered bool
}

// click clicks the middle of what an expression over the finder gives.
func (v *visitor) click(expression string) {
	v.t.Helper()
	p := ask[*place](v, `(() => { const { field, control, place } = `+finding+`; return place(`+expression+`); })()`)
	if p == nil {
		v.fatal("there is no " + expression)
	}
	if p.Covered {
		v.t.Errorf("%s is covered by something", expression)
	}
	must(v.t, chromedp.Do(v.ctx, chromedp.MouseClickXY(p.X, p.Y)))
}

func (v *visitor) fatal(what string) {
	v.t.Helper()
	v.shoot("fatal", "light")
	v.t.Fatalf("%s on %s:\n%s", what, ask[string](v, "location.href"), v.text())
}

// text is what can be read on the page.
func (v *visitor) text() string { return ask[string](v, "document.body.innerText") }

// open goes to an address and looks at the page.
func (v *visitor) open(path string) {
	v.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = v.base + path
	}
	must(v.t, chromedp.Do(v.ctx, chromedp.Navigate(path)))
	v.look()
}

// leave does something that leads to another page, and looks at that.
func (v *visitor) leave(do func()) {
	v.t.Helper()
	ask[bool](v, "window.before = true")
	do()
	v.arrived()
}

func (v *visitor) arrived() {
	v.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		// Between two pages there is nothing to ask.
		there, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](`!window.before && document.readyState === "complete"`))
		if err == nil && there {
			v.look()
			return
		}
	}
	v.fatal("no other page came")
}

// press presses what leads to another page.
func (v *visitor) press(words string) {
	v.t.Helper()
	v.leave(func() { v.touch(words) })
}

// touch presses what does not.
func (v *visitor) touch(words string) {
	v.t.Helper()
	v.click("control(" + quoted(words) + ")")
}

// fill types into a field, replacing what stands there.
func (v *visitor) fill(name, text string) {
	v.t.Helper()
	v.click("field(" + quoted(name) + ")")
	ask[bool](v, "document.activeElement.select && document.activeElement.select(), true")
	v.keys(text)
}

// keys types into what has the focus.
func (v *visitor) keys(text string) {
	v.t.Helper()
	must(v.t, chromedp.Do(v.ctx, chromedp.KeyEvent(text)))
}

// choose chooses an option by its words (or value).
func (v *visitor) choose(name, option string) {
	v.t.Helper()
	ok := ask[bool](v, `(() => {
const { field, said } = `+finding+`;
const select = field(`+quoted(name)+`), words = `+quoted(option)+`;
const option = select && [...select.options].find((o) => o.label.trim() === words || o.value === words);
if (!option) return false;
select.focus();
select.value = option.value;
select.dispatchEvent(new Event("input", { bubbles: true }));
select.dispatchEvent(new Event("change", { bubbles: true }));
return true;
})()`)
	if !ok {
		v.fatal(fmt.Sprintf("%s does not offer %q", name, option))
	}
	// Without scripts a button beside the list shows the fields that belong to the choice.
	if beside := `field(` + quoted(name) + `).closest(".change")?.querySelector("button[value=refresh]")`; !v.scripts && ask[bool](v, `(() => { const { field } = `+finding+`; return !!`+beside+` })()`) {
		v.leave(func() { v.click(beside) })
	}
}

// tick ticks a box that is not.
func (v *visitor) tick(name string) {
	v.t.Helper()
	v.click("field(" + quoted(name) + ")")
	if !ask[bool](v, `document.querySelector("[name=" + CSS.escape(`+quoted(name)+`) + "]:checked") !== null`) {
		v.fatal(name + " is not ticked")
	}
}

// reads asserts that the words can be read.
func (v *visitor) reads(words ...string) {
	v.t.Helper()
	text := v.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			v.t.Errorf("%s does not say %q:\n%s", ask[string](v, "location.pathname"), w, text)
		}
	}
}

func (v *visitor) readsNot(words ...string) {
	v.t.Helper()
	text := v.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			v.t.Errorf("%s says %q:\n%s", ask[string](v, "location.pathname"), w, text)
		}
	}
}

// until waits for words to appear on the page.
func (v *visitor) until(words string) {
	v.t.Helper()
	v.awaits("document.body.innerText.includes("+quoted(words)+")", fmt.Sprintf("%q did not appear", words))
}

// awaits waits until something is so, also while pages change.
func (v *visitor) awaits(expression, otherwise string) {
	v.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if so, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](expression)); err == nil && so {
			return
		}
	}
	v.fatal(otherwise)
}

// sight is what the page looks like to a test.
type sight struct {
	Lang, Dir, Path, Title, Text string
	Headings, Height             int
	Overflow                     []string
	Wrong                        []string
}

const seeing = `(() => {
const { seen, said } = ` + finding + `;
const wrong = [], name = (e) => e.tagName.toLowerCase() + (e.name ? "[name=" + e.name + "]" : "") + (e.className ? "." + e.className : "");
const labelled = (e) => e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") || [...(e.labels || [])].some((l) => l.textContent.trim());
for (const e of document.querySelectorAll("input:not([type=hidden]), select, textarea")) if (!labelled(e)) wrong.push("no label: " + name(e));
for (const e of document.querySelectorAll("a, button, summary")) if (seen(e) && !e.textContent.trim() && !e.getAttribute("aria-label") && !e.querySelector("img[alt]:not([alt=''])")) wrong.push("no name: " + name(e));
for (const e of document.querySelectorAll("img")) {
  if (!e.hasAttribute("alt")) wrong.push("no alt: " + e.src);
  if (e.complete && !e.naturalWidth && seen(e)) wrong.push("broken picture: " + e.src);
}
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
for (const id of new Set(ids)) if (ids.filter((i) => i === id).length > 1) wrong.push("two elements are #" + id);
for (const e of document.querySelectorAll("[aria-describedby]")) for (const id of e.getAttribute("aria-describedby").split(" ")) if (!document.getElementById(id)) wrong.push("no #" + id + " to describe " + name(e));
if (!location.pathname.startsWith("/admin")) for (const e of document.querySelectorAll("main input:not([type=hidden],[type=checkbox],[type=file]), main select, main .button.primary")) {
  const r = e.getBoundingClientRect();
  if (seen(e) && r.height && r.height < 43.5) wrong.push("only " + r.height + " px high: " + name(e));
}
const over = [];
if (document.scrollingElement.scrollWidth > document.documentElement.clientWidth) for (const e of document.body.querySelectorAll("*")) {
  const r = e.getBoundingClientRect();
  if (r.width && (r.right > document.documentElement.clientWidth + 1 || r.left < -1)) over.push(name(e) + " " + Math.round(r.left) + ".." + Math.round(r.right));
}
if (scrollX) over.push("scrolled to " + scrollX);
if (!over.length && document.scrollingElement.scrollWidth > innerWidth) over.push("page");
return { lang: document.documentElement.lang, dir: document.documentElement.dir, path: location.pathname, title: document.title,
  text: document.title + "\n" + document.body.innerText + "\n" + [...document.querySelectorAll("[alt],[aria-label],[title]")].map((e) => e.alt || e.ariaLabel || "").join("\n"),
  headings: document.querySelectorAll("h1").length, height: document.documentElement.scrollHeight, overflow: over.slice(0, 6), wrong };
})()`

// leak is what must never be read: keys instead of words, and what templates
// and formats leave when they go wrong.
var leak = regexp.MustCompile(`\b(?:web|apply|admin|dev|mail|sms|questions|field|error|problem|reason|mainland|overseas|crossborder|locale|legal|document)\.[a-z_]+(?:\.[a-z_]+)*\b|<no value>|\{\{|%!|ZgotmplZ|undefined|\[object`)

// look looks at the page that has come, narrow and broad.
func (v *visitor) look() {
	v.t.Helper()
	v.pages++
	at, other := int64(narrow), int64(broad)
	if v.wide {
		at, other = other, at
	}
	v.judge(other)
	v.judge(at)
	for {
		select {
		case fault := <-v.faults:
			v.t.Errorf("%s: the browser says: %s", ask[string](v, "location.pathname"), fault)
			continue
		default:
		}
		break
	}
}

func (v *visitor) judge(width int64) {
	v.t.Helper()
	v.screen(width, 800)
	p := ask[sight](v, seeing)
	where := fmt.Sprintf("%s at %d px", p.Path, width)
	dir := map[bool]string{true: "rtl", false: "ltr"}[v.locale == "ar"]
	if p.Lang != v.locale || p.Dir != dir {
		v.t.Errorf("%s is %s %s, not %s %s", where, p.Lang, p.Dir, v.locale, dir)
	}
	if len(p.Overflow) > 0 {
		v.t.Errorf("%s scrolls sideways: %s", where, strings.Join(p.Overflow, ", "))
	}
	if len(p.Wrong) > 0 {
		v.t.Errorf("%s: %s", where, strings.Join(p.Wrong, "; "))
	}
	if p.Title == "" || p.Headings != 1 {
		v.t.Errorf("%s has title %q and %d first headings", where, p.Title, p.Headings)
	}
	if found := leak.FindAllString(p.Text, -1); found != nil {
		v.t.Errorf("%s shows %q", where, found)
	}
	if shots != "" {
		v.screen(width, int64(max(p.Height, 800)))
		for _, scheme := range []string{"light", "dark"} {
			v.colours(scheme)
			v.shoot(fmt.Sprintf("%02d-%d", v.pages, width), scheme)
		}
		v.colours("light")
		v.screen(width, 800)
	}
}

// shots is the folder that screenshots of every page go to, if wanted.
var shots = os.Getenv("PAIFANG_SCREENSHOTS")

func (v *visitor) shoot(name, scheme string) {
	v.t.Helper()
	if shots == "" {
		return
	}
	must(v.t, os.MkdirAll(shots, 0o755))
	picture, err := chromedp.Run(v.ctx, chromedp.CaptureScreenshot())
	must(v.t, err)
	must(v.t, os.WriteFile(filepath.Join(shots, fmt.Sprintf("%s-%s-%s.png", v.area, name, scheme)), picture, 0o644))
}
