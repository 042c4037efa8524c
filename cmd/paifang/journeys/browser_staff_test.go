package journeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// staff signs a member of staff in at a desk.
func (b *browser) staff(s *server, area, login, password string) *visitor {
	s.t.Helper()
	return b.staffIn(s, area, "en", login, password)
}

// staffIn is staff in a language.
func (b *browser) staffIn(s *server, area, locale, login, password string) *visitor {
	s.t.Helper()
	v := b.visit(s, area, locale, true)
	v.wide = true
	v.open("/admin/demo/sign-in")
	v.fill("login", login)
	v.fill("password", password)
	v.press(v.T("admin.signin.do"))
	a := s.authenticator("demo", login, password)
	if strings.HasSuffix(ask[string](v, "location.pathname"), "/enrol") {
		v.fill("code", a.enrol(s.t, ask[string](v, `document.querySelector("#secret").textContent`)))
		v.press(v.T("admin.enrol.do"))
		a.keep(strings.Fields(ask[string](v, `[...document.querySelectorAll("ol.codes code")].map((c) => c.textContent).join(" ")`)))
		v.open("/admin/demo")
		return v
	}
	v.click(`document.querySelector("form details summary")`)
	v.fill("confirm_recovery", a.code(s.t))
	v.press(v.T("admin.second.do"))
	return v
}

// hire adds a member of staff by the command line.
func hire(s *server, login, name string) string {
	s.t.Helper()
	return hireAs(s, login, name, "senior_reviewer", "en")
}

func hireAs(s *server, login, name, role, locale string) string {
	s.t.Helper()
	dir, err := programs()
	must(s.t, err)
	c := exec.Command(filepath.Join(dir, "paifang"), "staff", "add", "demo", login, "--name", name, "--role", role, "--locale", locale)
	c.Env = append(os.Environ(), "PAIFANG_DATA="+s.data, "PAIFANG_DATABASE_URL="+s.database)
	out, err := c.Output()
	must(s.t, err)
	return strings.TrimSpace(string(out[strings.LastIndex(string(out), ":")+1:]))
}

// review is R1 for the application of an applicant who waits: the officer asks
// for the passport again, the applicant sends it, the officer approves.
func review(b *browser, applicant *visitor) {
	s := applicant.server
	s.t.Helper()
	o := b.staff(s, "r1", "officer", s.password)
	o.leave(func() { o.keys("n") })
	o.reads(o.T("admin.decide.title"))
	o.viewer()
	o.reveal("Anna Maria Eriksson")

	other := b.staff(s, "r1-other", "second", hire(s, "second", "Second Reviewer"))
	other.open(strings.TrimPrefix(ask[string](o, "location.href"), s.base))
	other.reads(other.T("admin.decide.held", "name", "Demo Officer"))
	if ask[bool](other, `document.querySelector("[name=outcome]") !== null`) {
		s.t.Error("two people can decide one case")
	}

	note := "Please take the photo by daylight."
	o.click(`[...document.querySelectorAll("details.group")].find((d) => d.querySelector("[value='document/passport/image.blur']"))?.querySelector("summary")`)
	o.click(`document.querySelector("[value='document/passport/image.blur']")`)
	o.fill("note", note)
	o.until(applicant.T("reason.image.blur.text"))
	if got := ask[string](o, `document.querySelector("#preview .letter").dir`); got != "rtl" {
		s.t.Errorf("the preview of an Arabic text is %q", got)
	}
	o.look()
	o.press(o.T("admin.decide.again"))

	applicant.again(note)
	o.open("/admin/demo/cases")
	o.press(o.T("admin.queue.next"))
	o.press(o.T("admin.decide.approve"))
	o.open("/admin/demo/audit")
	o.open("/admin/demo/providers")

	applicant.open(strings.TrimPrefix(ask[string](applicant, "location.href"), s.base))
	applicant.waited(applicant.T("apply.done.title"))
}

// again is what the applicant sees who is asked for the passport again.
func (v *visitor) again(note string) {
	v.t.Helper()
	must(v.t, chromedp.Do(v.ctx, chromedp.Reload()))
	v.waited(v.T("apply.again.title"))
	v.reads(v.T("reason.image.blur.text"), v.T("reason.image.blur.remedy"), note)
	v.upload(0, 90)
	v.proceed()
	v.waited(v.T("apply.wait.in_review.title"))
}

// viewer tries the tools over the documents.
func (v *visitor) viewer() {
	v.t.Helper()
	look := func() string { return ask[string](v, `document.querySelector("[data-glass] img").style.transform`) }
	v.until(v.T("admin.docs.turn"))
	if ask[int](v, `document.querySelector("[data-glass] img").naturalWidth`) == 0 {
		v.t.Error("the passport cannot be seen")
	}
	v.touch(v.T("admin.docs.turn"))
	turned := look()
	if !strings.Contains(turned, "rotate(90deg)") {
		v.t.Errorf("turned: %q", turned)
	}
	v.touch(v.T("admin.docs.in"))
	if look() == turned {
		v.t.Errorf("zoomed: still %q", turned)
	}
	v.keys("0")
	if got := look(); !strings.Contains(got, "rotate(0deg)") {
		v.t.Errorf("reset by key: %q", got)
	}
}

// reveal shows what is masked, for a reason.
func (v *visitor) reveal(name string) {
	v.t.Helper()
	v.readsNot(name, "layla@example.com")
	v.keys("v")
	v.click(`document.getElementById("why")`)
	v.keys("\x1b")
	ask[bool](v, `(() => { document.getElementById("why").selectedIndex = 1; return true; })()`)
	v.press(v.T("admin.reveal.do"))
	v.reads(name)
}
